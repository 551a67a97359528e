package people

// The policy of new passwords: long enough, not common, not the person's own
// name. No rule about kinds of characters (NIST SP 800-63B, section 3.1.1.2).

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MinLength is how many characters a password has at least when a Policy does
// not say.
const MinLength = 12

// Policy is what a new password must be. The zero value is the default.
type Policy struct {
	MinLength int // characters; 0 means MinLength
}

// Reasons of a PolicyError.
const (
	PasswordShort  = "password_short"  // count: characters at least
	PasswordLong   = "password_long"   // count: bytes at most
	PasswordCommon = "password_common" // or common with an ending, repeated, or along the keyboard
	PasswordName   = "password_name"   // it holds the user name, or the beginning of the email address
)

// PolicyError says why a password is refused. Key and Args are for
// translations, Error is a sentence without a full stop.
type PolicyError struct {
	Key  string
	Args map[string]string
	text string
}

func (e *PolicyError) Error() string { return e.text }

// Check refuses a password that person, whose names may be empty, should not
// get; the error is a *PolicyError.
func (p Policy) Check(password string, person Person) error {
	least := p.MinLength
	if least <= 0 {
		least = MinLength
	}
	password = norm.NFC.String(password)
	switch {
	case len(password) > maxPassword:
		return refusal(PasswordLong, maxPassword, "the password has more than %d bytes: choose a shorter one", maxPassword)
	case utf8.RuneCountInString(password) < least:
		return refusal(PasswordShort, least, "the password must have at least %d characters", least)
	case holdsName(password, person):
		return &PolicyError{Key: PasswordName, text: "the password holds the user name or the email address: choose one that does not"}
	case common(password):
		return &PolicyError{Key: PasswordCommon, text: "the password is one of those that are tried first: choose one that is harder to guess, such as four words"}
	}
	return nil
}

func refusal(key string, count int, format string, args ...any) error {
	return &PolicyError{Key: key, Args: map[string]string{"count": strconv.Itoa(count)}, text: fmt.Sprintf(format, args...)}
}

// minName is how many bytes a name has that a password must not hold: shorter
// ones are in too many words.
const minName = 4

func holdsName(password string, person Person) bool {
	local, _, _ := strings.Cut(person.Email, "@")
	for _, name := range []string{person.UserName, local} {
		name = fold(strings.TrimSpace(name))
		if len(name) >= minName && strings.Contains(fold(password), name) || name != "" && fold(password) == name {
			return true
		}
	}
	return false
}
