package idp

// What is said about a person, and in the ID token about their sign-in.

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

const idTokenLifetime = 10 * time.Minute

// byPassword is the amr of a user name and a password.
var byPassword = []string{"uname", "pwd"}

// reserved are the claims that a person's own Claims cannot set.
var reserved = []string{
	"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "auth_time", "nonce", "acr", "amr", "azp", "sid", "at_hash", "c_hash",
	"challenged", "client_id", "scope", "act", "cnf", "events", "_claim_names", "_claim_sources",
	"name", "preferred_username", "given_name", "family_name", "email", "email_verified", "groups",
}

// claimsOf are the person's claims within scopes. Those that are empty are left
// out.
func claimsOf(p people.Person, scopes []string) map[string]any {
	out := map[string]any{}
	if slices.Contains(scopes, oidc.ScopeProfile) {
		maps.Copy(out, p.Claims)
		maps.DeleteFunc(out, func(name string, _ any) bool { return slices.Contains(reserved, name) })
		put(out, "name", or(p.Name, or(strings.TrimSpace(p.GivenName+" "+p.FamilyName), p.UserName)))
		put(out, "preferred_username", p.UserName)
		put(out, "given_name", p.GivenName)
		put(out, "family_name", p.FamilyName)
	}
	if slices.Contains(scopes, oidc.ScopeEmail) && p.Email != "" {
		out["email"], out["email_verified"] = p.Email, p.EmailVerified
	}
	if slices.Contains(scopes, scopeGroups) {
		out["groups"] = append([]string{}, p.Groups...)
	}
	out["sub"] = p.Subject
	return out
}

func put(claims map[string]any, name, value string) {
	if value != "" {
		claims[name] = value
	}
}

// idToken is the signed ID token for a grant. auth_time, challenged, amr and
// sid are always there.
func (p *Provider) idToken(ctx context.Context, client clients.Client, g grants.Grant, person people.Person, accessToken string) (string, error) {
	claims := map[string]any{}
	if client.IDTokenClaims {
		claims = claimsOf(person, g.Scopes)
	}
	now := p.cfg.Now()
	maps.Copy(claims, map[string]any{
		"iss": p.cfg.Issuer, "sub": g.Auth.Subject, "aud": g.ClientID, "iat": now.Unix(), "exp": now.Add(idTokenLifetime).Unix(),
		"auth_time": g.Auth.AuthTime, "challenged": g.Auth.Challenged, "amr": g.Auth.AMR, "sid": g.Auth.SID,
	})
	put(claims, "nonce", g.Nonce)
	hash, err := oidc.ClaimHash(accessToken, jose.RS256)
	if err != nil {
		return "", err
	}
	claims["at_hash"] = hash
	return p.keys.Sign(ctx, string(jose.RS256), "JWT", claims)
}

// hint is what an id_token_hint says, whether or not it has expired.
type hint struct{ Subject, ClientID, SID string }

const maxHint = 16 << 10 // bytes

var errHint = errors.New("the hint is no ID token of this provider")

// readHint verifies that token is one of ours, for a client of ours.
func (p *Provider) readHint(ctx context.Context, token string) (hint, error) {
	if len(token) > maxHint {
		return hint{}, errHint
	}
	payload, head, err := p.keys.Verify(token)
	if err != nil || head.ExtraHeaders[jose.HeaderType] != "JWT" { // an access token is no hint
		return hint{}, errHint
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		SID      string `json:"sid"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != p.cfg.Issuer || claims.Subject == "" {
		return hint{}, errHint
	}
	if _, err := p.clients.Client(ctx, claims.Audience); err != nil {
		return hint{}, errHint
	}
	return hint{claims.Subject, claims.Audience, claims.SID}, nil
}
