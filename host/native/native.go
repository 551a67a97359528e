package native

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// Buckets of the store.
const (
	deviceBucket = "native-device"    // by digest of the device code
	userBucket   = "native-user-code" // by MAC of the user code: the key of its device
	codeBucket   = "native-code"      // by digest of the code
)

// Purposes of the host's key.
const (
	devicePurpose = "native/device"
	userPurpose   = "native/user-code"
	codePurpose   = "native/code"
)

// Error is an answer of the token endpoint that is no token (RFC 6749, section
// 5.2; RFC 8628, section 3.5).
type Error struct {
	Name        string // as on the wire
	Description string // for whoever writes the program; no secret
}

func (e *Error) Error() string { return e.Name + ": " + e.Description }

// What a device or program may be answered.
var (
	ErrPending  = &Error{"authorization_pending", "nobody has answered yet"}
	ErrSlowDown = &Error{"slow_down", "wait five seconds longer between two polls from now on"}
	ErrDenied   = &Error{"access_denied", "the person refused"}
	ErrExpired  = &Error{"expired_token", "the device code has expired: begin again"}
	ErrGrant    = &Error{"invalid_grant", "the code is unknown, used, expired, or another program's"}
	ErrBusy     = &Error{"temporarily_unavailable", "too many devices wait for a person: try again in some minutes"}
)

// Config of Grants; all of it is required.
type Config struct {
	Store store.Store
	Keys  *keyring.Keyring
	Now   func() time.Time
}

// Grants are what programs wait for. It is safe for concurrent use.
type Grants struct {
	store   store.Store
	keys    *keyring.Keyring
	now     func() time.Time
	waiting waiting
	polls   polls
	guesses guesses
}

// New makes Grants of c.
func New(c Config) *Grants {
	return &Grants{
		store: c.Store, keys: c.Keys, now: c.Now,
		waiting: waiting{of: map[string][]int64{}}, polls: polls{of: map[string]poll{}}, guesses: guesses{of: map[string]tried{}},
	}
}

const (
	secretSize = 32
	secretText = 43 // characters of base64url
	tries      = 4  // for a code that nobody has
)

func newSecret() string {
	raw := make([]byte, secretSize)
	rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// digest is where a secret is filed; "" when text cannot be one.
func digest(text string) string {
	if len(text) != secretText {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// get reads what is filed under key, into value; ErrGrant when there is
// nothing, or nothing that opens.
func (g *Grants) get(ctx context.Context, bucket, purpose, key string, value any) (version uint64, err error) {
	item, err := g.store.Get(ctx, bucket, key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, ErrGrant
	}
	if err != nil {
		return 0, unavailable("read what a program waits for", err)
	}
	text, err := g.keys.Open(purpose, item.Value, []byte(key))
	if err != nil || json.Unmarshal(text, value) != nil {
		return 0, ErrGrant
	}
	return item.Version, nil
}

// put files value under key, if the record there still has that version; 0 for
// none.
func (g *Grants) put(bucket, purpose, key string, value any, version uint64, expires time.Time) store.Op {
	text, err := json.Marshal(value)
	if err != nil {
		panic("native: " + err.Error()) // texts and numbers always encode
	}
	return store.Op{Bucket: bucket, Key: key, Value: g.keys.Seal(purpose, text, []byte(key)), Expires: expires, If: &version}
}

// apply writes ops. A conflict is passed on as it is.
func (g *Grants) apply(ctx context.Context, doing string, ops ...store.Op) error {
	err := g.store.Apply(ctx, ops...)
	if err == nil || errors.Is(err, store.ErrConflict) {
		return err
	}
	return unavailable(doing, err)
}

func unavailable(doing string, err error) error {
	return &login.Fault{Code: login.CodeStoreUnavailable, Detail: doing, Err: fmt.Errorf("%s: %w", doing, err)}
}
