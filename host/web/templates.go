package web

import (
	"bytes"
	_ "embed"
	"encoding/json"

	"github.com/doorward/doorward/host/page"
)

var (
	//go:embed templates/home.html
	homeText string
	//go:embed templates/welcome.html
	welcomeText string
	//go:embed templates/chooser.html
	chooserText string
	//go:embed templates/logout.html
	logoutText string
	//go:embed templates/sessions.html
	sessionsText string
	//go:embed templates/leave.html
	leaveText string
	//go:embed templates/start.html
	startText string
	//go:embed templates/finish.html
	finishText string
	//go:embed templates/devicecode.html
	deviceCodeText string
	//go:embed templates/program.html
	programText string
	//go:embed templates/programdone.html
	programDoneText string
	//go:embed templates/error.html
	errorText string

	homeTemplate    = page.Parse(homeText + sessionsText)
	welcomeTemplate = page.Parse(welcomeText)
	chooserTemplate = page.Parse(chooserText)
	logoutTemplate  = page.Parse(logoutText + sessionsText)
	leaveTemplate   = page.Parse(leaveText)
	startTemplate   = page.Parse(startText)
	finishTemplate  = page.Parse(finishText)
	errorTemplate   = page.Parse(errorText)

	deviceCodeTemplate  = page.Parse(deviceCodeText)
	programTemplate     = page.Parse(programText)
	programDoneTemplate = page.Parse(programDoneText)
)

func indent(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return string(raw)
	}
	return out.String()
}
