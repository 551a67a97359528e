package idp

// Authorization codes: made with the answer, good once and for a minute.

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"regexp"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

const (
	bucketCodes  = "idp.codes"
	bucketTokens = "idp.tokens"
	codeLifetime = 60 * time.Second
)

// grant is what a code stands for. Times are Unix seconds.
type grant struct {
	ClientID    string   `json:"client"`
	RedirectURI string   `json:"uri"`
	Challenge   string   `json:"challenge,omitempty"`
	Nonce       string   `json:"nonce,omitempty"`
	Scopes      []string `json:"scopes"`
	Subject     string   `json:"sub"`
	UserName    string   `json:"user"`
	SID         string   `json:"sid"`
	AuthTime    int64    `json:"authTime"`
	Challenged  bool     `json:"challenged"` // credentials were proved for this very code
	Expires     int64    `json:"exp"`
	Token       string   `json:"token,omitempty"` // key of the access token it was spent on
}

// access is what an access token stands for.
type access struct {
	ClientID string   `json:"client"`
	Subject  string   `json:"sub"`
	UserName string   `json:"user"`
	Scopes   []string `json:"scopes"`
	Expires  int64    `json:"exp"`
}

// secretKey is what a code or access token is stored under: whoever reads the
// store learns none that works.
func secretKey(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return b64.EncodeToString(sum[:])
}

// newCode is a code for req, and the change that issues it.
func (p *Provider) newCode(req ask.Request, s *session, challenged bool) (string, store.Op) {
	code, expires := newSecret(), p.cfg.Now().Add(codeLifetime)
	value, _ := json.Marshal(grant{ // strings, numbers and booleans only
		ClientID: req.ClientID, RedirectURI: req.RedirectURI, Challenge: req.Challenge, Nonce: req.Nonce, Scopes: req.Scopes,
		Subject: s.Subject, UserName: s.UserName, SID: s.SID, AuthTime: s.AuthTime, Challenged: challenged, Expires: expires.Unix(),
	})
	return code, store.Op{Bucket: bucketCodes, Key: secretKey(code), Value: value, Expires: expires, If: new(uint64)}
}

// errGrant says why a code is worth nothing, in words for the client.
type errGrant string

func (e errGrant) Error() string { return string(e) }

// redeem spends a code on a new access token, both or neither. A code that
// comes a second time is refused, and the token it was spent on is revoked.
func (p *Provider) redeem(ctx context.Context, client clients.Client, req *oidc.AccessTokenRequest) (grant, string, error) {
	if len(req.Code) != secretLength {
		return grant{}, "", errGrant("the code is unknown or has expired")
	}
	item, err := p.cfg.Store.Get(ctx, bucketCodes, secretKey(req.Code))
	if errors.Is(err, store.ErrNotFound) {
		return grant{}, "", errGrant("the code is unknown or has expired")
	}
	if err != nil {
		return grant{}, "", err
	}
	var g grant
	if err := json.Unmarshal(item.Value, &g); err != nil || g.ClientID != client.ID {
		return grant{}, "", errGrant("the code is unknown or has expired")
	}
	if g.Token != "" {
		return grant{}, "", p.revoke(ctx, g.Token)
	}
	if err := p.fits(g, client, req); err != nil {
		return grant{}, "", err
	}
	return p.spend(ctx, item, g)
}

func (p *Provider) fits(g grant, client clients.Client, req *oidc.AccessTokenRequest) error {
	switch {
	case p.cfg.Now().Unix() >= g.Expires:
		return errGrant("the code is unknown or has expired")
	case g.RedirectURI != req.RedirectURI:
		return errGrant("redirect_uri is not the one of the authorization request")
	case !verifies(g.Challenge, req.CodeVerifier):
		return errGrant("code_verifier does not fit the code_challenge")
	case g.Challenge == "" && client.Public():
		return errGrant("PKCE is required")
	}
	return nil
}

var verifierFormat = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// verifies holds verifier against challenge (RFC 7636, section 4.6). Without a
// challenge there must be no verifier: somebody may have taken it away.
func verifies(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == verifier
	}
	return verifierFormat.MatchString(verifier) &&
		subtle.ConstantTimeCompare([]byte(oidc.NewSHACodeChallenge(verifier)), []byte(challenge)) == 1
}

func (p *Provider) spend(ctx context.Context, item store.Item, g grant) (grant, string, error) {
	token, expires := newSecret(), p.cfg.Now().Add(p.cfg.Tokens)
	g.Token = secretKey(token)
	spent, _ := json.Marshal(g)
	held, _ := json.Marshal(access{ClientID: g.ClientID, Subject: g.Subject, UserName: g.UserName, Scopes: g.Scopes, Expires: expires.Unix()})
	err := p.cfg.Store.Apply(ctx,
		store.Op{Bucket: bucketCodes, Key: item.Key, Value: spent, Expires: expires, If: &item.Version}, // kept, so that a reuse shows
		store.Op{Bucket: bucketTokens, Key: g.Token, Value: held, Expires: expires},
	)
	if errors.Is(err, store.ErrConflict) {
		return grant{}, "", p.revokeRival(ctx, item.Key)
	}
	return g, token, err
}

// revokeRival is for the loser of two that came with one code at once.
func (p *Provider) revokeRival(ctx context.Context, key string) error {
	var g grant
	item, err := p.cfg.Store.Get(ctx, bucketCodes, key)
	if err == nil {
		err = json.Unmarshal(item.Value, &g)
	}
	if err != nil || g.Token == "" {
		return errGrant("the code was used before")
	}
	return p.revoke(ctx, g.Token)
}

func (p *Provider) revoke(ctx context.Context, token string) error {
	if err := p.cfg.Store.Apply(ctx, store.Op{Bucket: bucketTokens, Key: token, Delete: true}); err != nil {
		return err
	}
	p.cfg.Log.WarnContext(ctx, "a code came a second time; its token is revoked")
	return errGrant("the code was used before")
}

// accessOf is what token grants, and to whom; people.ErrNoPerson when it is unknown,
// expired or revoked, or its person gone.
func (p *Provider) accessOf(ctx context.Context, token string) (access, people.Person, error) {
	var a access
	if len(token) != secretLength {
		return a, people.Person{}, people.ErrNoPerson
	}
	item, err := p.cfg.Store.Get(ctx, bucketTokens, secretKey(token))
	if errors.Is(err, store.ErrNotFound) {
		return a, people.Person{}, people.ErrNoPerson
	}
	if err != nil {
		return a, people.Person{}, err
	}
	if err := json.Unmarshal(item.Value, &a); err != nil || p.cfg.Now().Unix() >= a.Expires {
		return a, people.Person{}, people.ErrNoPerson
	}
	person, err := p.person(ctx, a.UserName, a.Subject)
	return a, person, err
}
