// UserInfo: what else the provider says about the person. A failure is soft,
// unless the configuration says refuse.

package oidcrp

import (
	"context"
	"net/http"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	failedMessage  = "Unable to retrieve user info from IDP"
	subjectMessage = "The user info was discarded: its sub is not the ID token's"
)

// info is what the userinfo step yields: raw, or fault, or neither when it was
// not due.
type info struct {
	raw      []byte
	claims   map[string]any
	fault    error // why there is none
	warnings []login.Warning
}

// userInfo calls the endpoint, if one is in use, and compares its sub with the
// ID token's. What a failure means is the caller's to say.
//
// See OpenID Connect Core 1.0, section 5.3.
func (p *Provider) userInfo(ctx context.Context, meta *metadata, r reply, who person) info {
	endpoint := p.userInfoEndpoint(meta)
	if endpoint == "" {
		return info{}
	}
	step := login.Begin(ctx, "userinfo")
	step.In("endpoint", endpoint)
	step.In("method", p.cfg.UserInfo.Method)
	res, err := p.callUserInfo(ctx, endpoint, r.accessToken)
	p.describe(step, res, r)
	if err != nil {
		return p.failed(ctx, step, login.CodeUserInfoFailed, res, r, outage("the userinfo response", err).Detail)
	}
	raw, claims, reason := p.readUserInfo(ctx, meta, res)
	if reason != "" {
		return p.failed(ctx, step, login.CodeUserInfoFailed, res, r, reason)
	}
	if sub, ok := claims["sub"].(string); !ok || sub != who.subject {
		// The body is someone's claims, so the trace does not get it.
		return p.failed(ctx, step, login.CodeUserInfoSubject, token.Response{Status: res.Status}, r, "its sub is not the id token's")
	}
	_ = step.End(nil)
	return info{raw: raw, claims: claims}
}

func (p *Provider) userInfoEndpoint(meta *metadata) string {
	switch p.cfg.UserInfo.Endpoint {
	case "off":
		return ""
	case "auto":
		return meta.userInfo
	}
	return p.cfg.UserInfo.Endpoint
}

func (p *Provider) callUserInfo(ctx context.Context, endpoint, accessToken string) (token.Response, error) {
	req, err := http.NewRequestWithContext(ctx, p.cfg.UserInfo.Method, endpoint, nil)
	if err != nil {
		return token.Response{}, err
	}
	req.Header.Set("Accept", "application/json, application/jwt")
	req.Header.Set("Authorization", "Bearer "+accessToken)
	return p.cfg.HTTP.Do(req)
}

// readUserInfo is the claims and their JSON text, or the reason why there are
// none.
func (p *Provider) readUserInfo(ctx context.Context, meta *metadata, res token.Response) (raw []byte, claims map[string]any, reason string) {
	switch kind := mediaType(res.Header); {
	case res.Status != http.StatusOK:
		return nil, nil, "its status is not 200"
	case kind == "application/jwt":
		return p.readJWT(ctx, meta, strings.TrimSpace(string(res.Body)))
	case !isJSON(res.Header):
		return nil, nil, "its content type is neither application/json nor application/jwt"
	case p.cfg.Encryption.UserInfo == EncryptionRequire:
		return nil, nil, "it is not encrypted, which the provider's encryption setting requires"
	}
	return readClaims(res.Body)
}

// readJWT reads a JWT: signed, encrypted, or encrypted after it was signed.
//
// See OpenID Connect Core 1.0, section 5.3.2.
func (p *Provider) readJWT(ctx context.Context, meta *metadata, compact string) (raw []byte, claims map[string]any, reason string) {
	inner, err := p.opened(compact, p.cfg.Encryption.UserInfo)
	switch {
	case err != nil:
		return nil, nil, err.Error()
	case inner != compact && strings.HasPrefix(inner, "{"):
		return readClaims([]byte(inner))
	}
	return p.readSigned(ctx, meta, inner)
}

func readClaims(raw []byte) ([]byte, map[string]any, string) {
	doc, err := attrs.Document{}.With(attrs.UserInfo, raw)
	if err != nil {
		return nil, nil, "it is not a json object without duplicate members"
	}
	claims, _ := doc.Object(attrs.UserInfo)
	return raw, claims, ""
}

// readSigned verifies a JWT: its signature, iss and aud, which must be there,
// and its times, which need not.
func (p *Provider) readSigned(ctx context.Context, meta *metadata, compact string) (raw []byte, claims map[string]any, reason string) {
	jwt, err := token.Parse(compact)
	if err != nil {
		return nil, nil, err.Error()
	}
	for _, check := range []func() error{
		func() error { return token.CheckIssuer(jwt.Claims, meta.issuer) },
		func() error { return token.CheckAudience(jwt.Claims, p.cfg.ClientID, p.cfg.TrustedAudiences...) },
		func() error { return jwt.Verify(ctx, p.rules(meta, p.userInfoAlgs())) },
		func() error { return token.CheckNotExpired(jwt.Claims, p.cfg.Now(), p.cfg.Skew) },
	} {
		if err := check(); err != nil {
			return nil, nil, err.Error()
		}
	}
	return jwt.Payload, jwt.Claims, ""
}

// userInfoAlgs is every asymmetric algorithm, and HMAC when the client secret
// is long enough for it: the secret is the only key that one is tried with.
func (p *Provider) userInfoAlgs() []string {
	algs := token.Asymmetric()
	for _, alg := range token.HMAC() {
		if token.CheckAlgs([]string{alg}, p.cfg.ClientSecret) == nil {
			algs = append(algs, alg)
		}
	}
	return algs
}
