package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// ErrAssertion is wrapped by every error about an assertion that is not valid
// for this application now.
var ErrAssertion = errors.New("doorward: the assertion is not valid")

// Identity is who a request comes from, as the host said it in an assertion.
// It must not be changed.
type Identity struct {
	Subject   string // the provider's sub; unique together with Issuer
	Issuer    string // of the person: the provider's iss
	IdP       string // the provider's name in the host's configuration
	User      string // may be empty, like Email
	Email     string // only an address that is verified
	Roles     []string
	Levels    []string  // paths that were held when the assertion was made
	SessionID string    // the same for as long as the session lasts
	AuthTime  time.Time // when the person proved who they are; zero when unknown
	Expires   time.Time // of the assertion, which ends with the first of the levels

	// Claims are all claims as they were signed, those of
	// applications.NAME.assertion among them.
	Claims map[string]json.RawMessage
}

// Holds reports whether the level at path was held when the assertion was made,
// a minute ago at most. Everybody holds Public.
func (id *Identity) Holds(path string) bool {
	return path == "Public" || id != nil && slices.Contains(id.Levels, path)
}

const maxAssertion = 16 << 10 // bytes; the host's identity headers are 12 KiB at most

// Verify returns who an assertion speaks of.
//
// It verifies the signature (ES256 and nothing else, with a key that the host
// publishes), typ, iss, aud, exp and iat, the last two with the configured
// leeway. An assertion that is not valid is an error that wraps ErrAssertion;
// when the host's keys cannot be had, it wraps ErrKeys. Verify stops when ctx is
// done.
//
// See RFC 7515, section 5.2, and RFC 8725.
func (a *App) Verify(ctx context.Context, assertion string) (*Identity, error) {
	header, payload, signature, err := split(assertion)
	if err != nil {
		return nil, err
	}
	kid, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	key, err := a.keys.of(ctx, kid)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(assertion[:strings.LastIndexByte(assertion, '.')]))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, digest[:], r, s) {
		return nil, invalid("the signature is not the host's")
	}
	return a.read(payload)
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAssertion, fmt.Sprintf(format, args...))
}

// split decodes the three parts of a compact JWS.
func split(assertion string) (header, payload, signature []byte, err error) {
	if len(assertion) > maxAssertion {
		return nil, nil, nil, invalid("it is longer than %d bytes", maxAssertion)
	}
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return nil, nil, nil, invalid("it does not have three parts")
	}
	var raw [3][]byte
	for i, part := range parts {
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil || strings.ContainsAny(part, "\r\n") {
			return nil, nil, nil, invalid("a part is not base64url")
		}
	}
	if len(raw[2]) != 64 {
		return nil, nil, nil, invalid("the signature does not have 64 bytes")
	}
	return raw[0], raw[1], raw[2], nil
}

// readHeader holds the header to the one form that the host writes.
func readHeader(raw []byte) (kid string, err error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return "", invalid("the header is no JSON object")
	}
	if alg := text(members["alg"]); alg != "ES256" {
		return "", invalid("it is not signed with ES256")
	}
	if text(members["typ"]) != "JWT" {
		return "", invalid("typ is not JWT")
	}
	if _, critical := members["crit"]; critical {
		return "", invalid("it has critical extensions")
	}
	if kid = text(members["kid"]); kid == "" || len(kid) > maxKeyID {
		return "", invalid("it names no key")
	}
	return kid, nil
}

// text is a JSON string, or empty.
func text(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// read checks the claims, whose signature is verified.
func (a *App) read(payload []byte) (*Identity, error) {
	id := &Identity{}
	if err := json.Unmarshal(payload, &id.Claims); err != nil || id.Claims == nil {
		return nil, invalid("the claims are no JSON object")
	}
	claim := func(name string) string { return text(id.Claims[name]) }
	now, leeway := a.config.Now(), a.config.Leeway
	expires, ok := seconds(id.Claims["exp"])
	issued, also := seconds(id.Claims["iat"])
	switch {
	case claim("iss") != a.config.Host:
		return nil, invalid("iss is not %s", a.config.Host)
	case claim("aud") != a.config.Name:
		return nil, invalid("aud is not %s: it is for another application", a.config.Name)
	case !ok || !also:
		return nil, invalid("exp or iat is missing, or no number of seconds")
	case !now.Before(expires.Add(leeway)):
		return nil, invalid("it ended %v ago", now.Sub(expires).Truncate(time.Second))
	case issued.After(now.Add(leeway)):
		return nil, invalid("it is from %v ahead: compare the clocks of host and application", issued.Sub(now).Truncate(time.Second))
	case claim("sub") == "" || claim("sid") == "":
		return nil, invalid("sub or sid is missing")
	}
	id.Subject, id.Issuer, id.IdP, id.SessionID = claim("sub"), claim("idp_iss"), claim("idp"), claim("sid")
	id.User, id.Email, id.Expires = claim("user"), claim("email"), expires
	id.AuthTime, _ = seconds(id.Claims["auth_time"])
	for name, list := range map[string]*[]string{"roles": &id.Roles, "levels": &id.Levels} {
		if err := json.Unmarshal(id.Claims[name], list); err != nil {
			return nil, invalid("%s is no list of texts", name)
		}
	}
	return id, nil
}

// seconds is a NumericDate (RFC 7519, section 2) without a fraction.
func seconds(raw json.RawMessage) (time.Time, bool) {
	var n int64
	if len(raw) == 0 || json.Unmarshal(raw, &n) != nil || n <= 0 || n > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(n, 0), true
}
