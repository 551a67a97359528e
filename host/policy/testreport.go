// Test reports for other programs.

package policy

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// WriteJSON prints the report: {"passed","failed","skipped","tests":[{"file",
// "line","name","outcome","failure","output","seconds"}],"coverage"}. An outcome
// is passed, failed or skipped.
func (r TestReport) WriteJSON(w io.Writer) error {
	type test struct {
		File    string  `json:"file"`
		Line    int     `json:"line"`
		Name    string  `json:"name"`
		Outcome string  `json:"outcome"`
		Failure string  `json:"failure,omitempty"`
		Output  string  `json:"output,omitempty"`
		Seconds float64 `json:"seconds"`
	}
	tests := make([]test, len(r.Results))
	for i, t := range r.Results {
		tests[i] = test{t.File, t.Line, t.Name, t.outcome(), t.Failure, t.Output, t.Took.Seconds()}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Passed   int       `json:"passed"`
		Failed   int       `json:"failed"`
		Skipped  int       `json:"skipped"`
		Tests    []test    `json:"tests"`
		Coverage *Coverage `json:"coverage,omitempty"`
	}{r.Passed, r.Failed, r.Skipped, tests, r.Coverage})
}

func (t TestResult) outcome() string {
	switch {
	case t.Skipped:
		return "skipped"
	case t.Failure != "":
		return "failed"
	}
	return "passed"
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *struct{}     `xml:"skipped,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit prints the report as one JUnit test suite, which CI servers read.
func (r TestReport) WriteJUnit(w io.Writer) error {
	suite := junitSuite{Name: "doorward policy test", Tests: len(r.Results), Failures: r.Failed, Skipped: r.Skipped}
	total := 0.0
	for _, t := range r.Results {
		total += t.Took.Seconds()
		class, name := "", t.Name
		if i := strings.LastIndexByte(t.Name, '.'); i >= 0 {
			class, name = t.Name[:i], t.Name[i+1:]
		}
		one := junitCase{Class: class, Name: name, File: t.File, Line: t.Line, Time: secondsText(t.Took.Seconds()), Output: t.Output}
		switch t.outcome() {
		case "failed":
			one.Failure = &junitFailure{Message: cmp.Or(strings.SplitN(t.Failure, "\n", 2)[0], "failed"), Text: t.Failure}
		case "skipped":
			one.Skipped = &struct{}{}
		}
		suite.Cases = append(suite.Cases, one)
	}
	suite.Time = secondsText(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func secondsText(s float64) string { return strconv.FormatFloat(s, 'f', 6, 64) }
