package grants

// Authorization codes: made with the answer, good once and for a minute.

import (
	"context"
	"errors"
	"time"

	"github.com/doorward/doorward/host/store"
)

// CodeLifetime is how long a code is good.
const CodeLifetime = 60 * time.Second

// code is what is kept of a code. A spent one stays, so that a reuse shows.
type code struct {
	GrantID  string `json:"grant"`
	ClientID string `json:"client"`
	Expires  int64  `json:"exp"`
	Spent    bool   `json:"spent,omitempty"`
}

// NewCode is a code for g, whose ID and times it sets, and the changes that
// store both: apply them together with what the grant rests on, and answer
// only then.
func (s *Store) NewCode(g Grant) (string, []store.Op) {
	now, secret := s.Now(), newSecret()
	g.ID, g.Created, g.Expires = newID(), now.Unix(), now.Add(CodeLifetime).Unix()
	c := code{GrantID: g.ID, ClientID: g.ClientID, Expires: g.Expires}
	return secret, append(keep(g, absent()), put(BucketCodes, hashed(secret), c, g.Expires, absent()))
}

// Redeem spends a code on tokens, both or neither. decide sees the grant as it
// was made and says what to issue; its error leaves the code as it was and is
// returned. The Grant is that which decide saw.
//
// A code of another client is ErrUnknown. One that comes a second time is
// ErrReused, and revokes what was issued from it (RFC 9700, section 4.5).
func (s *Store) Redeem(ctx context.Context, clientID, secret string, decide func(Grant) (Want, error)) (Grant, Tokens, error) {
	if len(secret) != secretLength {
		return Grant{}, Tokens{}, ErrUnknown
	}
	key := hashed(secret)
	for range tries {
		g, tokens, err := s.redeem(ctx, clientID, key, decide)
		if !errors.Is(err, store.ErrConflict) {
			return g, tokens, err
		} // another redeemed it, or the grant was revoked: look again
	}
	return Grant{}, Tokens{}, ErrUnknown
}

func (s *Store) redeem(ctx context.Context, clientID, key string, decide func(Grant) (Want, error)) (Grant, Tokens, error) {
	var c code
	version, err := s.get(ctx, BucketCodes, key, &c)
	switch {
	case err != nil:
		return Grant{}, Tokens{}, err
	case c.ClientID != clientID:
		return Grant{}, Tokens{}, ErrUnknown
	case c.Spent:
		return Grant{}, Tokens{}, s.reused(ctx, c.GrantID)
	case s.Now().Unix() >= c.Expires:
		return Grant{}, Tokens{}, ErrUnknown
	}
	made, grantVersion, err := s.grant(ctx, c.GrantID)
	if err != nil {
		return Grant{}, Tokens{}, err
	}
	want, err := decide(made)
	if err != nil {
		return Grant{}, Tokens{}, err
	}
	kept, tokens, ops := s.issue(made, &grantVersion, want)
	c.Spent = true
	ops = append(ops, put(BucketCodes, key, c, kept.Expires, &version))
	return made, tokens, s.Store.Apply(ctx, ops...)
}
