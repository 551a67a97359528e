// Verify: the ID token, check by check.

package oidcrp

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"slices"

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

// check is one thing that an ID token must be, by the name that the trace gives
// it.
type check struct {
	name string
	run  func(*token.JWT) error
}

// verify checks the ID token in the order of OpenID Connect Core 1.0, section
// 3.1.3.7: encryption, form, iss, aud, azp, signature, exp
// and iat, what is special to the occasion, sub, at_hash. Whether auth_time is
// recent enough is judged by who asked for it.
func (p *Provider) verify(ctx context.Context, meta *metadata, r reply, special ...check) (person, error) {
	step := login.Begin(ctx, "verify")
	var err error
	step.Out("encrypted", token.IsEncrypted(r.idToken))
	if r.idToken, err = p.opened(r.idToken, p.cfg.Encryption.IDToken); err != nil {
		step.Out("check", "encryption")
		return person{}, step.End(invalid(err))
	}
	jwt, err := token.Parse(r.idToken)
	if err != nil {
		step.Out("check", "form")
		return person{}, step.End(invalid(err))
	}
	step.Out("alg", jwt.Alg[:min(len(jwt.Alg), 16)])
	who := person{issuer: meta.issuer, claims: jwt.Claims, payload: jwt.Payload}
	for _, c := range p.checks(ctx, meta, r, &who, special) {
		if err := c.run(jwt); err != nil {
			p.describeInvalid(step, meta, r, c.name)
			return person{}, step.End(invalid(err))
		}
	}
	return who, step.End(nil)
}

// checks are those of every ID token, around those that are special.
func (p *Provider) checks(ctx context.Context, meta *metadata, r reply, who *person, special []check) []check {
	return slices.Concat([]check{
		{"iss", func(jwt *token.JWT) error { return token.CheckIssuer(jwt.Claims, meta.issuer) }},
		{"aud", func(jwt *token.JWT) error {
			return token.CheckAudience(jwt.Claims, p.cfg.ClientID, p.cfg.TrustedAudiences...)
		}},
		{"azp", func(jwt *token.JWT) error { return token.CheckAuthorizedParty(jwt.Claims, p.cfg.ClientID) }},
		{"signature", func(jwt *token.JWT) error { return jwt.Verify(ctx, p.rules(meta, p.cfg.IDTokenAlgs)) }},
		{"times", func(jwt *token.JWT) error { return token.CheckTimes(jwt.Claims, p.cfg.Now(), p.cfg.Skew) }},
	}, special, []check{
		{"at_hash", func(jwt *token.JWT) error { return checkAccessTokenHash(jwt, r.accessToken) }},
		{"sub", func(jwt *token.JWT) (err error) {
			who.subject, err = token.Subject(jwt.Claims)
			return err
		}},
	})
}

// nonce is the check of a sign-in's ID token.
func nonce(req login.AuthRequest) check {
	return check{"nonce", func(jwt *token.JWT) error { return token.CheckNonce(jwt.Claims, req.Nonce) }}
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
