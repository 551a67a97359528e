// Encryption of ID tokens and userinfo for the relying party.

package hosttest

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"

	"github.com/go-jose/go-jose/v4"
)

// Encryption is how the provider encrypts what it says.
type Encryption struct {
	Alg, Enc string
	Key      crypto.PublicKey // of the relying party; nil: a key made of the client secret
	KeyID    string
	Zip      bool // the content is compressed first
	Plain    bool // of userinfo: the claims are not signed
	NoType   bool // the header has no cty
}

// encrypt makes a token in JWE compact serialization.
func (p *Provider) encrypt(e Encryption, text string) string {
	recipient := jose.Recipient{Algorithm: jose.KeyAlgorithm(e.Alg), Key: e.Key, KeyID: e.KeyID}
	if e.Key == nil {
		recipient.Key = SecretKey(p.ClientSecret, e.Alg, e.Enc)
	}
	options := &jose.EncrypterOptions{}
	if !e.Plain && !e.NoType {
		options.WithContentType("JWT")
	}
	if e.Zip {
		options.Compression = jose.DEFLATE
	}
	encrypter := must(jose.NewEncrypter(jose.ContentEncryption(e.Enc), recipient, options))
	return must(must(encrypter.Encrypt([]byte(text))).CompactSerialize())
}

// SecretKey is the key that a client secret makes for alg and enc (OpenID
// Connect Core 1.0, section 10.2).
func SecretKey(secret, alg, enc string) []byte {
	bits := map[string]int{
		"A128KW": 128, "A128GCMKW": 128, "A256KW": 256, "A256GCMKW": 256,
	}[alg]
	if alg == "dir" {
		bits = map[string]int{
			"A128GCM": 128, "A192GCM": 192, "A256GCM": 256, "A128CBC-HS256": 256, "A192CBC-HS384": 384, "A256CBC-HS512": 512,
		}[enc]
	}
	short, middle, long := sha256.Sum256([]byte(secret)), sha512.Sum384([]byte(secret)), sha512.Sum512([]byte(secret))
	hash := short[:]
	if bits > 256 {
		hash = middle[:]
	}
	if bits > 384 {
		hash = long[:]
	}
	return hash[:bits/8]
}
