package keyring

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// Sealed bytes are version (1) | key id (8) | nonce (24) | ciphertext and tag.
const (
	sealVersion = 1
	headerSize  = 1 + idSize
	nonceSize   = chacha20poly1305.NonceSizeX
)

// Overhead is how many bytes Seal adds.
const Overhead = headerSize + nonceSize + chacha20poly1305.Overhead

// ErrUnsealed is returned by Open for bytes that an accepted key did not seal
// for that purpose and those additional data.
var ErrUnsealed = errors.New("the sealed bytes do not open: they were changed, or made for something else or by a key that is gone")

// Seal encrypts plaintext with the current key, for purpose; aad is
// authenticated and not kept. The result is Overhead bytes longer than
// plaintext (XChaCha20-Poly1305, random nonce).
func (k *Keyring) Seal(purpose string, plaintext, aad []byte) []byte {
	key := k.keys()[0]
	out := make([]byte, headerSize+nonceSize, len(plaintext)+Overhead)
	out[0] = sealVersion
	copy(out[1:], key.id[:])
	rand.Read(out[headerSize:]) // never fails
	return key.seal(purpose, out, plaintext, aad)
}

func (k key) seal(purpose string, out, plaintext, aad []byte) []byte {
	aead, err := chacha20poly1305.NewX(k.derive("seal", purpose, chacha20poly1305.KeySize))
	if err != nil {
		panic("keyring: " + err.Error()) // only a wrong key size
	}
	return aead.Seal(out, out[headerSize:], plaintext, bind(out[:headerSize], aad))
}

// Open returns what Seal was given for the same purpose and aad, by the
// current or the previous key; every other input, of any bytes, is
// ErrUnsealed.
func (k *Keyring) Open(purpose string, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != sealVersion {
		return nil, ErrUnsealed
	}
	for _, key := range k.keys() {
		if [idSize]byte(sealed[1:headerSize]) == key.id {
			return key.open(purpose, sealed, aad)
		}
	}
	return nil, ErrUnsealed
}

func (k key) open(purpose string, sealed, aad []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.derive("seal", purpose, chacha20poly1305.KeySize))
	if err != nil {
		panic("keyring: " + err.Error())
	}
	nonce, box := sealed[headerSize:headerSize+nonceSize], sealed[headerSize+nonceSize:]
	plaintext, err := aead.Open(nil, nonce, box, bind(sealed[:headerSize], aad))
	if err != nil {
		return nil, ErrUnsealed
	}
	return plaintext, nil
}

// bind puts the header, whose size is fixed, before the caller's data.
func bind(header, aad []byte) []byte {
	return append(append(make([]byte, 0, len(header)+len(aad)), header...), aad...)
}

// Stale reports whether sealed was made by a key other than the current one,
// and so should be sealed again. It says nothing about whether it opens.
func (k *Keyring) Stale(sealed []byte) bool {
	return len(sealed) < Overhead || [idSize]byte(sealed[1:headerSize]) != k.keys()[0].id
}

// MAC is the 32 byte HMAC-SHA256 of data for purpose, by the current key.
func (k *Keyring) MAC(purpose string, data []byte) []byte {
	return k.keys()[0].mac(purpose, data)
}

// MACs are the codes of data by every accepted key, the current one first: to
// look up what was filed before a rotation, and to check a code with
// hmac.Equal.
func (k *Keyring) MACs(purpose string, data []byte) [][]byte {
	var macs [][]byte
	for _, key := range k.keys() {
		macs = append(macs, key.mac(purpose, data))
	}
	return macs
}

func (k key) mac(purpose string, data []byte) []byte {
	h := hmac.New(sha256.New, k.derive("mac", purpose, sha256.Size))
	h.Write(data)
	return h.Sum(nil)
}
