// Parsing: a compact token becomes a header and claims, nothing verified.

package token

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/doorward/doorward/host/attrs"
)

// MaxJWT is the longest token that Parse looks at, in bytes.
const MaxJWT = 256 << 10

// ErrMalformed wraps every refusal of a token's form: not compact JWS, too
// long, encrypted, a header that asks for what is not supported, duplicate
// members.
var ErrMalformed = errors.New("the token is malformed")

// JWT is a parsed token. Until Verify has returned nil nothing in it may be
// believed.
type JWT struct {
	Alg     string
	KeyID   string
	Type    string
	Claims  map[string]any // shared and read-only; numbers are json.Number
	Payload []byte         // the claims' JSON text as signed
	compact string
}

// Parse reads a token in JWS compact serialization. It verifies nothing. The
// header and the claims must be JSON objects without duplicate members; crit
// and b64 in the header are refused.
//
// Every error wraps ErrMalformed and holds nothing of the token.
// See RFC 7515, section 7.1.
func Parse(compact string) (*JWT, error) {
	if len(compact) > MaxJWT {
		return nil, malformed("it is longer than %d bytes", MaxJWT)
	}
	parts := strings.Split(compact, ".")
	if len(parts) == 5 {
		return nil, malformed("it is encrypted")
	}
	if len(parts) != 3 {
		return nil, malformed("it is no compact serialization")
	}
	header, _, err := object("header", parts[0])
	if err != nil {
		return nil, err
	}
	claims, payload, err := object("payload", parts[1])
	if err != nil {
		return nil, err
	}
	jwt := &JWT{Claims: claims, Payload: payload, compact: compact}
	if err := jwt.readHeader(header); err != nil {
		return nil, err
	}
	return jwt, nil
}

// Digest names the token: the SHA-256 of what is signed, in base64url. The
// signature plays no part, because whoever has one token can make other
// signatures of it that verify (an ECDSA one has two forms).
func (j *JWT) Digest() string {
	sum := sha256.Sum256([]byte(j.compact[:strings.LastIndexByte(j.compact, '.')]))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (j *JWT) readHeader(header map[string]any) error {
	for _, name := range []string{"crit", "b64", "enc", "zip"} {
		if _, present := header[name]; present {
			return malformed("its header holds %s, which is not supported", name)
		}
	}
	for name, into := range map[string]*string{"alg": &j.Alg, "kid": &j.KeyID, "typ": &j.Type} {
		value, present := header[name]
		text, ok := value.(string)
		if present && (!ok || len(text) > 512) {
			return malformed("the %s of its header is no short string", name)
		}
		*into = text
	}
	if j.Alg == "" {
		return malformed("its header has no alg")
	}
	return nil
}

// object decodes one part of a compact token: strict base64url without padding,
// strict JSON.
func object(part, text string) (map[string]any, []byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, nil, malformed("its %s is not base64url", part)
	}
	value, err := Object(raw)
	if err != nil {
		return nil, nil, malformed("its %s is not a json object without duplicate members", part)
	}
	return value, raw, nil
}

// Object decodes a JSON object from a provider as strictly as an attribute
// source: valid UTF-8, no duplicate member at any depth, at most 1 MiB and 64
// levels. Numbers are json.Number. The result is shared: do not change it.
func Object(raw []byte) (map[string]any, error) {
	doc, err := attrs.Document{}.With(attrs.IDTokenClaims, raw)
	if err != nil {
		return nil, err
	}
	value, ok := doc.Object(attrs.IDTokenClaims)
	if !ok {
		return nil, errors.New("not a json object")
	}
	return value, nil
}

func wrapf(err error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", err, fmt.Sprintf(format, args...))
}

func malformed(format string, args ...any) error {
	return wrapf(ErrMalformed, format, args...)
}
