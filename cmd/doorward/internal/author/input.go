// What a call is given: a raw input, or one made from a login file.

package author

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

// maxFile bounds the files that are read: the largest input that a limit can
// allow.
const maxFile = 16 << 20

// loginID is the id of every login here: what a guest draws from its
// randomness depends on it.
const loginID = "doorward-plugin"

// imageTime is the time of an input that says none.
var imageTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// given is one call: its input, and what the plugin is granted for it.
type given struct {
	input abi.Raw
	grant Grant
	raw   bool   // the input holds the config
	name  string // of the case; empty when it is none
	fails string // the failure that the case wants
}

// job is the call as the runtime takes it. Its clock begins at login.time.
func (g given) job() plugin.Job {
	received := imageTime
	value, _ := g.input.Get("/login/time")
	if seconds, ok := value.Int(); ok && seconds > 0 && seconds < 1<<36 {
		received = time.Unix(seconds, 0).UTC()
	}
	return plugin.Job{Input: g.input, LoginID: loginID, Received: received}
}

// Given says where a call's input comes from: the path of one of the two, and
// what is granted. A config belongs to a login file; a raw input has its own.
type Given struct {
	Input, Login string // paths
	Config       string // path; for Login
	Sources      []string
	Limits       plugin.Limits
}

// WithItsConfig is the same with the config.json beside a login.json, which is
// that login's, as in a golden case; note says so. A config that is named stays.
func (g Given) WithItsConfig() (_ Given, note string) {
	beside := filepath.Join(filepath.Dir(g.Login), configFile)
	if filepath.Base(g.Login) != loginFile || g.Config != "" || !exists(beside) {
		return g, ""
	}
	g.Config = beside
	return g, "the config is " + beside + ", which lies beside the login; --config FILE names another"
}

// Check says what of it makes no sense together.
func (g Given) Check() error {
	switch {
	case (g.Input == "") == (g.Login == ""):
		return wrong("write either --login F with a login file, or --input F with a plugin's input", "there must be one login to map")
	case g.Input != "" && g.Config != "":
		return wrong("change its member config, or use --login", "--config does not go with --input, which holds the config")
	}
	for _, name := range g.Sources {
		if !knownSource(name) {
			return wrong("write some of "+joined(Sources()), "there is no source %q", name)
		}
	}
	return nil
}

// read makes the call that is asked for.
func (g Given) read(m *Module) (given, error) {
	var call given
	var err error
	if g.Input != "" {
		call, err = rawInput(g.Input, m.Metadata, g.Sources)
	} else {
		call, err = fromLogin(g.Login, g.Config, m.Metadata, g.Sources)
	}
	call.grant.Limits = g.Limits
	return call, err
}

// rawInput reads the input of a call as a guest gets it.
func rawInput(path string, m *abi.Metadata, sources []string) (given, error) {
	text, err := readJSON(path, "section 4 of sdk/abi/README.md shows an input")
	if err != nil {
		return given{}, err
	}
	if recognised(text) == aLogin {
		return given{}, wrong("give it to --login, or in a case call it "+loginFile, "%s is no plugin input: it is a login file", path)
	}
	call := given{input: bytes.TrimSpace(text), grant: Grant{Sources: sources}, raw: true}
	if sources == nil {
		call.grant.Sources = sourcesFor(m, text)
	}
	call.grant.Config, _ = text.Get("/config")
	return call, nil
}

// readJSON reads one object of strict JSON.
func readJSON(path, advice string) (abi.Raw, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, advise(err, "name a file that can be read")
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, advise(err, "name a file that can be read")
	case len(text) > maxFile:
		return nil, wrong("no plugin can be given that much", "%s is larger than %s", path, bytesText(maxFile))
	}
	if err := abi.Raw(text).Check(); err != nil {
		return nil, wrong("mend it there; "+advice, "%s is not strict JSON: %s", path, atLine(text, err))
	}
	if abi.Raw(text).Kind() != '{' {
		return nil, wrong(advice, "%s: want an object", path)
	}
	return text, nil
}

// atLine is what is wrong with a text, with the place as editors count.
func atLine(text []byte, err error) string {
	var syntax *abi.SyntaxError
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	before := string(text[:min(max(syntax.Offset, 0), len(text))])
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:]) + 1
	return fmt.Sprintf("line %d, column %d: %s", line, column, syntax.Problem)
}
