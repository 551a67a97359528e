// Verify: the token, check by check.

package idtoken

import (
	"context"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// verify checks the token in this order: form, kind, issuer, keys and signature,
// audience, authorized party, times, subject. Nothing of a token is believed
// until every check has passed; the issuer comes before the signature because it
// can only refuse.
//
// See OpenID Connect Core 1.0, section 3.1.3.7.
func (p *Provider) verify(ctx context.Context, compact string) (*token.JWT, error) {
	step := login.Begin(ctx, "verify")
	step.In("issuer", p.cfg.Issuer)
	step.In("audience", p.cfg.Audience)
	step.In("now", p.cfg.Now().Unix())
	step.In("skewSeconds", int64(p.cfg.Skew.Seconds()))
	jwt, err := token.Parse(compact)
	if err != nil {
		return nil, step.End(refuse(checkForm, err))
	}
	if slices.Contains(p.cfg.Algs, jwt.Alg) {
		step.Out("alg", jwt.Alg)
	}
	if err := p.check(ctx, jwt); err != nil {
		return nil, step.End(err)
	}
	return jwt, step.End(nil)
}

func (p *Provider) check(ctx context.Context, jwt *token.JWT) error {
	if !isIDToken(jwt) {
		return refuse(checkType, nil)
	}
	if !p.issuer.fits(jwt.Claims) {
		return refuse(checkIssuer, nil)
	}
	if err := jwt.Verify(ctx, token.Rules{Algs: p.cfg.Algs, Keys: p.cfg.Keys, Secret: p.cfg.Secret}); err != nil {
		return refuseSignature(err)
	}
	if err := p.checkAudience(jwt.Claims); err != nil {
		return err
	}
	if azp, present := jwt.Claims["azp"]; present {
		if name, ok := azp.(string); !ok || !slices.Contains(p.cfg.AuthorizedParties, name) {
			return refuse(checkAzp, nil)
		}
	}
	if err := p.checkTimes(jwt.Claims); err != nil {
		return err
	}
	if _, err := token.Subject(jwt.Claims); err != nil {
		return refuse(checkSubject, err)
	}
	return nil
}

// isIDToken refuses what the same keys sign for another purpose: a token whose
// typ says so, and one of security events, such as a logout token.
//
// See RFC 8725, section 3.11, and RFC 8417, section 2.2.
func isIDToken(jwt *token.JWT) bool {
	_, events := jwt.Claims["events"]
	return !events && (jwt.Type == "" || strings.EqualFold(jwt.Type, "JWT"))
}

// checkAudience wants one of the configured audiences, and nobody else: whoever
// else a token is for could send it here.
func (p *Provider) checkAudience(claims map[string]any) error {
	aud, ok := token.Strings(claims["aud"])
	if one, is := claims["aud"].(string); is {
		aud, ok = []string{one}, true
	}
	switch {
	case claims["aud"] == nil, ok && len(aud) == 0, ok && len(aud) == 1 && aud[0] == "":
		return refuse(checkNoAud, nil)
	case !ok || slices.ContainsFunc(aud, func(a string) bool { return !slices.Contains(p.cfg.Audience, a) }):
		return refuse(checkAud, nil)
	}
	return nil
}
