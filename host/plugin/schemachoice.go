// Choices between forms, which a schema writes as anyOf and oneOf.

package plugin

import (
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// choice is what is wrong about a choice as a whole; empty when it is not
// about one, or when its forms say more.
func (m *misfits) choice(e *jsonschema.ValidationError) string {
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf:
		if names := demanded(m.schema(e).AnyOf); names != nil {
			return "at least one of " + either(names) + " is needed, and none is there"
		}
	case *kind.OneOf:
		names := demanded(m.schema(e).OneOf)
		switch {
		case names != nil && len(k.Subschemas) == 2:
			return "exactly one of " + either(names) + " is needed, and " + names[k.Subschemas[0]] + " and " + names[k.Subschemas[1]] + " are both there"
		case names != nil:
			return "exactly one of " + either(names) + " is needed, and none is there"
		case len(k.Subschemas) == 2:
			return "it has more than one of the forms of which the schema's oneOf allows exactly one"
		}
	}
	return otherTypes(e)
}

// demanded is what each form demands, when no form does anything but demand
// members; otherwise nil.
func demanded(forms []*jsonschema.Schema) []string {
	var names []string
	for _, form := range forms {
		plain := form.Ref == nil && form.Types == nil && form.Not == nil && len(form.Properties) == 0 &&
			len(form.AllOf) == 0 && len(form.AnyOf) == 0 && len(form.OneOf) == 0
		if !plain || len(form.Required) == 0 {
			return nil
		}
		names = append(names, strings.Join(form.Required, " with "))
	}
	return names
}

// either is "a or b".
func either(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// otherTypes joins the types of all forms, when the value has none of them.
func otherTypes(e *jsonschema.ValidationError) string {
	if !isChoice(e) || len(e.Causes) == 0 {
		return ""
	}
	var want []string
	got := ""
	for _, form := range e.Causes {
		t := ofAnotherType(e, form)
		if t == nil {
			return ""
		}
		want, got = append(want, t.Want...), t.Got
	}
	return "want " + strings.Join(want, " or ") + ", got " + got
}

// meant are the causes to tell. Forms of another type than the value's are not
// what was meant, when there are others.
func meant(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if !isChoice(e) {
		return e.Causes
	}
	return slices.DeleteFunc(slices.Clone(e.Causes), func(form *jsonschema.ValidationError) bool {
		return ofAnotherType(e, form) != nil
	})
}

func isChoice(e *jsonschema.ValidationError) bool {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return true
	}
	return false
}

// ofAnotherType is the rule that the value of a choice breaks, when a form fails
// for nothing but its type.
func ofAnotherType(choice, form *jsonschema.ValidationError) *kind.Type {
	for len(form.Causes) == 1 {
		form = form.Causes[0]
	}
	t, ok := form.ErrorKind.(*kind.Type)
	if !ok || len(form.Causes) > 0 || len(form.InstanceLocation) != len(choice.InstanceLocation) {
		return nil
	}
	return t
}
