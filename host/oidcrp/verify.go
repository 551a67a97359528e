// Verify: the ID token, check by check.

package oidcrp

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// person is who a verified ID token says signed in.
type person struct {
	issuer  string
	subject string
	claims  map[string]any // read-only
	payload []byte
}

// verify checks the ID token in the order of OpenID Connect Core 1.0, section
// 3.1.3.7: form (an encrypted one is refused), iss, aud, azp, signature, exp
// and iat, nonce, sub, at_hash. Whether auth_time is recent enough is judged by
// who asked for it.
func (p *Provider) verify(ctx context.Context, req login.AuthRequest, meta *metadata, r reply) (person, error) {
	step := login.Begin(ctx, "verify")
	jwt, err := token.Parse(r.idToken)
	if err != nil {
		step.Out("check", "form")
		return person{}, step.End(invalid(err))
	}
	step.Out("alg", jwt.Alg[:min(len(jwt.Alg), 16)])
	if check, err := p.verifyIDToken(ctx, req, meta, r, jwt); err != nil {
		p.describeInvalid(step, meta, r, check)
		return person{}, step.End(err)
	}
	subject, err := token.Subject(jwt.Claims)
	if err != nil {
		p.describeInvalid(step, meta, r, "sub")
		return person{}, step.End(invalid(err))
	}
	return person{issuer: meta.issuer, subject: subject, claims: jwt.Claims, payload: jwt.Payload}, step.End(nil)
}

// verifyIDToken returns the name of the check that failed, if one did.
func (p *Provider) verifyIDToken(ctx context.Context, req login.AuthRequest, meta *metadata, r reply, jwt *token.JWT) (string, error) {
	for _, check := range []struct {
		name string
		run  func() error
	}{
		{"iss", func() error { return token.CheckIssuer(jwt.Claims, meta.issuer) }},
		{"aud", func() error { return token.CheckAudience(jwt.Claims, p.cfg.ClientID, p.cfg.TrustedAudiences...) }},
		{"azp", func() error { return token.CheckAuthorizedParty(jwt.Claims, p.cfg.ClientID) }},
		{"signature", func() error { return jwt.Verify(ctx, p.rules(meta, p.cfg.IDTokenAlgs)) }},
		{"times", func() error { return token.CheckTimes(jwt.Claims, p.cfg.Now(), p.cfg.Skew) }},
		{"nonce", func() error { return token.CheckNonce(jwt.Claims, req.Nonce) }},
		{"at_hash", func() error { return checkAccessTokenHash(jwt, r.accessToken) }},
	} {
		if err := check.run(); err != nil {
			return check.name, invalid(err)
		}
	}
	return "", nil
}

func (p *Provider) rules(meta *metadata, algs []string) token.Rules {
	return token.Rules{Algs: algs, Keys: meta.keys, Secret: p.cfg.ClientSecret}
}

// invalid is the Fault for a refused ID token, or for keys that could not be
// had, which says nothing about the token.
func invalid(err error) *login.Fault {
	if errors.Is(err, token.ErrKeys) {
		return outage("the provider's key set", err)
	}
	return &login.Fault{Code: login.CodeIDTokenInvalid, Detail: "id token: " + err.Error(), Err: err}
}

// checkAccessTokenHash compares at_hash, when there is one, with the access
// token that came with the ID token.
//
// See OpenID Connect Core 1.0, section 3.1.3.8.
func checkAccessTokenHash(jwt *token.JWT, accessToken string) error {
	claim, present := jwt.Claims["at_hash"]
	if !present {
		return nil
	}
	h := hashOf(jwt.Alg)
	h.Write([]byte(accessToken))
	sum := h.Sum(nil)
	want := base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	if got, ok := claim.(string); !ok || !token.Equal(got, want) {
		return errors.New("at_hash is not the access token's")
	}
	return nil
}

// hashOf is the hash that a signature algorithm ends in; EdDSA's is SHA-512.
func hashOf(alg string) hash.Hash {
	switch alg[len(alg)-3:] {
	case "256":
		return sha256.New()
	case "384":
		return sha512.New384()
	}
	return sha512.New()
}
