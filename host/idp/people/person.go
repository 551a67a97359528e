package people

// A person: what is kept of somebody who can sign in, and how it is written.

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// MaxUserName is in bytes.
const MaxUserName = 256

// Person is somebody who can sign in. Subject never changes and is never used
// again for somebody else; everything but it may.
type Person struct {
	Subject       string         `json:"sub"`
	UserName      string         `json:"userName"`
	PasswordHash  string         `json:"passwordHash,omitempty"` // of HashPassword; empty: no password fits
	Name          string         `json:"name,omitempty"`
	GivenName     string         `json:"givenName,omitempty"`
	FamilyName    string         `json:"familyName,omitempty"`
	Email         string         `json:"email,omitempty"`
	EmailVerified bool           `json:"emailVerified,omitempty"`
	Phone         string         `json:"phone,omitempty"`
	PhoneVerified bool           `json:"phoneVerified,omitempty"`
	Groups        []string       `json:"groups,omitempty"`
	Roles         []string       `json:"roles,omitempty"`
	Claims        map[string]any `json:"claims,omitempty"` // more claims, by JWT name or long claim type; the protocol's names are left out

	MustChange bool      `json:"mustChange,omitempty"` // the password, at the next sign-in
	Badges     []string  `json:"badges,omitempty"`     // digests of badge numbers
	Passkeys   []Passkey `json:"passkeys,omitempty"`
	TOTP       []byte    `json:"totp,omitempty"`     // sealed secret of an authenticator app
	TOTPUsed   int64     `json:"totpUsed,omitempty"` // the last time step that was accepted
	Disabled   bool      `json:"disabled,omitempty"`
	Configured bool      `json:"configured,omitempty"` // set by Keep

	// BadgeNumbers are numbers in clear, for whoever writes a Person: it is
	// stored with their digests among Badges, and never with the numbers.
	BadgeNumbers []string `json:"-"`
}

// Passkey is one WebAuthn credential. Credential is go-webauthn's record as
// JSON, which holds no secret.
type Passkey struct {
	ID         []byte          `json:"id"`
	Name       string          `json:"name"`
	Added      int64           `json:"added"` // Unix seconds
	Used       int64           `json:"used,omitempty"`
	Credential json.RawMessage `json:"credential"`
}

// String leaves out everything that is somebody's business, so that a Person
// in a log tells little.
func (p Person) String() string { return "person " + p.Subject }

// GoString is String.
func (p Person) GoString() string { return p.String() }

// encode is how a person is stored.
func (p Person) encode() ([]byte, error) {
	value, err := json.Marshal(p)
	if err != nil {
		return nil, errors.New("the person's claims cannot be written as JSON")
	}
	return value, nil
}

var errDamaged = errors.New("the record is damaged")

// decode reads a stored person. Numbers among the claims keep their digits.
func decode(value []byte) (person Person, err error) {
	if err := unmarshal(value, &person); err != nil {
		return Person{}, errDamaged
	}
	person.Claims, _ = exact(person.Claims).(map[string]any)
	return person, nil
}

// unmarshal reads one JSON value, its numbers as they are written.
func unmarshal(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("there is more after its end")
	}
	return nil
}

// exact turns numbers into Go's where no digit is lost by it, because not every
// JSON library knows a json.Number.
func exact(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = exact(member)
		}
	case []any:
		for i, item := range v {
			v[i] = exact(item)
		}
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		if f, err := v.Float64(); err == nil && strconv.FormatFloat(f, 'g', -1, 64) == v.String() {
			return f
		}
	}
	return value
}

// nameKey is how a name is compared: without surrounding space and case, and
// however its accents were typed.
func nameKey(userName string) (string, error) {
	name := fold(strings.TrimSpace(userName))
	if name == "" || len(name) > MaxUserName {
		return "", fmt.Errorf("a user name must have 1 to %d bytes", MaxUserName)
	}
	return name, nil
}

func fold(text string) string { return norm.NFC.String(strings.ToLower(text)) }

// NewID is 128 random bits in base64url, 22 characters: a subject, or the id of
// a session.
func NewID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}
