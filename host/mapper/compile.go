// Checking a configuration: every fault of every rule at once.

package mapper

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/doorward/doorward/host/attrs"
)

// What is wrong with a rule besides its paths, references and expressions.
var (
	ErrAttribute      = errors.New("unknown user attribute")
	ErrSourceAbsent   = errors.New("this provider's logins do not have the source")
	ErrUserInfoUnused = errors.New("userInfo is read, and this provider calls no userinfo endpoint")
	ErrPluginMissing  = errors.New("the plugin is not loaded")
	ErrSkipDeny       = errors.New("on_error: skip is refused for a plugin that may deny a login")
)

// compiler holds what the rules of one provider are checked against.
type compiler struct {
	protocol      string
	userInfoInUse bool
}

// sources lists what a login of the protocol can have.
func (c *compiler) sources() []string {
	switch c.protocol {
	case "saml":
		return []string{attrs.AuthnResponse}
	case "id-token":
		return []string{attrs.IDTokenClaims}
	}
	return []string{attrs.IDTokenClaims, attrs.TokenEndpointResponse, attrs.UserInfo, attrs.ClaimSources}
}

func (c *compiler) checkSource(name string) error {
	has := c.sources()
	switch {
	case !attrs.KnownSource(name):
		return fmt.Errorf("%w: %.64q; write one of %s", attrs.ErrSource, name, strings.Join(has, ", "))
	case !slices.Contains(has, name):
		return fmt.Errorf("%w %s; write %s", ErrSourceAbsent, name, strings.Join(has, " or "))
	case name == attrs.UserInfo && !c.userInfoInUse:
		return fmt.Errorf("%w; set userinfo.endpoint to auto or a URL, or read another source", ErrUserInfoUnused)
	}
	return nil
}

// fault is the RuleError of a whole field.
func fault(field string, err error) *RuleError {
	return &RuleError{Field: field, Err: err}
}

// faultIn is the RuleError of err at a byte of the field's text. A reference's
// error loses its own column, which the RuleError has.
func faultIn(field, text string, at int, err error) *RuleError {
	var ref *attrs.ReferenceError
	if errors.As(err, &ref) {
		at = ref.Offset
		err = fmt.Errorf("%w: %s; %s", ref.Err, ref.Problem, ref.Hint)
	}
	line, column := position(text, at)
	return &RuleError{Field: field, Line: line, Column: column, Err: err}
}

// position is the line and the column, in characters, of a byte of text.
func position(text string, at int) (line, column int) {
	before := text[:min(at, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}
