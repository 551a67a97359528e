// What a config breaks of its schema, in words that say what to write.

package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/doorward/doorward/host/near"
	"github.com/doorward/doorward/sdk/abi"
)

// maxMisfits is how many rules one message names.
const maxMisfits = 8

// misfits collects where in a config which rule is broken. The config's values
// stay out of it.
type misfits struct {
	compiler *jsonschema.Compiler // has compiled every schema that an error names
	whole    string               // what is checked
	found    []string
}

// misfitsOf is all that is wrong with what is called whole.
func misfitsOf(compiler *jsonschema.Compiler, e *jsonschema.ValidationError, whole string) string {
	m := misfits{compiler: compiler, whole: whole}
	if err := soundly(func() error { m.add(e); return nil }); err != nil {
		return whole + ": " + err.Error()
	}
	return strings.Join(slices.Compact(m.found), "; ")
}

// schemaFault is why a schema is none: what of the draft's own schema it
// breaks, or what the library says.
func schemaFault(err error) string {
	var invalid *jsonschema.SchemaValidationError
	var rules *jsonschema.ValidationError
	if errors.As(err, &invalid) && errors.As(invalid.Err, &rules) {
		return misfitsOf(jsonschema.NewCompiler(), rules, "the schema")
	}
	return err.Error()
}

// add lists the innermost causes of an error. Of a choice between forms it
// says what is to be chosen, or what is wrong with the forms that are meant.
func (m *misfits) add(e *jsonschema.ValidationError) {
	words := m.choice(e)
	if words == "" && len(e.Causes) == 0 {
		words = m.rule(e)
	}
	if words != "" {
		m.say(e, words)
		return
	}
	for _, cause := range meant(e) {
		m.add(cause)
	}
}

func (m *misfits) say(e *jsonschema.ValidationError, words string) {
	if len(m.found) == maxMisfits {
		return
	}
	at := ""
	for _, token := range e.InstanceLocation {
		at += "/" + abi.EncodeToken(token)
	}
	m.found = append(m.found, or(at, m.whole)+": "+words)
}

// schema is the one that an error is about; an empty one when it is not found.
func (m *misfits) schema(e *jsonschema.ValidationError) *jsonschema.Schema {
	if s, err := m.compiler.Compile(e.SchemaURL); err == nil {
		return s
	}
	return &jsonschema.Schema{}
}

// rule is one broken rule of one value.
func (m *misfits) rule(e *jsonschema.ValidationError) string {
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		return "want " + strings.Join(k.Want, " or ") + ", got " + k.Got
	case *kind.Required:
		return "the member " + strings.Join(k.Missing, ", ") + " is missing"
	case *kind.AdditionalProperties:
		return unknownMembers(k.Properties, m.schema(e))
	case *kind.FalseSchema:
		return "it must not be there"
	case *kind.Enum:
		return "want one of " + asJSON(k.Want)
	case *kind.Const:
		return "want " + asJSON([]any{k.Want})
	}
	rule := strings.Join(e.ErrorKind.KeywordPath(), "/")
	if want := bound(e.ErrorKind); want != "" {
		rule += ": " + want
	}
	return "it breaks the schema's rule " + rule
}

// bound is what a rule has for its value.
func bound(rule jsonschema.ErrorKind) string {
	switch k := rule.(type) {
	case *kind.Pattern:
		return k.Want
	case *kind.MinLength:
		return fmt.Sprint(k.Want)
	case *kind.MaxLength:
		return fmt.Sprint(k.Want)
	case *kind.MinItems:
		return fmt.Sprint(k.Want)
	case *kind.MaxItems:
		return fmt.Sprint(k.Want)
	case *kind.MinProperties:
		return fmt.Sprint(k.Want)
	case *kind.MaxProperties:
		return fmt.Sprint(k.Want)
	}
	return ""
}

// asJSON is what a config would have, separated by commas.
func asJSON(all []any) string {
	texts := make([]string, 0, len(all))
	for _, value := range all {
		if text, err := json.Marshal(value); err == nil {
			texts = append(texts, string(text))
		}
	}
	return strings.Join(texts, ", ")
}

// unknownMembers names the members that a schema does have, the one that was
// most likely meant first.
func unknownMembers(unknown []string, s *jsonschema.Schema) string {
	slices.Sort(unknown)
	known := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		known = append(known, name)
	}
	for pattern := range s.PatternProperties {
		known = append(known, "names that match "+pattern.String())
	}
	words := "there is no member " + strings.Join(unknown, ", ")
	if len(known) == 0 {
		return words + ", nor any other"
	}
	return words + " (it knows " + listed(near.First(unknown[0], known)) + ")"
}

// maxListed is how many names one message lists.
const maxListed = 16

func listed(names []string) string {
	if len(names) > maxListed {
		names = append(slices.Clone(names[:maxListed]), fmt.Sprintf("and %d more", len(names)-maxListed))
	}
	return strings.Join(names, ", ")
}
