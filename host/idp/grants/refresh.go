package grants

// Refresh tokens: one for each grant, which changes with each use.
//
// A refresh token is FAMILY.SECRET, without the dot. The family never changes
// and finds the one record; the secret changes each time, and the record knows
// only the hash of the present one. Who comes with the family and any other
// secret has, or had, a token that was used already.

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"time"

	"github.com/doorward/doorward/host/store"
)

const (
	familySize    = 16 // bytes
	refreshSize   = familySize + sha256.Size
	refreshLength = refreshSize * 8 / 6 // characters
	// again is how long the last token may be repeated, once: its answer was
	// lost, or two windows asked at the same moment.
	again = 10 * time.Second
)

// refresh is what is kept of a grant's refresh token. Times are Unix seconds.
type refresh struct {
	GrantID  string `json:"grant"`
	ClientID string `json:"client"`
	Present  []byte `json:"present"` // hash of the secret
	// Last is the hash of the secret before, and Salt makes the present one from
	// it: a repeat gets the same successor, though the store does not know it.
	Last     []byte `json:"last,omitempty"`
	Salt     []byte `json:"salt,omitempty"`
	Rotated  int64  `json:"rotated,omitempty"`
	Repeated bool   `json:"repeated,omitempty"`
	Expires  int64  `json:"exp"`
}

// newRefresh is the first refresh token of g, and the change that stores it.
func (s *Store) newRefresh(g Grant) (string, store.Op) {
	var raw [refreshSize]byte
	_, _ = rand.Read(raw[:]) // never fails
	family, secret := raw[:familySize], raw[familySize:]
	r := refresh{GrantID: g.ID, ClientID: g.ClientID, Present: digest(secret), Expires: g.Expires}
	return base64.RawURLEncoding.EncodeToString(raw[:]), put(BucketRefresh, familyKey(family), r, r.Expires, absent())
}

func digest(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	return sum[:]
}

func familyKey(family []byte) string { return hashed("family " + string(family)) }

// split is the family and the secret of a refresh token.
func split(token string) (family, secret []byte, ok bool) {
	if len(token) != refreshLength {
		return nil, nil, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return nil, nil, false
	}
	return raw[:familySize], raw[familySize:], true
}

// Refresh spends a refresh token on new tokens, both or neither; want.Refresh
// is always so. decide sees the grant and says what to issue; its error leaves
// the token as it was and is returned.
//
// A token of another client is ErrUnknown. One that was used already is
// ErrReused and revokes the grant; but the last one may come again once within
// ten seconds, and gets the same successor.
func (s *Store) Refresh(ctx context.Context, clientID, token string, decide func(Grant) (Want, error)) (Grant, Tokens, error) {
	family, secret, ok := split(token)
	if !ok {
		return Grant{}, Tokens{}, ErrUnknown
	}
	for range tries {
		g, tokens, err := s.rotate(ctx, clientID, family, secret, decide)
		if !errors.Is(err, store.ErrConflict) {
			return g, tokens, err
		}
	}
	return Grant{}, Tokens{}, ErrUnknown
}

func (s *Store) rotate(ctx context.Context, clientID string, family, secret []byte, decide func(Grant) (Want, error)) (Grant, Tokens, error) {
	r, version, g, grantVersion, err := s.family(ctx, family)
	if err != nil {
		return Grant{}, Tokens{}, err
	}
	if r.ClientID != clientID {
		return Grant{}, Tokens{}, ErrUnknown
	}
	successor, ok := r.advance(secret, s.Now())
	if !ok {
		return Grant{}, Tokens{}, s.reused(ctx, g.ID)
	}
	want, err := decide(g)
	if err != nil {
		return Grant{}, Tokens{}, err
	}
	want.Refresh = false // it has one
	g.Expires = s.refreshEnd(want)
	kept, tokens, ops := s.issue(g, &grantVersion, want)
	r.Expires = kept.Expires
	ops = append(ops, put(BucketRefresh, familyKey(family), r, r.Expires, &version))
	tokens.Refresh = base64.RawURLEncoding.EncodeToString(append(append([]byte{}, family...), successor...))
	return kept, tokens, s.Store.Apply(ctx, ops...)
}

// refreshEnd is when a refresh token ends that is not used.
func (s *Store) refreshEnd(want Want) int64 {
	return s.Now().Add(max(cmp.Or(want.RefreshFor, s.RefreshFor), s.AccessFor)).Unix()
}

// family is the record of a refresh token and its grant.
func (s *Store) family(ctx context.Context, family []byte) (r refresh, version uint64, g Grant, grantVersion uint64, err error) {
	version, err = s.get(ctx, BucketRefresh, familyKey(family), &r)
	if err == nil && s.Now().Unix() >= r.Expires {
		err = ErrUnknown
	}
	if err == nil {
		g, grantVersion, err = s.grant(ctx, r.GrantID)
	}
	return r, version, g, grantVersion, err
}

// advance moves r on by the use of secret, and is the secret that follows; not
// ok when secret was used already.
func (r *refresh) advance(secret []byte, now time.Time) (successor []byte, ok bool) {
	used := digest(secret)
	switch {
	case subtle.ConstantTimeCompare(used, r.Present) == 1:
		salt := make([]byte, sha256.Size)
		_, _ = rand.Read(salt) // never fails
		successor = follow(secret, salt)
		r.Present, r.Last, r.Salt, r.Rotated, r.Repeated = digest(successor), used, salt, now.Unix(), false
		return successor, true
	case subtle.ConstantTimeCompare(used, r.Last) == 1 && !r.Repeated && now.Before(time.Unix(r.Rotated, 0).Add(again)):
		r.Repeated = true
		return follow(secret, r.Salt), true
	}
	return nil, false
}

func follow(secret, salt []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write(salt)
	return mac.Sum(nil)
}

// RefreshOf is the grant of a refresh token that would be taken, and when it
// expires (Unix seconds); otherwise ErrUnknown.
func (s *Store) RefreshOf(ctx context.Context, token string) (Grant, int64, error) {
	family, secret, ok := split(token)
	if !ok {
		return Grant{}, 0, ErrUnknown
	}
	r, _, g, _, err := s.family(ctx, family)
	if err == nil && subtle.ConstantTimeCompare(digest(secret), r.Present) != 1 {
		err = ErrUnknown
	}
	return g, r.Expires, err
}

// revokeRefresh revokes the grant of a refresh token, also of one that was
// used: whoever has it had the present one, or gives it back late.
func (s *Store) revokeRefresh(ctx context.Context, clientID, token string) error {
	family, _, ok := split(token)
	if !ok {
		return nil
	}
	r, _, g, _, err := s.family(ctx, family)
	switch {
	case errors.Is(err, ErrUnknown):
		return nil
	case err != nil:
		return err
	case r.ClientID != clientID:
		return ErrForeign
	}
	return s.Store.Apply(ctx, drop(g)...)
}
