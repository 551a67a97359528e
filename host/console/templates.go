// The templates of the console's pages.

package console

import (
	_ "embed"

	"github.com/doorward/doorward/host/page"
)

var (
	//go:embed templates/parts.html
	parts string
	//go:embed templates/index.html
	indexText string
	//go:embed templates/providers.html
	providersText string
	//go:embed templates/testlogin.html
	testLoginText string
	//go:embed templates/result.html
	resultText string
	//go:embed templates/gone.html
	goneText string
	//go:embed templates/sessions.html
	sessionsText string
	//go:embed templates/revokeall.html
	revokeAllText string
	//go:embed templates/people.html
	peopleText string
	//go:embed templates/nopeople.html
	noPeopleText string
	//go:embed templates/person.html
	personText string
	//go:embed templates/personform.html
	personFormText string
	//go:embed templates/addperson.html
	addPersonText string
	//go:embed templates/confirmperson.html
	confirmPersonText string
	//go:embed templates/import.html
	importText string
	//go:embed templates/plugins.html
	pluginsText string
	//go:embed templates/plugin.html
	pluginText string
	//go:embed templates/logins.html
	loginsText string
	//go:embed templates/recorded.html
	recordedText string
	//go:embed templates/policies.html
	policiesText string
	//go:embed templates/noplayground.html
	noPlaygroundText string
	//go:embed templates/playground.html
	playgroundText string
	//go:embed templates/replay.html
	replayText string
	//go:embed templates/report.html
	reportText string

	indexTemplate         = page.Parse(parts + indexText)
	providersTemplate     = page.Parse(parts + providersText)
	testLoginTemplate     = page.Parse(parts + testLoginText)
	resultTemplate        = page.Parse(parts + resultText)
	goneTemplate          = page.Parse(parts + goneText)
	sessionsTemplate      = page.Parse(parts + sessionsText)
	revokeAllTemplate     = page.Parse(parts + revokeAllText)
	peopleTemplate        = page.Parse(parts + peopleText)
	noPeopleTemplate      = page.Parse(parts + noPeopleText)
	personTemplate        = page.Parse(parts + personFormText + personText)
	addPersonTemplate     = page.Parse(parts + personFormText + addPersonText)
	confirmPersonTemplate = page.Parse(parts + confirmPersonText)
	importTemplate        = page.Parse(parts + importText)
	pluginsTemplate       = page.Parse(parts + pluginsText)
	pluginTemplate        = page.Parse(parts + pluginText)
	loginsTemplate        = page.Parse(parts + loginsText)
	recordedTemplate      = page.Parse(parts + recordedText)
	policiesTemplate      = page.Parse(parts + policiesText)
	noPlaygroundTemplate  = page.Parse(parts + noPlaygroundText)
	playgroundTemplate    = page.Parse(parts + playgroundText)
	replayTemplate        = page.Parse(parts + replayText)
	reportTemplate        = page.Parse(parts + reportText)
)
