// The box around records and wrapped keys: format (1) | nonce (24) |
// XChaCha20-Poly1305.

package session

import (
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// boxFormat is the format that this build writes; it reads 1 to boxFormat.
const boxFormat = 1

var errSealed = errors.New("the box does not open")

// newerError says that a newer build wrote something.
type newerError struct {
	part   string
	format int
}

func (e *newerError) Error() string {
	return fmt.Sprintf("the session's %s has format %d, which is newer than this build", e.part, e.format)
}

// encrypt binds the box to what it is for: it opens only for the same binding.
func encrypt(key, plain []byte, binding string) []byte {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic("session: " + err.Error()) // only a wrong key size
	}
	n := 1 + aead.NonceSize()
	out := make([]byte, n, n+len(plain)+aead.Overhead())
	out[0] = boxFormat
	rand.Read(out[1:]) // never fails
	return aead.Seal(out, out[1:], plain, additional(boxFormat, binding))
}

func decrypt(key, box []byte, binding string) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, errSealed
	}
	n := 1 + aead.NonceSize()
	switch {
	case len(box) > 0 && box[0] > boxFormat:
		return nil, &newerError{"box", int(box[0])}
	case len(box) < n+aead.Overhead() || box[0] == 0:
		return nil, errSealed
	}
	plain, err := aead.Open(nil, box[1:n], box[n:], additional(box[0], binding))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

func additional(format byte, binding string) []byte {
	return append([]byte{format}, binding...)
}
