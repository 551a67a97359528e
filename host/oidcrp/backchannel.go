// SignedOut: a logout token, check by check.

package oidcrp

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	noticeAge   = 10 * time.Minute // between a logout token's iat and its arrival
	maxTokenID  = 512              // bytes
	maxSID      = 255              // bytes
)

// logoutTypes are what a logout token may say in typ. Other JWTs say what they
// are, and that is not this: an access token of RFC 9068 is at+jwt.
var logoutTypes = []string{"", "jwt", "logout+jwt", "secevent+jwt"}

// SignedOut verifies a logout token, and says what it ends. It must name this
// provider and client, be signed and encrypted as ID tokens are, be at most ten minutes old,
// have exp, jti, the event, sub or sid or both, and no nonce. That it was not
// used before is left to the caller, which must keep TokenID until Expires.
//
// Errors are a *login.Fault: logout_token_invalid, or provider_unavailable or
// provider_timeout when the keys to verify it with could not be had. It is safe
// for concurrent use; keys of an unknown kid are fetched as seldom as
// token.KeySet says, however many such tokens come.
//
// See OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6.
func (p *Provider) SignedOut(ctx context.Context, logoutToken string) (login.Ended, error) {
	logoutToken, err := p.opened(logoutToken, p.cfg.Encryption.IDToken)
	if err != nil {
		return login.Ended{}, noNotice(err)
	}
	jwt, err := token.Parse(logoutToken)
	if err != nil {
		return login.Ended{}, noNotice(err)
	}
	meta, err := p.meta.get(ctx)
	if err != nil {
		return login.Ended{}, err
	}
	for _, check := range []func() error{
		func() error { return checkLogoutType(jwt) },
		func() error { return token.CheckIssuer(jwt.Claims, meta.issuer) },
		func() error { return token.CheckAudience(jwt.Claims, p.cfg.ClientID, p.cfg.TrustedAudiences...) },
		func() error { return jwt.Verify(ctx, p.rules(meta, p.cfg.IDTokenAlgs)) },
		func() error { return token.CheckTimes(jwt.Claims, p.cfg.Now(), p.cfg.Skew) },
		func() error { return checkLogoutEvent(jwt.Claims) },
	} {
		if err := check(); err != nil {
			return login.Ended{}, noNotice(err)
		}
	}
	ended, err := p.ended(jwt.Claims)
	if err != nil {
		return login.Ended{}, noNotice(err)
	}
	return ended, nil
}

// ended reads who and what a verified logout token names.
func (p *Provider) ended(claims map[string]any) (e login.Ended, err error) {
	e.Issuer = p.cfg.Issuer
	if _, present := claims["sub"]; present {
		if e.Subject, err = token.Subject(claims); err != nil {
			return e, err
		}
	}
	if e.SessionID, err = shortText(claims, "sid", maxSID); err != nil {
		return e, err
	}
	if e.Subject == "" && e.SessionID == "" {
		return e, errors.New("it has neither sub nor sid")
	}
	if e.TokenID, err = shortText(claims, "jti", maxTokenID); err != nil {
		return e, err
	}
	if e.TokenID == "" {
		return e, errors.New("jti is missing")
	}
	issued, _, _ := token.Time(claims, "iat") // CheckTimes has seen both
	expires, _, _ := token.Time(claims, "exp")
	latest := issued + int64(noticeAge/time.Second)
	leeway := int64(p.cfg.Skew / time.Second)
	if p.cfg.Now().Unix() > latest+leeway {
		return e, errors.New("iat is more than ten minutes ago")
	}
	e.Expires = min(expires, latest) + leeway
	return e, nil
}

func checkLogoutType(jwt *token.JWT) error {
	kind := strings.TrimPrefix(strings.ToLower(jwt.Type), "application/") // RFC 7515, section 4.1.9
	if !slices.Contains(logoutTypes, kind) {
		return errors.New("typ is that of another kind of token")
	}
	return nil
}

// checkLogoutEvent tells a logout token from an ID token: it has the event, and
// no nonce.
func checkLogoutEvent(claims map[string]any) error {
	events, _ := claims["events"].(map[string]any)
	if _, ok := events[logoutEvent].(map[string]any); !ok {
		return errors.New("events does not hold the logout event as an object")
	}
	if _, present := claims["nonce"]; present {
		return errors.New("it has a nonce, which a logout token must not have")
	}
	return nil
}

// shortText is a claim that is a string, "" when it is absent.
func shortText(claims map[string]any, name string, most int) (string, error) {
	value, present := claims[name]
	text, ok := value.(string)
	if present && (!ok || text == "" || len(text) > most) {
		return "", errors.New(name + " is no short string")
	}
	return text, nil
}

// noNotice is the Fault for a refused logout token, or for keys that could not
// be had.
func noNotice(err error) *login.Fault {
	if errors.Is(err, token.ErrKeys) {
		return outage("the provider's key set", err)
	}
	return &login.Fault{Code: login.CodeLogoutTokenInvalid, Detail: "logout token: " + err.Error(), Err: err}
}
