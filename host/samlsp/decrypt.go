// Decrypt: an encrypted assertion, with this host's RSA key.

package samlsp

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"errors"

	_ "crypto/sha1" // the digest of RSA-OAEP unless another one is named

	"github.com/beevik/etree"
)

// ciphers are the content encryptions that count, with the size of their keys
// in bytes. Triple DES is not among them.
var ciphers = map[string]struct {
	size int
	open func(cipher.Block, []byte) ([]byte, error)
}{
	nsEnc11 + "aes128-gcm":     {16, openGCM},
	nsEnc11 + "aes192-gcm":     {24, openGCM},
	nsEnc11 + "aes256-gcm":     {32, openGCM},
	nsEncrypted + "aes128-cbc": {16, openCBC},
	nsEncrypted + "aes192-cbc": {24, openCBC},
	nsEncrypted + "aes256-cbc": {32, openCBC},
}

// oaepDigests and oaepMasks are what RSA-OAEP may be made with. SHA-1 is safe
// here: nothing rests on its collisions (RFC 8017, section 7.1).
var (
	oaepDigests = map[string]crypto.Hash{
		"": crypto.SHA1, nsSignature + "sha1": crypto.SHA1, nsEncrypted + "sha256": crypto.SHA256,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384, nsEncrypted + "sha512": crypto.SHA512,
	}
	oaepMasks = map[string]crypto.Hash{
		"": crypto.SHA1, nsEnc11 + "mgf1sha1": crypto.SHA1, nsEnc11 + "mgf1sha256": crypto.SHA256,
		nsEnc11 + "mgf1sha384": crypto.SHA384, nsEnc11 + "mgf1sha512": crypto.SHA512,
	}
)

// errSealed is every failure to decrypt: it does not say which step failed, as
// that would let a stranger try ciphertexts out.
var errSealed = errors.New("the assertion cannot be decrypted: it must be encrypted by AES in GCM or CBC mode, for the key of this host's metadata by RSA-OAEP")

// decrypt is the Assertion inside an EncryptedAssertion.
//
// See SAML 2.0 Core, section 2.3.4, and XML Encryption 1.1, sections 5.2 and
// 5.5.
func decrypt(sealed *etree.Element, key *rsa.PrivateKey) (*etree.Element, error) {
	if key == nil {
		return nil, errSealed
	}
	data, err := required(sealed, nsEncrypted, "EncryptedData")
	if err != nil {
		return nil, err
	}
	content, err := contentKey(sealed, data, key)
	if err != nil {
		return nil, errSealed
	}
	how := ciphers[algorithm(data)]
	if len(content) != how.size || how.open == nil {
		return nil, errSealed
	}
	block, err := aes.NewCipher(content)
	if err != nil {
		return nil, errSealed
	}
	box, err := cipherValue(data)
	if err != nil {
		return nil, errSealed
	}
	plain, err := how.open(block, box)
	if err != nil {
		return nil, errSealed
	}
	assertion, err := parse(plain, messageLimits)
	if err != nil || !is(assertion, nsAssertion, "Assertion") {
		return nil, errSealed
	}
	return assertion, nil
}

// contentKey decrypts the only EncryptedKey, which stands in the KeyInfo of the
// data or beside the data.
func contentKey(sealed, data *etree.Element, key *rsa.PrivateKey) ([]byte, error) {
	keys := children(sealed, nsEncrypted, "EncryptedKey")
	info, err := child(data, nsSignature, "KeyInfo")
	if err != nil {
		return nil, err
	}
	if info != nil {
		keys = append(keys, children(info, nsEncrypted, "EncryptedKey")...)
	}
	if len(keys) != 1 {
		return nil, errSealed
	}
	options, err := oaep(keys[0])
	if err != nil {
		return nil, err
	}
	box, err := cipherValue(keys[0])
	if err != nil {
		return nil, err
	}
	return key.Decrypt(nil, box, options)
}

// oaep is how an EncryptedKey was made. PKCS #1 v1.5 is not taken: its padding
// tells too much to those who try.
func oaep(sealed *etree.Element) (*rsa.OAEPOptions, error) {
	how, err := required(sealed, nsEncrypted, "EncryptionMethod")
	if err != nil {
		return nil, err
	}
	digest, err := child(how, nsSignature, "DigestMethod")
	if err != nil {
		return nil, err
	}
	mask, err := child(how, nsEnc11, "MGF")
	if err != nil {
		return nil, err
	}
	var digestName, maskName string
	if digest != nil {
		digestName = value(digest, "Algorithm")
	}
	if mask != nil {
		maskName = value(mask, "Algorithm")
	}
	switch value(how, "Algorithm") {
	case nsEncrypted + "rsa-oaep-mgf1p":
		maskName = "" // always MGF1 with SHA-1
	case nsEnc11 + "rsa-oaep":
	default:
		return nil, errSealed
	}
	options := &rsa.OAEPOptions{Hash: oaepDigests[digestName], MGFHash: oaepMasks[maskName]}
	if options.Hash == 0 || options.MGFHash == 0 {
		return nil, errSealed
	}
	return options, nil
}

func algorithm(sealed *etree.Element) string {
	how, err := required(sealed, nsEncrypted, "EncryptionMethod")
	if err != nil {
		return ""
	}
	return value(how, "Algorithm")
}

func cipherValue(sealed *etree.Element) ([]byte, error) {
	data, err := required(sealed, nsEncrypted, "CipherData")
	if err != nil {
		return nil, err
	}
	holder, err := required(data, nsEncrypted, "CipherValue")
	if err != nil {
		return nil, err
	}
	return bytesOf(holder)
}

func openGCM(block cipher.Block, box []byte) ([]byte, error) {
	aead, err := cipher.NewGCM(block)
	if err != nil || len(box) < aead.NonceSize() {
		return nil, errSealed
	}
	return aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], nil)
}

// openCBC decrypts what no tag protects: the assertion inside, or the response
// around, must be signed.
func openCBC(block cipher.Block, box []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(box) < 2*size || len(box)%size != 0 {
		return nil, errSealed
	}
	plain := make([]byte, len(box)-size)
	cipher.NewCBCDecrypter(block, box[:size]).CryptBlocks(plain, box[size:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, errSealed
	}
	return plain[:len(plain)-padding], nil
}
