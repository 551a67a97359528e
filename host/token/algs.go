// Algorithms: which ones there are, and which key fits which.

package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// RSA keys outside these bounds are not used: below they are weak, above they
// cost too much to verify with.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// Asymmetric lists the signature algorithms that may be allowed without a
// shared secret.
func Asymmetric() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// HMAC lists the signature algorithms that need a shared secret.
func HMAC() []string { return []string{"HS256", "HS384", "HS512"} }

// CheckAlgs returns an error that names the first algorithm that cannot be
// allowed: an unknown one, none, or an HMAC whose secret is too short.
func CheckAlgs(algs []string, secret Secret) error {
	for _, alg := range algs {
		if least, ok := hmacOctets(alg); ok {
			if len(secret) < least {
				return fmt.Errorf("%s needs a client secret of at least %d octets", alg, least)
			}
			continue
		}
		if !slices.Contains(Asymmetric(), alg) {
			return fmt.Errorf("the signature algorithm %q is not supported", printable(alg))
		}
	}
	return nil
}

// hmacOctets is the least length of alg's key, RFC 7518 section 3.2.
func hmacOctets(alg string) (int, bool) {
	switch alg {
	case "HS256":
		return 32, true
	case "HS384":
		return 48, true
	case "HS512":
		return 64, true
	}
	return 0, false
}

// fits says whether a public key's type is the one that alg is made for. It
// is what keeps an RSA key from ever being an HMAC's secret.
func fits(key crypto.PublicKey, alg string) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return (alg[:2] == "RS" || alg[:2] == "PS") && bits >= minRSABits && bits <= maxRSABits
	case *ecdsa.PublicKey:
		return alg == "ES256" && k.Curve.Params().BitSize == 256 ||
			alg == "ES384" && k.Curve.Params().BitSize == 384 ||
			alg == "ES512" && k.Curve.Params().BitSize == 521
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}

// SigningAlg is the algorithm that a private key signs with, or an error for a
// key that is none of RSA (2048 bits at least), P-256, P-384, P-521, Ed25519.
func SigningAlg(key crypto.Signer) (string, error) {
	for _, alg := range []string{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
		if key != nil && fits(key.Public(), alg) {
			return alg, nil
		}
	}
	return "", fmt.Errorf("the private key is of a kind that cannot sign: use RSA of 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519")
}

func joseAlgs(algs []string) []jose.SignatureAlgorithm {
	out := make([]jose.SignatureAlgorithm, 0, len(algs))
	for _, alg := range algs {
		out = append(out, jose.SignatureAlgorithm(alg))
	}
	return out
}
