// User attributes: their names, exact types and bounds.

package mapper

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/doorward/doorward/host/login"
)

// Bounds of a mapped user.
const (
	MaxStringBytes     = 1024     // of id, userName, firstName, lastName and email
	MaxRoles           = 1000     //
	MaxRoleBytes       = 256      //
	MaxAttributeName   = 128      // bytes
	MaxAttributesBytes = 64 << 10 // of all attributes together, as compact JSON
)

const attributePrefix = "attributes."

// target is a user attribute that a mapper sets.
type target struct {
	name  string // as configured
	field func(*login.User) *string
	inner string // NAME of attributes.NAME
}

var stringFields = map[string]func(*login.User) *string{
	"id":        func(u *login.User) *string { return &u.ID },
	"userName":  func(u *login.User) *string { return &u.UserName },
	"firstName": func(u *login.User) *string { return &u.FirstName },
	"lastName":  func(u *login.User) *string { return &u.LastName },
	"email":     func(u *login.User) *string { return &u.Email },
}

const attributeHint = "write id, userName, firstName, lastName, email, roles or attributes.NAME"

func parseTarget(name string) (target, error) {
	if field, ok := stringFields[name]; ok {
		return target{name: name, field: field}, nil
	}
	if name == "roles" {
		return target{name: name}, nil
	}
	inner, ok := strings.CutPrefix(name, attributePrefix)
	if !ok {
		return target{}, fmt.Errorf("%w %.64q; %s", ErrAttribute, name, attributeHint)
	}
	if err := checkAttributeName(inner); err != nil {
		return target{}, err
	}
	return target{name: name, inner: inner}, nil
}

func checkAttributeName(name string) error {
	if name == "" || len(name) > MaxAttributeName || !utf8.ValidString(name) || hasControl(name) {
		return fmt.Errorf("%w: the name of an attribute has 1 to %d bytes and no control characters", ErrAttribute, MaxAttributeName)
	}
	return nil
}

// set gives the attribute the value, a JSON value that is not null. An empty
// string leaves the attribute absent. Errors say what is wrong with the value
// and never hold it.
func (t target) set(user *login.User, value any) error {
	switch {
	case t.field != nil:
		text, err := stringOf(value)
		if err == nil && t.name == "email" {
			err = checkEmail(text)
		}
		if err != nil {
			return err
		}
		*t.field(user) = text
	case t.inner == "":
		roles, err := rolesOf(value)
		if err != nil {
			return err
		}
		user.Roles = roles
	default:
		return setAttribute(user, t.inner, value)
	}
	return nil
}

// unset makes the attribute absent.
func (t target) unset(user *login.User) {
	switch {
	case t.field != nil:
		*t.field(user) = ""
	case t.inner == "":
		user.Roles = nil
	default:
		delete(user.Attributes, t.inner)
	}
}

func setAttribute(user *login.User, name string, value any) error {
	if user.Attributes == nil {
		user.Attributes = map[string]any{}
	}
	user.Attributes[name] = value
	if !fits(user.Attributes, MaxAttributesBytes) {
		return fmt.Errorf("the attributes together are larger than %d KiB or too deep", MaxAttributesBytes>>10)
	}
	return nil
}

func stringOf(value any) (string, error) {
	text, ok := value.(string)
	switch {
	case !ok:
		return "", fmt.Errorf("want a string, found %s", kind(value))
	case len(text) > MaxStringBytes:
		return "", fmt.Errorf("the string is longer than %d bytes", MaxStringBytes)
	case hasControl(text):
		return "", errors.New("the string has a control character in it")
	}
	return text, nil
}

func rolesOf(value any) ([]string, error) {
	if roles, ok := value.([]string); ok {
		value = anyList(roles)
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("want a list of strings, found %s", kind(value))
	}
	if len(list) > MaxRoles {
		return nil, fmt.Errorf("there are more than %d roles", MaxRoles)
	}
	roles := make([]string, len(list))
	for i, item := range list {
		role, ok := item.(string)
		switch {
		case !ok:
			return nil, fmt.Errorf("want a list of strings, item %d is %s", i, kind(item))
		case role == "" || len(role) > MaxRoleBytes:
			return nil, fmt.Errorf("role %d has %d bytes, want 1 to %d", i, len(role), MaxRoleBytes)
		case hasControl(role):
			return nil, fmt.Errorf("role %d has a control character in it", i)
		}
		roles[i] = role
	}
	return roles, nil
}

// checkEmail accepts one address: an application that looks behind the last @
// and one that looks behind the first must see the same domain.
func checkEmail(text string) error {
	if text == "" {
		return nil
	}
	local, domain, one := strings.Cut(text, "@")
	if !one || local == "" || domain == "" || strings.ContainsAny(domain, "@＠﹫") || strings.ContainsAny(local, "＠﹫") {
		return errors.New("an email address has exactly one @, with text on both sides; map other texts to attributes.NAME")
	}
	if strings.ContainsFunc(text, unicode.IsSpace) || strings.ContainsAny(text, `,;<>()[]\"`) {
		return errors.New("an email address has no space, comma, semicolon, bracket, quote or backslash; map other texts to attributes.NAME")
	}
	return nil
}

func hasControl(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}
