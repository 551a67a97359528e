// The guest's randomness: a function of the host's replay key.

package plugin

import (
	"crypto/hmac"
	"crypto/sha256"
	"math/rand/v2"
)

// seed derives a seed from the replay key for one purpose.
func seed(replayKey []byte, purpose, of string) [32]byte {
	mac := hmac.New(sha256.New, replayKey)
	mac.Write([]byte("doorward plugin " + purpose + "\x00" + of))
	return [32]byte(mac.Sum(nil))
}

// random is the stream behind random_get: of the image while the guest
// initialises, of the call from then on.
type random struct {
	stream *rand.ChaCha8
	alive  func()
}

func (r *random) reseed(seed [32]byte) { r.stream = rand.NewChaCha8(seed) }

func (r *random) Read(p []byte) (int, error) {
	r.alive()
	return r.stream.Read(p)
}
