// Decryption: a token that is encrypted for this host becomes what is in it.

package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// ErrEncrypted wraps every refusal of an encrypted token: its algorithms, its
// key, or that it does not decrypt.
var ErrEncrypted = errors.New("the encrypted token is refused")

// KeyAlgs lists the algorithms that may encrypt a content key. RSA1_5 is not
// among them: whoever sees how its padding fails can decrypt.
func KeyAlgs() []string {
	return []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "A128KW", "A256KW", "A128GCMKW", "A256GCMKW", "dir"}
}

// contentKeys are the algorithms that may encrypt the content, each with the
// length of its key in bytes.
var contentKeys = map[string]int{
	"A128CBC-HS256": 32, "A192CBC-HS384": 48, "A256CBC-HS512": 64,
	"A128GCM": 16, "A192GCM": 24, "A256GCM": 32,
}

// Decrypter opens tokens that are encrypted for one client. It is safe for
// concurrent use.
type Decrypter struct {
	private crypto.Signer // RSA or EC; nil for none
	secret  Secret
	algs    []string
}

// NewDecrypter returns a Decrypter for the algorithms algs of KeyAlgs: those of
// RSA and ECDH need private, an RSA key of 2048 to 8192 bits or a key of P-256,
// P-384 or P-521; the others a secret, of which keys are made. Of algs, those of
// the other kind of private key count for nothing. The error says what is
// missing.
func NewDecrypter(private crypto.Signer, secret Secret, algs []string) (*Decrypter, error) {
	d := &Decrypter{private: private, secret: secret}
	for _, alg := range algs {
		switch {
		case !slices.Contains(KeyAlgs(), alg):
			return nil, fmt.Errorf("the key algorithm %q is not supported", printable(alg))
		case symmetric(alg) && secret == "":
			return nil, fmt.Errorf("%s uses a key made of the client secret, and there is none", alg)
		case symmetric(alg) || decrypts(private, alg):
			d.algs = append(d.algs, alg)
		}
	}
	if len(d.algs) == 0 || private != nil && !slices.ContainsFunc(d.algs, asymmetric) {
		return nil, errors.New("the private key that decrypts fits none of the key algorithms: use RSA of 2048 to 8192 bits for RSA-OAEP, or P-256, P-384 or P-521 for ECDH-ES")
	}
	return d, nil
}

func symmetric(alg string) bool  { return alg == "dir" || strings.HasPrefix(alg, "A") }
func asymmetric(alg string) bool { return !symmetric(alg) }

func decrypts(private crypto.Signer, alg string) bool {
	switch key := private.(type) {
	case *rsa.PrivateKey:
		return strings.HasPrefix(alg, "RSA-OAEP") && fits(key.Public(), "RS256")
	case *ecdsa.PrivateKey:
		return strings.HasPrefix(alg, "ECDH-ES") && slices.ContainsFunc([]string{"ES256", "ES384", "ES512"}, func(alg string) bool { return fits(key.Public(), alg) })
	}
	return false
}

// IsEncrypted reports whether a compact token has the form of an encrypted one
// (RFC 7516, section 3.1).
func IsEncrypted(compact string) bool { return strings.Count(compact, ".") == 4 }

