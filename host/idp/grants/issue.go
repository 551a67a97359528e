package grants

// Tokens: what they stand for, and the one step that issues them.

import (
	"context"
	"slices"
	"time"

	"github.com/doorward/doorward/host/store"
)

// Want is what is to be issued from a grant.
type Want struct {
	Scopes     []string      // of the access token; the grant's when nil
	Audience   []string      // of the access token
	Thumbprint string        // of the key that the access token is bound to (RFC 9449)
	Signed     bool          // the access token will be a JWT, which carries an ID instead of being a secret
	Refresh    bool          // a refresh token too
	RefreshFor time.Duration // its life unused; the store's when zero
}

// Tokens were issued and are stored.
type Tokens struct {
	Secret  string // the access token; of a signed one its jti
	Refresh string // empty when there is none
	Access  Access
}

// Access is what an access token stands for, besides its grant. Times are Unix
// seconds.
type Access struct {
	GrantID    string   `json:"grant"`
	Scopes     []string `json:"scopes"`
	Audience   []string `json:"aud,omitempty"`
	Thumbprint string   `json:"jkt,omitempty"`
	Issued     int64    `json:"iat"`
	Expires    int64    `json:"exp"`
}

// Issue makes tokens from a new grant, such as one for client credentials.
func (s *Store) Issue(ctx context.Context, g Grant, want Want) (Grant, Tokens, error) {
	g.ID, g.Created = newID(), s.Now().Unix()
	g, tokens, ops := s.issue(g, absent(), want)
	return g, tokens, s.Store.Apply(ctx, ops...)
}

// issue is tokens from g, g as it is kept from now on, and the changes that
// store both if the grant has that version. No token is known to anybody before
// they are applied.
func (s *Store) issue(g Grant, version *uint64, want Want) (Grant, Tokens, []store.Op) {
	now := s.Now()
	if want.Scopes == nil {
		want.Scopes = g.Scopes
	}
	t := Tokens{Secret: newSecret(), Access: Access{
		GrantID: g.ID, Scopes: want.Scopes, Audience: want.Audience, Thumbprint: want.Thumbprint,
		Issued: now.Unix(), Expires: now.Add(s.AccessFor).Unix(),
	}}
	key := hashed(t.Secret)
	if want.Signed {
		key = signedKey(t.Secret)
	}
	g.Thumbprint = want.Thumbprint
	g.Used, g.Expires = now.Unix(), max(g.Expires, t.Access.Expires)
	ops := []store.Op{put(BucketTokens, key, t.Access, t.Access.Expires, absent())}
	if want.Refresh {
		var op store.Op
		g.Expires = s.refreshEnd(want)
		t.Refresh, op = s.newRefresh(g)
		ops = append(ops, op)
	}
	return g, t, append(ops, keep(g, version)...)
}

// signedKey is where an access token with that jti is stored: never where a
// secret is, so that a jti, which logs may hold, opens nothing by itself.
func signedKey(jti string) string { return hashed("jti " + jti) }

// Access is what token stands for and what it was issued from. Whether it is
// bound to a key, and whether its person and client are still there, is the
// caller's to check.
func (s *Store) Access(ctx context.Context, token string) (Grant, Access, error) {
	a, _, err := s.access(ctx, token)
	if err != nil {
		return Grant{}, Access{}, err
	}
	g, _, err := s.grant(ctx, a.GrantID)
	return g, a, err
}

// access is the record of an access token, and its key.
func (s *Store) access(ctx context.Context, token string) (a Access, key string, err error) {
	if jti, signed := s.tokenID(token); signed {
		key = signedKey(jti)
	} else if len(token) == secretLength {
		key = hashed(token)
	} else {
		return a, "", ErrUnknown
	}
	_, err = s.get(ctx, BucketTokens, key, &a)
	if err == nil && s.Now().Unix() >= a.Expires {
		err = ErrUnknown
	}
	return a, key, err
}

func (s *Store) tokenID(token string) (string, bool) {
	if s.TokenID == nil || len(token) <= secretLength {
		return "", false
	}
	return s.TokenID(token)
}

// Narrow is the wanted scopes when the grant holds them all, and the grant's
// when none are wanted.
func (g Grant) Narrow(wanted []string) ([]string, bool) {
	if len(wanted) == 0 {
		return g.Scopes, true
	}
	for _, scope := range wanted {
		if !slices.Contains(g.Scopes, scope) {
			return nil, false
		}
	}
	return wanted, true
}

// Lifetime is how long the access token is good, from when it was issued.
func (a Access) Lifetime() time.Duration { return time.Duration(a.Expires-a.Issued) * time.Second }
