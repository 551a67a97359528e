package people

// The directory: finding a person by name, subject, badge or passkey.

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/doorward/doorward/host/store"
)

var (
	// ErrNoPerson says that nobody has that user name, subject, badge or passkey.
	ErrNoPerson = errors.New("no such person")
	// ErrTaken is wrapped when somebody else has the user name, the subject, a
	// badge or a passkey of a person who is written; TakenError says which.
	ErrTaken = errors.New("somebody else has it")
)

// TakenError says what of a person somebody else has.
type TakenError struct {
	What  string // user name, subject, badge or passkey
	Owner string // their user name
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("the %s belongs to %s already", e.What, e.Owner)
}

// Unwrap is ErrTaken.
func (e *TakenError) Unwrap() error { return ErrTaken }

// Sealer encrypts for one purpose with the host's key; host/keyring is one.
type Sealer interface {
	Seal(purpose string, plaintext, aad []byte) []byte
	Open(purpose string, sealed, aad []byte) ([]byte, error)
}

// Directory keeps people in a store. Keys is needed for badges and for
// SealSecret alone. It is safe for concurrent use.
type Directory struct {
	Store store.Store
	Keys  Sealer
}

// Person returns the person of that name, whatever its case, or ErrNoPerson;
// another error wraps store.ErrUnavailable.
func (d Directory) Person(ctx context.Context, userName string) (Person, error) {
	name, err := nameKey(userName)
	if err != nil {
		return Person{}, ErrNoPerson
	}
	person, _, err := d.get(ctx, name)
	return person, err
}

// BySubject returns the person of that subject; errors are those of Person.
func (d Directory) BySubject(ctx context.Context, subject string) (Person, error) {
	person, _, err := d.bySubject(ctx, subject)
	return person, err
}

func (d Directory) bySubject(ctx context.Context, subject string) (Person, uint64, error) {
	return d.find(ctx, bucketSubject, subject, func(p Person) bool { return p.Subject == subject })
}

// ByBadge returns the person who has the badge of that number; errors are those
// of Person.
func (d Directory) ByBadge(ctx context.Context, number string) (Person, error) {
	digest, err := d.badgeDigest(ctx, number)
	if errors.Is(err, errBadge) {
		return Person{}, ErrNoPerson
	}
	if err != nil {
		return Person{}, err
	}
	person, _, err := d.find(ctx, bucketBadge, digest, func(p Person) bool { return slices.Contains(p.Badges, digest) })
	return person, err
}

// ByPasskey returns the person who has the credential of that id; errors are
// those of Person.
func (d Directory) ByPasskey(ctx context.Context, credentialID []byte) (Person, error) {
	person, _, err := d.find(ctx, bucketPasskey, passkeyKey(credentialID), func(p Person) bool {
		return slices.ContainsFunc(p.Passkeys, func(k Passkey) bool { return string(k.ID) == string(credentialID) })
	})
	return person, err
}

// find follows an index, and believes the person alone.
func (d Directory) find(ctx context.Context, bucket, key string, has func(Person) bool) (Person, uint64, error) {
	if key == "" || len(key) > store.MaxKey {
		return Person{}, 0, ErrNoPerson
	}
	item, err := d.Store.Get(ctx, bucket, key)
	if errors.Is(err, store.ErrNotFound) {
		return Person{}, 0, ErrNoPerson
	}
	if err != nil {
		return Person{}, 0, fmt.Errorf("find a person: %w", err)
	}
	person, version, err := d.get(ctx, string(item.Value))
	if err == nil && !has(person) {
		return Person{}, 0, ErrNoPerson
	}
	return person, version, err
}

// get is the person under a key of Bucket, and the version of their record.
func (d Directory) get(ctx context.Context, key string) (Person, uint64, error) {
	item, err := d.Store.Get(ctx, Bucket, key)
	if errors.Is(err, store.ErrNotFound) {
		return Person{}, 0, ErrNoPerson
	}
	if err != nil {
		return Person{}, 0, fmt.Errorf("read a person: %w", err)
	}
	person, err := decode(item.Value)
	if err != nil {
		return Person{}, 0, fmt.Errorf("read a person: %w", err)
	}
	return person, item.Version, nil
}