// Decrypt returns what is in an encrypted token in JWE compact serialization. It
// verifies nothing: whoever has the public key can encrypt.
//
// The header must be a JSON object without duplicate members; crit and zip are
// refused, because what is small must not become large.
//
// # Errors
//
// ErrMalformed for the token's form; ErrEncrypted when it is for somebody else,
// or encrypted in a way that is not allowed.
//
// See RFC 7516, section 5.2.
func (d *Decrypter) Decrypt(compact string) ([]byte, error) {
	header, err := encryptedHeader(compact)
	if err != nil {
		return nil, err
	}
	alg, _ := header["alg"].(string)
	enc, _ := header["enc"].(string)
	size, known := contentKeys[enc]
	if !slices.Contains(d.algs, alg) || !known {
		return nil, wrapf(ErrEncrypted, "its key algorithm %s with %s is not allowed", printable(alg), printable(enc))
	}
	jwe, err := jose.ParseEncryptedCompact(compact, []jose.KeyAlgorithm{jose.KeyAlgorithm(alg)}, []jose.ContentEncryption{jose.ContentEncryption(enc)})
	if err != nil {
		return nil, malformed("it is no encrypted token")
	}
	plain, err := jwe.Decrypt(d.key(alg, size))
	if err != nil {
		if kid, _ := header["kid"].(string); kid != "" && asymmetric(alg) && kid != d.keyID() {
			return nil, wrapf(ErrEncrypted, "it does not decrypt, and its kid is not that of this host's key: the provider may have an older one")
		}
		return nil, wrapf(ErrEncrypted, "it does not decrypt")
	}
	return plain, nil
}

func encryptedHeader(compact string) (map[string]any, error) {
	switch {
	case len(compact) > MaxJWT:
		return nil, malformed("it is longer than %d bytes", MaxJWT)
	case !IsEncrypted(compact):
		return nil, malformed("it is no compact serialization of an encrypted token")
	}
	first, _, _ := strings.Cut(compact, ".")
	header, _, err := object("header", first)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"crit", "zip", "b64"} {
		if _, present := header[name]; present {
			return nil, malformed("its header holds %s, which is not supported", name)
		}
	}
	if kind, present := header["cty"]; present {
		if text, ok := kind.(string); !ok || !strings.EqualFold(text, "JWT") {
			return nil, malformed("what is in it is no JWT, says its header")
		}
	}
	return header, nil
}

// key is what alg decrypts with; size is the length of the content's key.
func (d *Decrypter) key(alg string, size int) any {
	switch {
	case asymmetric(alg):
		return d.private
	case strings.HasPrefix(alg, "A128"):
		size = 16
	case strings.HasPrefix(alg, "A256"):
		size = 32
	}
	return secretKey(d.secret, size)
}

// secretKey is a symmetric key of size bytes, made of a client secret: the
// beginning of the shortest SHA-2 hash that is long enough.
//
// See OpenID Connect Core 1.0, section 10.2.
func secretKey(secret Secret, size int) []byte {
	text := []byte(secret.Reveal())
	switch {
	case size <= 32:
		sum := sha256.Sum256(text)
		return sum[:size]
	case size <= 48:
		sum := sha512.Sum384(text)
		return sum[:size]
	}
	sum := sha512.Sum512(text)
	return sum[:size]
}

// JWK is the public key that a provider encrypts with, as it is published; nil
// when there is none. It names its algorithm when only one is allowed for it.
//
// See RFC 7517, section 4.
func (d *Decrypter) JWK() []byte {
	if d.private == nil {
		return nil
	}
	jwk := jose.JSONWebKey{Key: d.private.Public(), Use: "enc", KeyID: d.keyID()}
	if algs := slices.DeleteFunc(slices.Clone(d.algs), symmetric); len(algs) == 1 {
		jwk.Algorithm = algs[0]
	}
	raw, err := json.Marshal(jwk)
	if err != nil {
		return nil // NewDecrypter has seen that it is a key that can be written
	}
	return raw
}

// keyID is the key's thumbprint (RFC 7638), "" for no key.
func (d *Decrypter) keyID() string {
	if d.private == nil {
		return ""
	}
	sum, err := (&jose.JSONWebKey{Key: d.private.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// WithKeys is the JWK set jwks with more keys, each of which stands in it once.
func WithKeys(jwks []byte, more ...[]byte) ([]byte, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, fmt.Errorf("the key set: %w", err)
	}
	for _, key := range more {
		if !slices.ContainsFunc(set.Keys, func(k json.RawMessage) bool { return string(k) == string(key) }) {
			set.Keys = append(set.Keys, key)
		}
	}
	return json.Marshal(set)
}
