package people

// Stands in until the directory has indexes.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/store"
)

// Policy is what a new password must be.
type Policy struct{ MinLength int }

// ErrShort is interim.
var ErrShort = errors.New("short")

// Check is interim.
func (p Policy) Check(password string, _ Person) error {
	if len([]rune(password)) < p.MinLength {
		return ErrShort
	}
	return nil
}

// BadgeDigest is interim.
func BadgeDigest(number string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(number)))
	return hex.EncodeToString(sum[:])
}

// ByBadge is interim.
func (d Directory) ByBadge(ctx context.Context, number string) (Person, error) {
	return d.find(ctx, func(p Person) bool { return slices.Contains(p.Badges, BadgeDigest(number)) })
}

// ByPasskey is interim.
func (d Directory) ByPasskey(ctx context.Context, id []byte) (Person, error) {
	return d.find(ctx, func(p Person) bool {
		return slices.ContainsFunc(p.Passkeys, func(k Passkey) bool { return string(k.ID) == string(id) })
	})
}

func (d Directory) find(ctx context.Context, is func(Person) bool) (Person, error) {
	held, err := d.all(ctx)
	if err != nil {
		return Person{}, err
	}
	for _, item := range held {
		var p Person
		if json.Unmarshal(item.Value, &p) == nil && is(p) {
			return p, nil
		}
	}
	return Person{}, ErrNoPerson
}

// Update is interim.
func (d Directory) Update(ctx context.Context, userName string, do func(*Person) error) error {
	for {
		name, err := nameKey(userName)
		if err != nil {
			return ErrNoPerson
		}
		item, err := d.Store.Get(ctx, Bucket, name)
		if errors.Is(err, store.ErrNotFound) {
			return ErrNoPerson
		}
		if err != nil {
			return err
		}
		var p Person
		if err := json.Unmarshal(item.Value, &p); err != nil {
			return err
		}
		if err := do(&p); err != nil {
			return err
		}
		op, err := putPerson(p)
		if err != nil {
			return err
		}
		op.If = &item.Version
		if err := d.Store.Apply(ctx, op); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}
