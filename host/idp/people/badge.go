package people

// Badges: a number is short, so the store keeps only its HMAC, under a key of
// the directory's own. The host's key seals that key; to rotate the one, the
// other is sealed anew, and no person is touched.

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

const (
	stateSecret   = "secret"
	secretSize    = 32
	purposeSecret = "idp.people.secret" // of the host's key
	purposeBadge  = "badge"             // of the directory's own
	purposeTOTP   = "totp"
	minBadge      = 4
	maxBadge      = 128
	maxBadges     = 16 // of one person
)

var (
	errBadge  = fmt.Errorf("a badge number must have %d to %d letters and digits", minBadge, maxBadge)
	errNoKeys = errors.New("the directory was given no key for badges")
	errSealed = errors.New("the key of badges and authenticator apps was sealed with another host key: restore the host's key beside the store")
)

// badgeNumber is how numbers are compared: readers differ in case and in what
// they put between the digits.
func badgeNumber(typed string) (string, error) {
	number := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune(":-.", r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, clip(typed, 4*maxBadge))
	if len(number) < minBadge || len(number) > maxBadge || strings.ContainsFunc(number, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return "", errBadge
	}
	return number, nil
}

// badgeDigest is what the store knows a badge by.
func (d Directory) badgeDigest(ctx context.Context, typed string) (string, error) {
	if _, err := badgeNumber(typed); err != nil { // nothing is made for it
		return "", err
	}
	secret, err := d.secret(ctx)
	if err != nil {
		return "", err
	}
	return digestOf(secret, typed)
}

func digestOf(secret *keyring.Keyring, typed string) (string, error) {
	number, err := badgeNumber(typed)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(secret.MAC(purposeBadge, []byte(number))), nil
}

// SealSecret encrypts a secret of the person with that subject, an
// authenticator app's, so that it can be opened after every rotation of the
// host's key. Errors wrap store.ErrUnavailable, or say that a key is missing.
func (d Directory) SealSecret(ctx context.Context, subject string, plaintext []byte) ([]byte, error) {
	secret, err := d.secret(ctx)
	if err != nil {
		return nil, err
	}
	return secret.Seal(purposeTOTP, plaintext, []byte(subject)), nil
}

// OpenSecret returns what SealSecret was given; errors besides those of
// SealSecret are keyring.ErrUnsealed.
func (d Directory) OpenSecret(ctx context.Context, subject string, sealed []byte) ([]byte, error) {
	secret, err := d.secret(ctx)
	if err != nil {
		return nil, err
	}
	return secret.Open(purposeTOTP, sealed, []byte(subject))
}

// secret is the directory's own key, made when it is first asked for.
func (d Directory) secret(ctx context.Context) (*keyring.Keyring, error) {
	plain, err := d.secretBytes(ctx)
	if err != nil {
		return nil, err
	}
	return keyring.New(plain)
}

func (d Directory) secretBytes(ctx context.Context) ([]byte, error) {
	plain, err := d.ownSecret(ctx)
	if !errors.Is(err, store.ErrNotFound) {
		return plain, err
	}
	if err := d.adopt(ctx, newSecret()); err != nil && !errors.Is(err, store.ErrConflict) {
		return nil, err
	}
	return d.ownSecret(ctx) // the new one, or that of whoever was first
}

func newSecret() []byte {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// ownSecret is the directory's own key; store.ErrNotFound when there is none yet.
func (d Directory) ownSecret(ctx context.Context) ([]byte, error) {
	if d.Keys == nil {
		return nil, errNoKeys
	}
	item, err := d.Store.Get(ctx, bucketState, stateSecret)
	if err != nil {
		return nil, fmt.Errorf("read the key of badges: %w", err)
	}
	plain, err := d.Keys.Open(purposeSecret, item.Value, []byte(stateSecret))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// adopt makes plain the directory's key if it has none; store.ErrConflict when
// it has one.
func (d Directory) adopt(ctx context.Context, plain []byte) error {
	sealed := d.Keys.Seal(purposeSecret, plain, []byte(stateSecret))
	return d.Store.Apply(ctx, store.Op{Bucket: bucketState, Key: stateSecret, Value: sealed, If: new(uint64)})
}

// Reseal seals the directory's own key with the current host key. It is to be
// called at a start, and before and after each rotation. Errors wrap
// store.ErrUnavailable, or say that the host's key is another one.
func Reseal(ctx context.Context, st store.Store, keys Sealer) error {
	item, err := st.Get(ctx, bucketState, stateSecret)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("seal the key of badges: %w", err)
	}
	if ring, ok := keys.(interface{ Stale(sealed []byte) bool }); ok && !ring.Stale(item.Value) {
		return nil
	}
	plain, err := keys.Open(purposeSecret, item.Value, []byte(stateSecret))
	if err != nil {
		return errSealed
	}
	op := store.Op{Bucket: bucketState, Key: stateSecret, Value: keys.Seal(purposeSecret, plain, []byte(stateSecret)), If: &item.Version}
	if err := st.Apply(ctx, op); err != nil && !errors.Is(err, store.ErrConflict) { // somebody else did
		return fmt.Errorf("seal the key of badges: %w", err)
	}
	return nil
}
