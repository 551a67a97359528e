// Refusals: what each check is called, and what whoever sent the token is told.

package idtoken

import (
	"errors"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// The names of the checks are stable; clients and alarms rest on them.
const (
	checkMissing   = "missing_header"
	checkTwice     = "ambiguous_header"
	checkForm      = "jwt_parse_error"
	checkType      = "bad_type"
	checkIssuer    = "token_issuer_mismatch"
	checkKeys      = "jwk_not_loaded"
	checkSignature = "verification_failed"
	checkNoAud     = "no_audience"
	checkAud       = "bad_audience"
	checkAzp       = "bad_azp"
	checkTime      = "bad_time"
	checkNoExpiry  = "no_expiry"
	checkExpired   = "expired"
	checkLifetime  = "lifetime"
	checkEarly     = "not_yet_valid"
	checkSubject   = "no_subject"
)

// Checks lists, in their order, the checks of a token and what a failed one says.
var Checks = []struct{ Name, Says string }{
	{checkForm, "It is no signed JWT in compact form."},
	{checkType, "It is another kind of token than an ID token."},
	{checkIssuer, "Its iss is not the issuer that is configured."},
	{checkKeys, "The keys that verify it could not be had."},
	{checkSignature, "Its signature does not verify, or its algorithm is not allowed."},
	{checkNoAud, "It has no aud, so it is for nobody."},
	{checkAud, "Its aud names none of the audiences that are configured, or somebody else besides."},
	{checkAzp, "Its azp is no authorized party that is configured."},
	{checkTime, "Its exp, iat or nbf is no plausible number of seconds."},
	{checkNoExpiry, "It has no exp."},
	{checkExpired, "It has expired."},
	{checkLifetime, "It lives longer than max_lifetime."},
	{checkEarly, "Its iat or nbf is in the future."},
	{checkSubject, "It has no sub of 1 to 255 printable ASCII characters."},
}

// refuse is the fault of a check that failed, for reasons that hold nothing of
// the token.
func refuse(check string, err error) *login.Fault {
	f := &login.Fault{Code: login.CodeIDTokenRefused, Check: check, Hint: saysOf(check), Err: err}
	if err != nil {
		f.Detail = check + ": " + err.Error()
	} else {
		f.Detail = check
	}
	return f
}

// noKeys is refuse for keys that could not be had, which says nothing about the
// token.
func noKeys(err error) *login.Fault {
	f := refuse(checkKeys, err)
	f.Code = login.CodeProviderDown
	if token.IsTimeout(err) {
		f.Code = login.CodeProviderTimeout
	}
	return f
}

func refuseSignature(err error) *login.Fault {
	if errors.Is(err, token.ErrKeys) {
		return noKeys(err)
	}
	return refuse(checkSignature, err)
}

func saysOf(check string) string {
	for _, c := range Checks {
		if c.Name == check {
			return c.Says
		}
	}
	return ""
}
