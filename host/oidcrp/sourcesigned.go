// Signed claims: the JWT of an aggregated claim, or of a claim source's answer.

package oidcrp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/doorward/doorward/host/token"
)

// signedClaims verifies a JWT of claims. Its iss, when it has one, is the
// provider's or one of claim_sources.issuers; without one the provider itself
// must have signed it. aud and the times are checked when they are there. A sub
// of the provider's own must be the person's; another issuer has names of its
// own for people.
func (p *Provider) signedClaims(ctx context.Context, compact string, about asked) (map[string]json.RawMessage, error) {
	jwt, err := token.Parse(strings.TrimSpace(compact))
	if err != nil {
		return nil, err
	}
	keys, own, err := p.keysOf(jwt, about.meta)
	if err != nil {
		return nil, err
	}
	for _, check := range []func() error{
		func() error { return p.checkSourceAudience(jwt) },
		func() error { return jwt.Verify(ctx, token.Rules{Algs: token.Asymmetric(), Keys: keys}) },
		func() error { return token.CheckNotExpired(jwt.Claims, p.cfg.Now(), p.cfg.Skew) },
		func() error { return checkSourceSubject(jwt, own, about.subject) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return members(jwt.Payload)
}

// keysOf are the keys of a JWT's issuer, and whether that is the provider.
func (p *Provider) keysOf(jwt *token.JWT, meta *metadata) (keys *token.KeySet, own bool, err error) {
	value, present := jwt.Claims["iss"]
	iss, text := value.(string)
	switch {
	case !present, text && iss == meta.issuer:
		return meta.keys, true, nil
	case text && p.issuers[iss] != nil:
		return p.issuers[iss], false, nil
	}
	return nil, false, errors.New("its iss is neither the provider nor one of claim_sources.issuers: add the issuer there, with the address of its keys, if you trust it")
}

func (p *Provider) checkSourceAudience(jwt *token.JWT) error {
	if _, present := jwt.Claims["aud"]; !present {
		return nil
	}
	return token.CheckAudience(jwt.Claims, p.cfg.ClientID, p.cfg.TrustedAudiences...)
}

func checkSourceSubject(jwt *token.JWT, own bool, subject string) error {
	value, present := jwt.Claims["sub"]
	if sub, _ := value.(string); own && present && sub != subject {
		return fmt.Errorf("%w: sub is not the id token's", token.ErrClaim)
	}
	return nil
}

// members are the members of a JSON object that was parsed strictly before,
// each with the text it came in.
func members(object []byte) (out map[string]json.RawMessage, err error) {
	return out, json.Unmarshal(object, &out)
}
