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

// random is the stream behind random_get. Few calls draw from it, so it is
// made when the first does.
type random struct {
	seed   func() [32]byte
	stream *rand.ChaCha8
}

func (r *random) read(p []byte) {
	if r.stream == nil {
		r.stream = rand.NewChaCha8(r.seed())
	}
	_, _ = r.stream.Read(p) // never fails
}
