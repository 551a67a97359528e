package factors

// The ways to sign in, and when one more proof is asked for.

import (
	"fmt"
	"slices"
	"strings"
)

// Method is a way to sign in.
type Method string

const (
	Password      Method = "password"       // user name and password
	Badge         Method = "badge"          // a badge's number alone
	BadgePassword Method = "badge_password" // a badge's number and the password
	Passkey       Method = "passkey"        // WebAuthn, with user verification
)

var methods = []Method{Password, Badge, BadgePassword, Passkey}

// CheckMethods says what is wrong with a list of methods: it is empty, or has
// an unknown method or one twice.
func CheckMethods(list []Method) error {
	if len(list) == 0 {
		return fmt.Errorf("name at least one sign-in method of %s", names(methods))
	}
	for i, m := range list {
		if !slices.Contains(methods, m) {
			return fmt.Errorf("the sign-in method %q is none of %s", m, names(methods))
		}
		if slices.Contains(list[:i], m) {
			return fmt.Errorf("the sign-in method %s is there twice", m)
		}
	}
	return nil
}

// HasPassword reports whether the method asks for the person's password.
func (m Method) HasPassword() bool { return m == Password || m == BadgePassword }

// HasBadge reports whether the method asks for a badge's number.
func (m Method) HasBadge() bool { return m == Badge || m == BadgePassword }

// Requirement is whether a second factor is asked for after a method that
// proves only one.
type Requirement string

const (
	Off      Requirement = "off"      // never, unless the client asks for it by acr
	Optional Requirement = "optional" // from those who have set one up
	Required Requirement = "required" // from everybody; who has none sets it up at the next sign-in
)

var requirements = []Requirement{Off, Optional, Required}

// Check says that r is none of the three.
func (r Requirement) Check() error {
	if !slices.Contains(requirements, r) {
		return fmt.Errorf("the second factor %q is none of %s", r, names(requirements))
	}
	return nil
}

func names[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = string(word)
	}
	return strings.Join(words, ", ")
}
