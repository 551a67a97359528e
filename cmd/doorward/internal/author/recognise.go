// Telling the two kinds of files apart that a call can be made from.

package author

import "github.com/doorward/doorward/sdk/abi"

// kind is what a file is, as far as its members say.
type kind int

const (
	unclear kind = iota
	aLogin
	anInput
)

// Members that only one of the kinds has. Both have sources and login.
var (
	onlyLogins = []string{"format", "session", "request", "now"}
	onlyInputs = []string{"version", "user", "config"}
)

// recognised is the kind of an object. One with members of both, or of
// neither, is not clear: an input may have members that nobody knows yet.
func recognised(object abi.Raw) kind {
	login, input := hasOneOf(object, onlyLogins), hasOneOf(object, onlyInputs)
	switch {
	case login && !input:
		return aLogin
	case input && !login:
		return anInput
	}
	return unclear
}

func hasOneOf(object abi.Raw, names []string) bool {
	for _, name := range names {
		if _, ok := object.Get("/" + name); ok {
			return true
		}
	}
	return false
}
