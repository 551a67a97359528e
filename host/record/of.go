// Making the record of a walk.

package record

import (
	"bytes"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// ruled are the refusals that rules decide.
var ruled = map[login.Code]bool{
	login.CodeMappingFailed: true, login.CodePluginFailed: true, login.CodeLoginDenied: true, login.CodeLevelNotReached: true,
}

// Of is the record of a walk, but for its Revisions beyond the policy and the
// plugins. It is false for a walk that no rule decided: a test, one without a
// document, one that failed for another reason.
func Of(w login.Walked) (Record, bool) {
	y, file, ok := w.Yield, login.File{}, false
	if w.Request.Purpose != login.PurposeTest && (w.Err == nil || ruled[login.CodeOf(w.Err)]) {
		file, ok = login.FileOf(y, w.Facts)
	}
	if !ok {
		return Record{}, false
	}
	r := Record{
		ID: w.Request.ID, Purpose: w.Request.Purpose, Person: y.Document.Person,
		ReceivedAt: y.Document.ReceivedAt.UnixNano(), At: y.At.UnixNano(), File: file,
	}
	if y.At.IsZero() {
		r.At = r.ReceivedAt
	}
	if w.Request.Level != "" {
		r.Asked = append([]string{w.Request.Level}, w.Request.AnyOf...)
	}
	r.Outcome = OutcomeOf(y.Document, y.User, y.Decision, w.Err)
	r.Revisions = revisionsOf(w)
	switch {
	case y.Interrupted || OutOfTime(y.Decision):
		r.NotReplayable = ReasonInterrupted
	case tokenCopied(y):
		r.NotReplayable = ReasonTokenCopied
	}
	return r, true
}

// OutcomeOf is the outcome of a walk that ended with err. Tokens of doc are
// digests in it.
func OutcomeOf(doc *login.Document, user *login.User, decision *login.Decision, err error) Outcome {
	var o Outcome
	if err != nil {
		o.Refused = login.CodeOf(err)
	}
	if user != nil {
		masked := user.Masked(doc.Sources.Secrets())
		o.User = &masked
	}
	if decision != nil {
		kept := *decision
		kept.Withheld = nil // what is compared is what is held
		o.Decision = &kept
	}
	return o
}

func revisionsOf(w login.Walked) Revisions {
	r := Revisions{Plugins: map[string]string{}}
	if w.Yield.Decision != nil {
		r.Policy = w.Yield.Decision.Revision
	}
	for _, step := range w.Steps {
		if name, is := strings.CutPrefix(step.Step, "plugin "); is {
			r.Plugins[name], _ = step.In["sha256"].(string)
		}
	}
	return r
}

// OutOfTime reports whether a rule was not asked to its end: time or load
// decided.
func OutOfTime(d *login.Decision) bool {
	if d == nil {
		return false
	}
	for _, w := range d.Withheld {
		if w.Reason == login.ReasonBudget {
			return true
		}
	}
	return false
}

// tokenCopied reports whether a claim or the user held a token: digests stand
// there now, and rules may make something else of them.
func tokenCopied(y login.Yield) bool {
	d := y.Document.Sources
	redacted := d.Redacted()
	for _, name := range d.Names() {
		if name == attrs.TokenEndpointResponse {
			continue
		}
		was, _ := d.Raw(name)
		is, _ := redacted.Raw(name)
		if !bytes.Equal(was, is) {
			return true
		}
	}
	if y.User == nil {
		return false
	}
	masked := y.User.Masked(d.Secrets())
	return len(changed(y.User, &masked)) > 0
}
