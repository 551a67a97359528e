// The key of this host at a provider: it signs requests and decrypts
// assertions.

package samlsp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Sizes of RSA keys, in bits.
const (
	newKeyBits   = 3072
	leastKeyBits = 2048
)

// validity is that of the certificates that the host makes. What counts is the
// key in one: providers pin it (SAML V2.0 Metadata Interoperability Profile,
// section 2.6.1), and a certificate that ends ends people's logins on a day that
// nobody remembers.
var validity = [2]time.Time{time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2049, 12, 31, 0, 0, 0, 0, time.UTC)}

// Key is an RSA key with its certificate. Printing it shows no key.
type Key struct {
	private     *rsa.PrivateKey
	certificate []byte // DER
}

// NewKey makes a key of 3072 bits, with a certificate as ParseKey makes one.
func NewKey(commonName string) (*Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, newKeyBits)
	if err != nil {
		return nil, err
	}
	return withCertificate(private, commonName)
}

// ParseKey reads a PKCS #8 private key and its certificate, both DER. Without a
// certificate it makes one that says commonName: always the same for the same
// key, so that what a provider was given stays right.
func ParseKey(pkcs8, certificate []byte, commonName string) (*Key, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	private, is := parsed.(*rsa.PrivateKey)
	if err != nil || !is {
		return nil, errors.New("this is no PKCS #8 private key of the kind RSA: make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072")
	}
	if private.N.BitLen() < leastKeyBits {
		return nil, fmt.Errorf("the RSA key has %d bits: make one with %d or more", private.N.BitLen(), leastKeyBits)
	}
	if certificate == nil {
		return withCertificate(private, commonName)
	}
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, errors.New("the certificate cannot be read")
	}
	if !private.PublicKey.Equal(c.PublicKey) {
		return nil, errors.New("the certificate is another key's: give the one of private_key, or none")
	}
	return &Key{private: private, certificate: certificate}, nil
}

// ParseCertificate reads the first certificate of a PEM text, as DER.
func ParseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("the file holds no certificate in PEM: it begins with BEGIN CERTIFICATE")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New("the certificate in the file cannot be read")
	}
	return c, nil
}

func withCertificate(private *rsa.PrivateKey, commonName string) (*Key, error) {
	serial := sha256.Sum256(private.PublicKey.N.Bytes())
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:15]), Subject: pkix.Name{CommonName: commonName},
		NotBefore: validity[0], NotAfter: validity[1],
		KeyUsage:           x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		SignatureAlgorithm: x509.SHA256WithRSA, // PKCS #1 v1.5 takes no randomness
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, err
	}
	return &Key{private: private, certificate: der}, nil
}

// PKCS8 is the private key in DER, to be sealed.
func (k *Key) PKCS8() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.private) }

// Certificate is the certificate in DER.
func (k *Key) Certificate() []byte { return k.certificate }

// Format prints no key, whatever the verb.
func (k *Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, "a key") }

// usable reports whether a provider's key is one that signatures are verified
// with.
func usable(key crypto.PublicKey) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= leastKeyBits
	case *ecdsa.PublicKey:
		return true
	}
	return false
}

// rsa is the private key, nil without one.
func (k *Key) rsa() *rsa.PrivateKey {
	if k == nil {
		return nil
	}
	return k.private
}
