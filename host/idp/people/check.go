package people

// What a person may be: every text bounded, none with control characters.

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a person.
const (
	maxSubject  = 255
	maxText     = 200      // characters of a name
	maxEmail    = 254      // bytes
	maxPhone    = 64       // bytes
	maxList     = 1000     // groups, and roles
	maxItem     = 256      // bytes of one of them
	maxClaims   = 64 << 10 // bytes of them as JSON
	maxPasskeys = 64
)

func (p Person) check() error {
	if err := p.checkNames(); err != nil {
		return err
	}
	for _, list := range []struct {
		what  string
		items []string
	}{{"groups", p.Groups}, {"roles", p.Roles}} {
		if err := checkList(list.what, list.items); err != nil {
			return err
		}
	}
	if p.PasswordHash != "" {
		if _, err := parsePHC(p.PasswordHash); err != nil {
			return fmt.Errorf("the password hash: %w", err)
		}
	}
	if len(p.Passkeys) > maxPasskeys {
		return fmt.Errorf("a person has at most %d passkeys", maxPasskeys)
	}
	return checkClaims(p.Claims)
}

func (p Person) checkNames() error {
	if _, err := nameKey(p.UserName); err != nil {
		return err
	}
	if unprintable(p.UserName) {
		return errors.New("the user name has control characters in it")
	}
	if len(p.Subject) > maxSubject || strings.ContainsFunc(p.Subject, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("a subject has at most %d printable ASCII characters, none of them a space", maxSubject)
	}
	for what, text := range map[string]string{"name": p.Name, "given name": p.GivenName, "family name": p.FamilyName} {
		if utf8.RuneCountInString(text) > maxText || unprintable(text) {
			return fmt.Errorf("the %s must have at most %d characters, and none that cannot be printed", what, maxText)
		}
	}
	if p.Email != "" && (len(p.Email) > maxEmail || strings.Count(p.Email, "@") != 1 || strings.Trim(p.Email, "@") != p.Email || strings.ContainsFunc(p.Email, unicode.IsSpace) || unprintable(p.Email)) {
		return errors.New("the email address must have one @, with something on both sides, and no space")
	}
	if len(p.Phone) > maxPhone || unprintable(p.Phone) {
		return fmt.Errorf("the phone number must have at most %d bytes", maxPhone)
	}
	return nil
}

func checkList(what string, items []string) error {
	if len(items) > maxList {
		return fmt.Errorf("a person has at most %d %s", maxList, what)
	}
	for _, item := range items {
		if item == "" || len(item) > maxItem || unprintable(item) {
			return fmt.Errorf("each of the %s must have 1 to %d bytes, and none that cannot be printed", what, maxItem)
		}
	}
	return nil
}

func checkClaims(claims map[string]any) error {
	text, err := json.Marshal(claims)
	if err != nil {
		return errors.New("the person's claims cannot be written as JSON")
	}
	if len(text) > maxClaims {
		return fmt.Errorf("the claims have %d bytes as JSON: at most %d fit", len(text), maxClaims)
	}
	if _, empty := claims[""]; empty {
		return errors.New("a claim has no name")
	}
	return nil
}

func unprintable(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl)
}
