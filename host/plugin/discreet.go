// What the error of a guest that sees tokens does not say.

package plugin

import (
	"slices"

	"github.com/doorward/doorward/host/attrs"
)

// discreet hides the names that a guest gave, when it may see tokens: they are
// cut, and in a part of a token no mask finds the token.
func (c *Config) discreet(err error) error {
	if !slices.Contains(c.Sources, attrs.TokenEndpointResponse) {
		return err
	}
	switch FailureKind(err) {
	case KindResult, KindGrant:
		return &discreetError{err}
	}
	return err
}

type discreetError struct{ err error }

func (e *discreetError) Error() string {
	if FailureKind(e.err) == KindGrant {
		return "the guest asked for a source that is not granted; it may see tokens, so the name is not shown: doorward plugin run shows it"
	}
	return "the result was refused; the guest may see tokens, so the reason, which holds names of its own, is not shown: doorward plugin run shows it"
}

func (e *discreetError) Unwrap() error { return e.err }
