// Handles: what the browser holds, and the two keys derived from it.

package session

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	handleSize = 32
	handleText = 43 // characters
	keySize    = chacha20poly1305.KeySize
	idSize     = 16
)

// handle is a secret of 32 random bytes; as text, 43 characters of base64url.
type handle [handleSize]byte

func newHandle() (h handle) {
	rand.Read(h[:]) // never fails
	return h
}

func parseHandle(text string) (h handle, ok bool) {
	if len(text) != handleText {
		return h, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(h[:], []byte(text))
	return h, err == nil && n == handleSize
}

func (h handle) text() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

// lookup is the key under which the store files the handle.
func (h handle) lookup() string {
	return base64.RawURLEncoding.EncodeToString(h.derive("lookup"))
}

func (h handle) derive(what string) []byte {
	key, err := hkdf.Key(sha256.New, h[:], nil, "doorward/session/v1/"+what, keySize)
	if err != nil {
		panic("session: " + err.Error()) // only a wrong size
	}
	return key
}

// wrap encrypts what the handle opens, for app alone.
func (h handle) wrap(lookup, app, id string, key []byte) []byte {
	return encrypt(h.derive("wrap"), append(append([]byte(nil), key...), id...), handleBinding(lookup, app))
}

// unwrap returns the record's id and data key, or errSealed or a *newerError.
func (h handle) unwrap(lookup, app string, wrapped []byte) (id string, key []byte, err error) {
	plain, err := decrypt(h.derive("wrap"), wrapped, handleBinding(lookup, app))
	if err != nil {
		return "", nil, err
	}
	if len(plain) != keySize+hex.EncodedLen(idSize) {
		return "", nil, errSealed
	}
	return string(plain[keySize:]), plain[:keySize], nil
}

func handleBinding(lookup, app string) string { return "handle/" + lookup + "/" + app }

func newID() string {
	id := make([]byte, idSize)
	rand.Read(id) // never fails
	return hex.EncodeToString(id)
}

// validID keeps strings that are no id away from the store.
func validID(id string) bool {
	raw, err := hex.DecodeString(id)
	return err == nil && len(raw) == idSize
}
