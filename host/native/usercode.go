// User codes: what a device shows and a person types.

package native

import (
	"crypto/rand"
	"encoding/base64"
	"math/big"
	"strings"
)

// letters of a user code: no vowels, so that it spells nothing, and none that
// look alike (RFC 8628, section 6.1). Eight of twenty are 34 bits.
const letters = "BCDFGHJKLMNPQRSTVWXZ"

const (
	codeLength = 8
	maxTyped   = 64 // bytes of what a person typed that are looked at
)

func newUserCode() string {
	var b strings.Builder
	for range codeLength {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(letters)))) // never fails
		b.WriteByte(letters[n.Int64()])
	}
	return b.String()
}

// typed is the code in what a person typed, however they wrote it; "" when
// there is none.
func typed(text string) string {
	code := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(letters, r):
			return r
		case r == ' ' || r == '-' || r == '\u2010' || r == '\u2011' || r == '\u2013':
			return -1
		}
		return '?'
	}, strings.ToUpper(text[:min(len(text), maxTyped)]))
	if len(code) != codeLength || strings.ContainsRune(code, '?') {
		return ""
	}
	return code
}

// ShownCode is a user code as a device shows it, whatever was typed; "" for
// what cannot be one.
func ShownCode(text string) string {
	code := typed(text)
	if code == "" {
		return ""
	}
	return code[:codeLength/2] + "-" + code[codeLength/2:]
}

// userKeys are where a code may be filed: by each accepted key, the current one
// first. A code is short, and its plain digest would tell it.
func (g *Grants) userKeys(code string) (keys []string) {
	for _, mac := range g.keys.MACs(userPurpose, []byte(code)) {
		keys = append(keys, base64.RawURLEncoding.EncodeToString(mac))
	}
	return keys
}
