package idp

// The ID token, and what is said of it when it comes back as a hint.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

// idToken is the signed ID token that goes with accessToken (OpenID Connect
// Core 1.0, section 2). auth_time, challenged and amr are always there; azp
// never, as the audience is the client alone. A grant that is refreshed has no
// Nonce and is not Challenged any more: no proof went before that token.
func (p *Provider) idToken(ctx context.Context, client clients.Client, g grants.Grant, person people.Person, accessToken string) (string, error) {
	alg := or(client.IDTokenAlg, string(jose.RS256))
	hash, err := oidc.ClaimHash(accessToken, jose.SignatureAlgorithm(alg))
	if err != nil {
		return "", err
	}
	return p.keys.Sign(ctx, alg, "JWT", p.idTokenClaims(client, g, person, hash))
}

func (p *Provider) idTokenClaims(client clients.Client, g grants.Grant, person people.Person, accessTokenHash string) map[string]any {
	var scopes []string
	if client.IDTokenClaims {
		scopes = g.Scopes
	}
	claims, now := p.told(client, person, scopes, g.Claims.IDToken), p.cfg.Now()
	maps.Copy(claims, evidence(g.Auth))
	maps.Copy(claims, map[string]any{
		"iss": p.cfg.Issuer, "sub": g.Auth.Subject, "aud": client.ID, "iat": now.Unix(), "exp": now.Add(p.cfg.IDTokens).Unix(),
		"challenged": g.Auth.Challenged, "at_hash": accessTokenHash,
	})
	put(claims, "sid", g.Auth.SID)
	put(claims, "nonce", g.Nonce)
	return claims
}

// checkAlgorithms refuses configured clients that ask for signatures which no
// key makes.
func (p *Provider) checkAlgorithms() error {
	for _, c := range p.cfg.Clients {
		if err := oneOf(c.IDTokenAlg, p.keys.Algorithms()); err != nil {
			return fmt.Errorf("client %s: id_token_signed_response_alg: %w", c.ID, err)
		}
		if err := oneOf(c.UserInfoAlg, p.userInfoAlgs()); err != nil {
			return fmt.Errorf("client %s: userinfo_signed_response_alg: %w", c.ID, err)
		}
	}
	return nil
}

func oneOf(alg string, signs []string) error {
	if alg != "" && !slices.Contains(signs, alg) {
		return fmt.Errorf("the algorithm %q must be one of %s", alg, strings.Join(signs, ", "))
	}
	return nil
}

// hint is what an id_token_hint says, whether or not it has expired.
type hint struct{ Subject, ClientID, SID string }

const maxHint = 16 << 10 // bytes

var errHint = errors.New("the hint is no ID token of this provider")

// readHint verifies that token is an ID token of ours, for a client of ours.
// Other things that we sign have no auth_time, or another type.
func (p *Provider) readHint(ctx context.Context, token string) (hint, error) {
	if len(token) > maxHint {
		return hint{}, errHint
	}
	payload, head, err := p.keys.Verify(token)
	if err != nil || head.ExtraHeaders[jose.HeaderType] != "JWT" {
		return hint{}, errHint
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		SID      string `json:"sid"`
		AuthTime int64  `json:"auth_time"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != p.cfg.Issuer || claims.Subject == "" || claims.AuthTime == 0 {
		return hint{}, errHint
	}
	if _, err := p.clients.Client(ctx, claims.Audience); err != nil {
		return hint{}, errHint
	}
	return hint{claims.Subject, claims.Audience, claims.SID}, nil
}
