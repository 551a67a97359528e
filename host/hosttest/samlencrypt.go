// Encrypted assertions, and ECDSA signatures as XML has them.

package hosttest

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/beevik/etree"
)

// SAMLEncrypt encrypts an assertion for key, by RSA-OAEP and a cipher:
// aes128-cbc, aes256-cbc, aes128-gcm or aes256-gcm; or "rsa-1_5", which is
// aes256-cbc with the old padding.
func SAMLEncrypt(key *rsa.PublicKey, how string, plain []byte) *etree.Element {
	transport := "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
	content := make([]byte, 32)
	_, _ = rand.Read(content)
	if strings.HasPrefix(how, "aes128") {
		content = content[:16]
	}
	var wrapped []byte
	if how == "rsa-1_5" {
		transport, how = "http://www.w3.org/2001/04/xmlenc#rsa-1_5", "aes256-cbc"
		//lint:ignore SA1019 it is what must be refused
		wrapped = must(rsa.EncryptPKCS1v15(rand.Reader, key, content))
	} else {
		wrapped = must(rsa.EncryptOAEP(sha1.New(), rand.Reader, key, content, nil))
	}
	space := "http://www.w3.org/2001/04/xmlenc#"
	box := sealCBC(content, plain)
	if strings.HasSuffix(how, "gcm") {
		space, box = "http://www.w3.org/2009/xmlenc11#", sealGCM(content, plain)
	}
	encode := base64.StdEncoding.EncodeToString
	return element(fmt.Sprintf(`<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="%s%s"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="%s"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`,
		space, how, transport, encode(wrapped), encode(box)))
}

func sealCBC(key, plain []byte) []byte {
	block := must(aes.NewCipher(key))
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(bytes.Clone(plain), bytes.Repeat([]byte{byte(padding)}, padding)...)
	out := make([]byte, aes.BlockSize+len(plain))
	_, _ = rand.Read(out[:aes.BlockSize])
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], plain)
	return out
}

func sealGCM(key, plain []byte) []byte {
	aead := must(cipher.NewGCM(must(aes.NewCipher(key))))
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, nil)
}

// rawECDSA signs as XML Signature writes it: two integers of the curve's size.
type rawECDSA struct{ crypto.Signer }

func (k rawECDSA) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	der, err := k.Signer.Sign(r, digest, opts)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	return append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...), nil
}
