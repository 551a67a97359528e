// The rules of a pipeline, as the configuration gives them.

package mapper

import "fmt"

// Rule is one entry of a provider's mappers: a Direct, an Expression or a
// PluginRule.
type Rule interface {
	// compile checks the rule and makes what Map runs. Every error is a
	// *RuleError without its Index.
	compile(c *compiler) (mapper, []*RuleError)
}

// Direct copies the value at a path to a user attribute.
type Direct struct {
	Attribute string // id, userName, firstName, lastName, email, roles or attributes.NAME
	Source    string // idTokenClaims when empty
	Path      string // as attrs.ParsePath reads it
}

// Expression sets a user attribute to the value of a CEL expression with
// references.
type Expression struct {
	Attribute string
	Value     string // at most 8 KiB
}

// PluginRule asks a plugin.
type PluginRule struct {
	Name        string
	Plugin      Plugin
	SkipOnError bool     // on_error: skip
	MayDeny     bool     // the plugin's metadata says that it may deny: SkipOnError is refused
	Sources     []string // what it was granted; idTokenClaims and userInfo when nil
}

// RuleError says which rule of a Config is wrong, and where in it. Err's text
// says what to write instead.
type RuleError struct {
	Index  int    // of the rule
	Field  string // attribute, source, path, value, plugin or on_error
	Line   int    // in the field's text, beginning with 1; 0 when the whole field is meant
	Column int    // in characters, beginning with 1; 0 when the whole field is meant
	Err    error
}

func (e *RuleError) Error() string {
	if e.Line > 1 {
		return fmt.Sprintf("mapper %d: %s: line %d, column %d: %v", e.Index+1, e.Field, e.Line, e.Column, e.Err)
	}
	if e.Column > 0 {
		return fmt.Sprintf("mapper %d: %s: column %d: %v", e.Index+1, e.Field, e.Column, e.Err)
	}
	return fmt.Sprintf("mapper %d: %s: %v", e.Index+1, e.Field, e.Err)
}

func (e *RuleError) Unwrap() error { return e.Err }
