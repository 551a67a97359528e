// Golden cases: testdata/CASE with what goes in and what must come out.

package author

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

// The files of a case.
const (
	inputFile  = "input.json"  // a plugin's input, or
	loginFile  = "login.json"  // a login file, with
	configFile = "config.json" // the plugin's config, if it has one
	outputFile = "output.json" // what must come out
)

// cases is the folder of the project's cases.
func (p *Project) cases() string { return filepath.Join(p.Dir, "testdata") }

// casesIn are the names of the cases in a folder.
func casesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, advise(err, "make the folder readable")
	}
	var names []string
	for _, entry := range entries {
		dir := filepath.Join(folder, entry.Name())
		if exists(dir, inputFile) || exists(dir, loginFile) {
			names = append(names, entry.Name())
		}
	}
	if len(names) == 0 {
		return nil, wrong("add CASE/login.json or CASE/input.json to it, then run doorward plugin test --update", "there is no test case in %s", folder)
	}
	return names, nil
}

// readCase is what goes into a case.
func readCase(dir string, m *abi.Metadata) (given, error) {
	input, login, config := filepath.Join(dir, inputFile), filepath.Join(dir, loginFile), filepath.Join(dir, configFile)
	switch {
	case exists(input) && exists(login):
		return given{}, wrong("remove one", "%s has both %s and %s", dir, inputFile, loginFile)
	case exists(input) && exists(config):
		return given{}, wrong("put the config into "+inputFile+", under config", "%s has a %s beside %s", dir, configFile, inputFile)
	case !exists(config):
		config = ""
	}
	var call given
	var err error
	if exists(input) {
		call, err = rawInput(input, m, nil)
	} else {
		call, err = fromLogin(login, config, m, nil)
	}
	call.name = filepath.Base(dir)
	if want, err := readOutcome(filepath.Join(dir, outputFile)); err == nil {
		call.fails = want.Failure
	}
	return call, err
}

// outcome is what came out of a call, as output.json has it.
type outcome struct {
	Result  json.RawMessage `json:"result,omitempty"`  // as the guest wrote it
	Failure string          `json:"failure,omitempty"` // the guest's own reason, else the host's words
	Log     []string        `json:"log"`
}

// outcomeOf is the outcome of a call that ended with err.
func outcomeOf(r plugin.Report, err error) outcome {
	o := outcome{Log: []string{}}
	for _, line := range r.Lines {
		o.Log = append(o.Log, line.Level.String()+": "+line.Text)
	}
	var own *plugin.GuestError
	switch {
	case errors.As(err, &own) && r.Reason != "":
		o.Failure = r.Reason
	case err != nil:
		o.Failure = err.Error()
	case len(r.Output) == 0:
		o.Result = json.RawMessage("{}")
	default:
		o.Result = r.Output
	}
	return o
}

// text is the outcome as output.json is written: compact, on one line.
func (o outcome) text() []byte {
	out := []byte("{")
	if o.Result != nil {
		out = append(append(out, `"result":`...), o.Result...)
	} else {
		out = abi.AppendString(append(out, `"failure":`...), o.Failure)
	}
	out = append(out, `,"log":[`...)
	for i, line := range o.Log {
		if i > 0 {
			out = append(out, ',')
		}
		out = abi.AppendString(out, line)
	}
	return append(out, "]}\n"...)
}

// readOutcome reads an output.json. Its result may be laid out for people:
// white space between tokens does not count, unless the guest writes the same.
func readOutcome(path string) (outcome, error) {
	const advice = `write {"result":{…},"log":[…]} or {"failure":"…","log":[…]}, or run doorward plugin test --update`
	text, err := readJSON(path, advice)
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		return outcome{}, wrong(advice, "%s: %w", path, err)
	}
	if (o.Result == nil) == (o.Failure == "") {
		return outcome{}, wrong(advice, "%s has not exactly one of result and failure", path)
	}
	return o, nil
}

// equal compares what came out with what must.
func (o outcome) equal(want outcome) bool {
	return o.Failure == want.Failure && slices.Equal(o.Log, want.Log) &&
		(bytes.Equal(o.Result, want.Result) || bytes.Equal(o.Result, compact(want.Result)))
}

func compact(text []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, text) != nil {
		return text
	}
	return out.Bytes()
}

// laidOut is the outcome in lines, to be compared by eye.
func (o outcome) laidOut() []string {
	var out bytes.Buffer
	if json.Indent(&out, bytes.TrimSpace(o.text()), "", "  ") != nil {
		return []string{string(o.text())}
	}
	return splitLines(out.String())
}
