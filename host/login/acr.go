// Authentication contexts: what was asked of the provider, and what it sent
// (OpenID Connect Core 1.0, section 3.1.2.1; RFC 9470, section 4).

package login

import (
	"slices"
	"strings"
)

// The bounds of acr_values, of a request and of a level.
const (
	MaxACRValues = 16
	MaxACRValue  = 255 // bytes
)

// ACRValue reports whether text can stand for an authentication context in a
// space-separated list and in a quoted header: printable ASCII without quotes
// and backslashes, 255 bytes at most.
func ACRValue(text string) bool {
	return text != "" && len(text) <= MaxACRValue && !strings.ContainsFunc(text, NotACR)
}

// NotACR reports whether r cannot stand in an ACRValue.
func NotACR(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }

// MetACR reports whether the provider sent one of the contexts that it was
// asked for. It need not: acr_values is a wish, and policies decide.
func (l Login) MetACR() bool { return slices.Contains(l.ACRValues, l.Evidence.ACR) }

// SaidOfACR is a sentence on what the provider was asked for and what it sent;
// "" when it was asked for nothing.
func (l Login) SaidOfACR() string {
	if len(l.ACRValues) == 0 {
		return ""
	}
	return "the provider was asked for acr " + strings.Join(l.ACRValues, " or ") + " and sent " + l.Evidence.shownACR()
}

// shownACR is the acr as a sentence can hold it: it is the provider's own text.
func (e Evidence) shownACR() string {
	switch {
	case e.ACR == "":
		return "none"
	case !ACRValue(e.ACR):
		return "one that cannot be shown"
	}
	return e.ACR
}

// describe puts what was asked for, and what came, into the trace.
func (l Login) describe(step *Step) {
	if len(l.ACRValues) == 0 {
		return
	}
	step.In("acrValues", l.ACRValues)
	step.Out("acr", l.Evidence.shownACR())
	if !l.MetACR() {
		step.Note("the provider sent none of the authentication contexts that it was asked for; the policy decides what that is worth")
	}
}
