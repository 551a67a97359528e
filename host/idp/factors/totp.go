package factors

// One-time codes of an authenticator app (RFC 6238): six digits, HMAC-SHA-1,
// steps of thirty seconds, which is what the apps know.

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	totpSecret = 20 // bytes (RFC 4226, section 4)
	totpPeriod = 30 // seconds
	totpSkew   = 1  // steps that a clock may be ahead or behind
	totpDigits = 6
)

var b32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewTOTP is a new secret for an authenticator app.
func NewTOTP() []byte {
	secret := make([]byte, totpSecret)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// TOTPText is the secret as people type it: base32 without padding.
func TOTPText(secret []byte) string { return b32.EncodeToString(secret) }

// TOTPURI is the otpauth URI that apps read from a QR code. It holds the secret.
func TOTPURI(secret []byte, issuer, userName string) string {
	query := url.Values{"secret": {TOTPText(secret)}, "issuer": {issuer}, "algorithm": {"SHA1"},
		"digits": {fmt.Sprint(totpDigits)}, "period": {fmt.Sprint(totpPeriod)}}
	// Apps show a plus sign as it stands, so spaces are written as %20.
	return "otpauth://totp/" + url.PathEscape(issuer+":"+userName) + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// CheckTOTP holds code against the steps around now that are later than used,
// the last one accepted. ok says that it fits, and step which one it is; the
// caller stores it before it grants anything, so that a code is good once.
func CheckTOTP(secret []byte, code string, now time.Time, used int64) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	current := now.Unix() / totpPeriod
	for at := current - totpSkew; at <= current+totpSkew; at++ {
		want, err := hotp.GenerateCodeCustom(TOTPText(secret), uint64(at), hotp.ValidateOpts{Digits: totpDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && at > used {
			step, ok = at, true
		}
	}
	return step, ok
}
