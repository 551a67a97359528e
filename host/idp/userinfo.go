package idp

// The userinfo endpoint (OpenID Connect Core 1.0, section 5.3).

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/token"
)

// userInfo tells a client what the access token's scopes cover, and what the
// claims parameter of its request asked for.
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request, form url.Values) {
	from, denied := presentedToken(r, form)
	if denied != nil {
		p.deny(w, *denied)
		return
	}
	o, err := p.open(r, from)
	var refused denial
	switch {
	case errors.As(err, &refused):
		p.deny(w, refused)
	case err != nil:
		p.unanswered(w, r, err)
	default:
		out := p.told(o.client, o.person, o.scopes, o.grant.Claims.UserInfo)
		out["sub"] = o.grant.Auth.Subject
		p.sayUserInfo(w, r, o.client, out)
	}
}

// sayUserInfo answers in JSON, or signed when the client is registered so.
func (p *Provider) sayUserInfo(w http.ResponseWriter, r *http.Request, client clients.Client, out map[string]any) {
	if client.UserInfoAlg != "" {
		p.tellSigned(w, r, client, out)
		return
	}
	body, err := json.Marshal(out)
	if err != nil {
		p.unanswered(w, r, errors.New("the person's claims cannot be written as JSON"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// tellSigned answers with a JWT for the client alone (section 5.3.2). It never
// expires, has no nonce and says nothing of a sign-in, so nobody takes it for
// an ID token.
func (p *Provider) tellSigned(w http.ResponseWriter, r *http.Request, client clients.Client, out map[string]any) {
	out["iss"], out["aud"] = p.cfg.Issuer, client.ID
	signed, err := p.signUserInfo(r.Context(), client, out)
	if err != nil {
		p.unanswered(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = w.Write([]byte(signed))
}

func (p *Provider) signUserInfo(ctx context.Context, client clients.Client, out map[string]any) (string, error) {
	alg := client.UserInfoAlg
	if !slices.Contains(token.HMAC(), alg) {
		return p.keys.Sign(ctx, alg, "JWT", out)
	}
	key := or(client.UserInfoKey, client.Secret)
	if err := token.CheckAlgs([]string{alg}, token.Secret(key)); err != nil {
		return "", fmt.Errorf("client %s: userinfo: %w", client.ID, err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: []byte(key)}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(out).Serialize()
}

// userInfoAlgs are the algorithms of signed answers, for discovery.
func (p *Provider) userInfoAlgs() []string {
	return append(p.keys.Algorithms(), token.HMAC()...)
}

// unanswered is for a call that failed through no fault of the client's.
func (p *Provider) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	p.cfg.Log.ErrorContext(r.Context(), "userinfo failed", "error", err.Error())
	writeOAuthError(w, http.StatusServiceUnavailable, "server_error", "the provider cannot answer just now; try again")
}
