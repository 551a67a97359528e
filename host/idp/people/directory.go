package people

// The people who can sign in, and where they are kept.

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/doorward/doorward/host/store"
)

// ErrNoPerson says that nobody has that user name.
var ErrNoPerson = errors.New("no such person")

const (
	Bucket      = "idp.people"
	MaxUserName = 256 // bytes, of a user name
)

// Person is somebody who can sign in. Subject never changes and is never used
// again for somebody else; everything but it and the name may.
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

// Directory keeps people in a store. It is safe for concurrent use.
type Directory struct{ Store store.Store }

// Person returns the person of that name, whatever its case, or ErrNoPerson;
// another error wraps store.ErrUnavailable.
func (d Directory) Person(ctx context.Context, userName string) (Person, error) {
	name, err := nameKey(userName)
	if err != nil {
		return Person{}, ErrNoPerson
	}
	item, err := d.Store.Get(ctx, Bucket, name)
	if errors.Is(err, store.ErrNotFound) {
		return Person{}, ErrNoPerson
	}
	if err != nil {
		return Person{}, fmt.Errorf("read a person: %w", err)
	}
	var person Person
	if err := json.Unmarshal(item.Value, &person); err != nil {
		return Person{}, fmt.Errorf("read a person: the record is damaged")
	}
	return person, nil
}

// PutPerson adds or replaces the person of that name. One without a Subject
// keeps that of the person they replace, or gets a new one. The returned
// Person is the one that was written.
func (d Directory) PutPerson(ctx context.Context, person Person) (Person, error) {
	if person.Subject == "" {
		before, err := d.Person(ctx, person.UserName)
		if err != nil && !errors.Is(err, ErrNoPerson) {
			return Person{}, err
		}
		person.Subject = cmp.Or(before.Subject, NewID())
	}
	op, err := putPerson(person)
	if err != nil {
		return Person{}, err
	}
	return person, d.Store.Apply(ctx, op)
}

// Seed adds those people whose names nobody has yet, and leaves the others as
// they are.
func (d Directory) Seed(ctx context.Context, people ...Person) error {
	for _, person := range people {
		person.Subject = cmp.Or(person.Subject, NewID())
		op, err := putPerson(person)
		if err != nil {
			return err
		}
		op.If = new(uint64) // absent
		if err := d.Store.Apply(ctx, op); err != nil && !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("seed a person: %w", err)
		}
	}
	return nil
}

func putPerson(person Person) (store.Op, error) {
	name, err := nameKey(person.UserName)
	if err != nil {
		return store.Op{}, err
	}
	if person.PasswordHash != "" {
		if _, err := parsePHC(person.PasswordHash); err != nil {
			return store.Op{}, fmt.Errorf("the password hash: %w", err)
		}
	}
	value, err := json.Marshal(person)
	if err != nil {
		return store.Op{}, errors.New("the person's claims cannot be written as JSON")
	}
	return store.Op{Bucket: Bucket, Key: name, Value: value}, nil
}

// nameKey is how a name is compared: without surrounding space and case, and
// however its accents were typed.
func nameKey(userName string) (string, error) {
	name := norm.NFC.String(strings.ToLower(strings.TrimSpace(userName)))
	if name == "" || len(name) > MaxUserName {
		return "", fmt.Errorf("a user name must have 1 to %d bytes", MaxUserName)
	}
	return name, nil
}

// NewID is 128 random bits in base64url, 22 characters: a subject, or the id of
// a session.
func NewID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}
