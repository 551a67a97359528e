// Algorithms: how a digest and a signature may be made.

package samlsp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"math/big"

	_ "crypto/sha256" // of the algorithms below
	_ "crypto/sha512"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// digests and methods are the algorithms that count. SHA-1 and MD5 are not
// among them, and no method has a shared secret.
var (
	digests = map[string]crypto.Hash{
		"http://www.w3.org/2001/04/xmlenc#sha256":       crypto.SHA256,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
		"http://www.w3.org/2001/04/xmlenc#sha512":       crypto.SHA512,
	}
	methods = map[string]method{
		dsig.RSASHA256SignatureMethod:   {hash: crypto.SHA256},
		dsig.RSASHA384SignatureMethod:   {hash: crypto.SHA384},
		dsig.RSASHA512SignatureMethod:   {hash: crypto.SHA512},
		dsig.ECDSASHA256SignatureMethod: {hash: crypto.SHA256, elliptic: true},
		dsig.ECDSASHA384SignatureMethod: {hash: crypto.SHA384, elliptic: true},
		dsig.ECDSASHA512SignatureMethod: {hash: crypto.SHA512, elliptic: true},
	}
)

type method struct {
	hash     crypto.Hash
	elliptic bool
}

func digestOf(reference *etree.Element) (crypto.Hash, []byte, error) {
	how, err := required(reference, nsSignature, "DigestMethod")
	if err != nil {
		return 0, nil, err
	}
	hash, known := digests[value(how, "Algorithm")]
	if !known {
		return 0, nil, errors.New("the digest is not SHA-256, SHA-384 or SHA-512")
	}
	holder, err := required(reference, nsSignature, "DigestValue")
	if err != nil {
		return 0, nil, err
	}
	want, err := bytesOf(holder)
	return hash, want, err
}

func methodOf(info *etree.Element) (method, error) {
	how, err := required(info, nsSignature, "SignatureMethod")
	if err != nil {
		return method{}, err
	}
	return methodNamed(value(how, "Algorithm"))
}

func methodNamed(algorithm string) (method, error) {
	m, known := methods[algorithm]
	if !known {
		return method{}, errors.New("the signature is not RSA or ECDSA with SHA-256, SHA-384 or SHA-512")
	}
	return m, nil
}

// verify is nil when one of keys made the signature.
func (m method) verify(content, signature []byte, keys []crypto.PublicKey) error {
	h := m.hash.New()
	h.Write(content)
	digest := h.Sum(nil)
	for _, key := range keys {
		switch key := key.(type) {
		case *rsa.PublicKey:
			if !m.elliptic && rsa.VerifyPKCS1v15(key, m.hash, digest, signature) == nil {
				return nil
			}
		case *ecdsa.PublicKey:
			if m.elliptic && verifyECDSA(key, digest, signature) {
				return nil
			}
		}
	}
	return errors.New("no key of the provider's metadata made the signature")
}

// verifyECDSA reads a signature as XML Signature, section 6.4.3, writes it: two
// integers of the curve's size, one after the other.
func verifyECDSA(key *ecdsa.PublicKey, digest, signature []byte) bool {
	size := (key.Curve.Params().BitSize + 7) / 8
	if len(signature) != 2*size {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	return ecdsa.Verify(key, digest, r, s)
}
