// What a program on the browser's machine may name as its own: a loopback
// address (RFC 8252, sections 7.3 and 8.3) and a challenge (RFC 7636).

package native

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const maxRedirect = 512 // bytes

// loopback is the only form of a redirect URI: an address, since names such as
// localhost may mean another; a port; a path and query without anything that
// parsers differ on.
var loopback = regexp.MustCompile(`^http://(?:127\.0\.0\.1|\[::1\]):([0-9]{1,5})(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$`)

// LoopbackURI reports whether a redirect URI leads to a program on the
// browser's own machine: http, 127.0.0.1 or [::1], a port, at most 512 bytes,
// no user part, no fragment.
func LoopbackURI(uri string) bool {
	found := loopback.FindStringSubmatch(uri)
	if found == nil || len(uri) > maxRedirect {
		return false
	}
	port, err := strconv.Atoi(found[1])
	return err == nil && port >= 1 && port <= 65535
}

// AnswerURI is redirect URI with the parameters of an authorization response
// (RFC 6749, section 4.1.2; RFC 9207, section 2).
func AnswerURI(redirectURI string, answer url.Values) string {
	switch i := strings.IndexByte(redirectURI, '?'); {
	case i < 0:
		return redirectURI + "?" + answer.Encode()
	case i == len(redirectURI)-1:
		return redirectURI + answer.Encode()
	}
	return redirectURI + "&" + answer.Encode()
}

var (
	challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	verifiers = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
)

// Challenge reports whether text can be a code_challenge of the method S256.
func Challenge(text string) bool { return challenge.MatchString(text) }

// proves reports whether verifier is what the challenge was made of.
func proves(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	made := base64.RawURLEncoding.EncodeToString(sum[:])
	return verifiers.MatchString(verifier) && subtle.ConstantTimeCompare([]byte(made), []byte(challenge)) == 1
}
