package keyring

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	keySize = 32 // bytes of a generated key
	minSize = 32 // bytes of a configured key, at least
	maxSize = 1024
	idSize  = 8
)

// ErrConfigured is returned by Rotate when the key did not come from a file.
var ErrConfigured = errors.New("the host's key comes from the configuration: put a new one there and list the old one as previous")

// Keyring is the host's key, and the one before it during a rotation. It is
// safe for concurrent use. Printing it shows nothing secret.
type Keyring struct {
	ring atomic.Pointer[ring]
	path string // empty when configured
	now  func() time.Time
	mu   sync.Mutex // held by Rotate and Reload
}

// ring is an immutable set of accepted keys, the current one first.
type ring struct{ keys []key }

type key struct {
	id      [idSize]byte
	created time.Time
	secret  []byte
}

// KeyInfo describes an accepted key without showing it. Created is zero for a
// key that came from the configuration.
type KeyInfo struct {
	ID      string    `json:"id"` // 16 hex digits
	Created time.Time `json:"created,omitzero"`
	Current bool      `json:"current"`
}

// New makes a Keyring from configured keys of 32 to 1024 random bytes. At most
// one previous key is accepted.
func New(current []byte, previous ...[]byte) (*Keyring, error) {
	if len(previous) > 1 {
		return nil, errors.New("at most one previous host key is accepted: drop the older ones")
	}
	r := &ring{}
	for _, secret := range append([][]byte{current}, previous...) {
		if len(secret) < minSize || len(secret) > maxSize {
			return nil, fmt.Errorf("a host key has %d to %d bytes, this one has %d: make one with 32 random bytes", minSize, maxSize, len(secret))
		}
		k := newKey(secret, time.Time{})
		if len(r.keys) > 0 && r.keys[0].id == k.id {
			return nil, errors.New("the previous host key is the current one: drop it")
		}
		r.keys = append(r.keys, k)
	}
	return newKeyring(r, ""), nil
}

func newKeyring(r *ring, path string) *Keyring {
	k := &Keyring{path: path, now: time.Now}
	k.ring.Store(r)
	return k
}

// newKey names a key after itself, so that the same key has the same id
// wherever it came from.
func newKey(secret []byte, created time.Time) key {
	k := key{created: created, secret: append([]byte(nil), secret...)}
	copy(k.id[:], k.derive("id", "", idSize))
	return k
}

func generate(now time.Time) key {
	secret := make([]byte, keySize)
	rand.Read(secret) // never fails
	return newKey(secret, now.UTC().Truncate(time.Second))
}

// derive keeps keys of different kinds apart: kind never holds a slash.
func (k key) derive(kind, purpose string, n int) []byte {
	out, err := hkdf.Key(sha256.New, k.secret, nil, "doorward/v1/"+kind+"/"+purpose, n)
	if err != nil {
		panic("keyring: " + err.Error()) // only an n above 8160
	}
	return out
}

func (k *Keyring) keys() []key { return k.ring.Load().keys }

// Keys lists the accepted keys, the current one first.
func (k *Keyring) Keys() []KeyInfo {
	var infos []KeyInfo
	for i, key := range k.keys() {
		infos = append(infos, KeyInfo{ID: hex.EncodeToString(key.id[:]), Created: key.created, Current: i == 0})
	}
	return infos
}

// Derive returns n bytes (at most 8160) that belong to purpose and the current
// key: HKDF-SHA256, RFC 5869. They change with a rotation.
func (k *Keyring) Derive(purpose string, n int) []byte {
	return k.keys()[0].derive("derive", purpose, n)
}

// String names the current key by its id.
func (k *Keyring) String() string { return "host key " + k.Keys()[0].ID }

// Format prints String for every verb, so that no verb shows a key.
func (k *Keyring) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// LogValue is String.
func (k *Keyring) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is String.
func (k *Keyring) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
