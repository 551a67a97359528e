// Boxes: a handle on its way to whoever holds a secret, sealed for a key that
// only the secret yields (HPKE, RFC 9180, with X25519 and ChaCha20-Poly1305).

package native

import (
	"crypto/ecdh"
	"crypto/hpke"
)

var kem = hpke.DHKEM(ecdh.X25519())

// lockOf is what seals for the holder of the secret: its public key, which
// tells nothing of it.
func lockOf(secret string) []byte { return keyOf(secret).PublicKey().Bytes() }

func keyOf(secret string) hpke.PrivateKey {
	key, err := kem.DeriveKeyPair([]byte("doorward/native/v1 " + secret))
	if err != nil {
		panic("native: " + err.Error()) // X25519 has a key for every input
	}
	return key
}

// seal closes a box around handle, which opens for the same binding.
func seal(lock []byte, binding, handle string) ([]byte, error) {
	public, err := kem.NewPublicKey(lock)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(public, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(binding), []byte(handle))
}

func unseal(secret, binding string, box []byte) (handle string, err error) {
	plain, err := hpke.Open(keyOf(secret), hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(binding), box)
	return string(plain), err
}
