// Claims: reading and comparing the few that a host must understand.

package token

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"time"
)

// maxTime is the last second of the year 9999; milliseconds have 13 digits and are
// later.
const maxTime = 253402300799

// ErrClaim wraps every refusal of a claim. The message names the claim and
// never holds its value.
var ErrClaim = errors.New("the token is refused")

func refuse(format string, args ...any) error {
	return wrapf(ErrClaim, format, args...)
}

// Time reads a NumericDate: a JSON number that is a whole count of seconds from
// 1 to the end of the year 9999, written as an integer or not ("1e9", "5.0").
// present is false when the claim is absent; everything else is an error that
// wraps ErrClaim.
//
// See RFC 7519, section 2.
func Time(claims map[string]any, name string) (seconds int64, present bool, err error) {
	value, present := claims[name]
	if !present {
		return 0, false, nil
	}
	number, ok := value.(json.Number)
	if !ok {
		return 0, true, refuse("%s is not a number", name)
	}
	seconds, ok = wholeSeconds(string(number))
	if !ok {
		return 0, true, refuse("%s is no plausible number of seconds", name)
	}
	return seconds, true, nil
}

func wholeSeconds(text string) (int64, bool) {
	// big.Rat would build 10^300000000 for "1e300000000".
	if i := strings.IndexAny(text, "eE"); len(text) > 32 || i >= 0 && len(text)-i > 4 {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	n := r.Num().Int64()
	return n, n >= 1 && n <= maxTime
}

// CheckIssuer compares iss octet by octet.
func CheckIssuer(claims map[string]any, want string) error {
	if iss, ok := claims["iss"].(string); !ok || want == "" || iss != want {
		return refuse("iss is not the provider's issuer")
	}
	return nil
}

// CheckAudience refuses a token whose aud is not want: it may be a string or a
// list, and a list must hold want and nobody else outside trusted.
func CheckAudience(claims map[string]any, want string, trusted ...string) error {
	aud, ok := audience(claims["aud"])
	if !ok || want == "" || !slices.Contains(aud, want) {
		return refuse("aud does not hold the client id")
	}
	for _, a := range aud {
		if a != want && !slices.Contains(trusted, a) {
			return refuse("aud holds an audience that is not trusted")
		}
	}
	return nil
}

// Audience is whom the token says it is for, at most 64; false when it does not
// say so in a way that can be read.
func Audience(claims map[string]any) ([]string, bool) { return audience(claims["aud"]) }

func audience(value any) ([]string, bool) {
	switch v := value.(type) {
	case string:
		return []string{v}, true
	case []any:
		return Strings(v)
	}
	return nil, false
}

// Strings is list as strings, at most 64 of them; false when it is no such list.
func Strings(value any) ([]string, bool) {
	list, ok := value.([]any)
	if !ok || len(list) > 64 {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		s, ok := item.(string)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// CheckAuthorizedParty refuses an azp that is present and not want.
func CheckAuthorizedParty(claims map[string]any, want string) error {
	azp, present := claims["azp"]
	if s, ok := azp.(string); present && (!ok || s != want) {
		return refuse("azp is not the client id")
	}
	return nil
}

// CheckTimes refuses a token without exp or iat, one that ended more than skew
// ago, and one that was issued (iat) or begins (nbf) more than skew from now.
func CheckTimes(claims map[string]any, now time.Time, skew time.Duration) error {
	for _, name := range []string{"exp", "iat"} {
		if _, present := claims[name]; !present {
			return refuse("%s is missing", name)
		}
	}
	return CheckNotExpired(claims, now, skew)
}

// CheckNotExpired is CheckTimes for a token whose exp and iat may be absent.
func CheckNotExpired(claims map[string]any, now time.Time, skew time.Duration) error {
	leeway := int64(skew / time.Second)
	exp, present, err := Time(claims, "exp")
	switch {
	case err != nil:
		return err
	case present && now.Unix() >= exp+leeway:
		return refuse("exp is past")
	}
	return checkBegun(claims, now.Unix()+leeway)
}

func checkBegun(claims map[string]any, latest int64) error {
	for _, name := range []string{"iat", "nbf"} {
		at, present, err := Time(claims, name)
		switch {
		case err != nil:
			return err
		case present && at > latest:
			return refuse("%s is in the future", name)
		}
	}
	return nil
}

// CheckNonce refuses a nonce that is absent or not want, in constant time. An
// empty want means that none was sent, and is an error too.
func CheckNonce(claims map[string]any, want string) error {
	got, ok := claims["nonce"].(string)
	if !ok || want == "" || !Equal(got, want) {
		return refuse("nonce is not the one that was sent")
	}
	return nil
}

// Subject is sub: 1 to 255 printable ASCII characters.
func Subject(claims map[string]any) (string, error) {
	sub, ok := claims["sub"].(string)
	if !ok || sub == "" {
		return "", refuse("sub is missing")
	}
	if len(sub) > 255 || strings.IndexFunc(sub, notPrintable) >= 0 {
		return "", refuse("sub is not at most 255 printable ascii characters")
	}
	return sub, nil
}

// CheckSubject refuses a sub that is not want.
func CheckSubject(claims map[string]any, want string) error {
	if sub, err := Subject(claims); err != nil || sub != want {
		return refuse("sub is another one than before")
	}
	return nil
}

// CheckSameAudience refuses an aud that lacks one of those in before.
func CheckSameAudience(claims, before map[string]any) error {
	now, ok := audience(claims["aud"])
	earlier, has := audience(before["aud"])
	if !ok || !has {
		return refuse("aud is missing, or was")
	}
	for _, a := range earlier {
		if !slices.Contains(now, a) {
			return refuse("aud lacks one that it had before")
		}
	}
	return nil
}

// CheckNotOlder refuses an iat that is earlier than that of before by more than
// skew: a token that was seen already, or would have been.
func CheckNotOlder(claims, before map[string]any, skew time.Duration) error {
	now, has, err := Time(claims, "iat")
	if err != nil {
		return err
	}
	if then, known, err := Time(before, "iat"); !has || err == nil && known && now < then-int64(skew/time.Second) {
		return refuse("iat is earlier than that of the token before")
	}
	return nil
}

// CheckSameNonce refuses a nonce that is present and not that of before.
func CheckSameNonce(claims, before map[string]any) error {
	if _, present := claims["nonce"]; !present {
		return nil
	}
	want, _ := before["nonce"].(string)
	return CheckNonce(claims, want)
}

// Equal compares two strings in time that depends on their lengths only.
func Equal(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }

// printable is text that is safe in an error: short, and of letters, digits,
// dots, dashes and underlines only.
func printable(text string) string {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
	}
	if len(text) > 32 || strings.ContainsFunc(text, func(r rune) bool { return !ok(r) }) {
		return "?"
	}
	return text
}
