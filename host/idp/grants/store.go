package grants

// The Store: how a grant is kept and found.

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/doorward/doorward/host/store"
)

// Buckets of the store.
const (
	BucketGrants  = "idp.grants"   // by the grant's ID
	BucketIndex   = "idp.granted"  // SESSION or PERSON, then the grant's ID
	BucketCodes   = "idp.codes"    // by hash, like those below
	BucketTokens  = "idp.tokens"   // access tokens
	BucketRefresh = "idp.refresh"  // refresh tokens
	BucketDevices = "idp.devices"  // device codes
	BucketUser    = "idp.usercode" // user codes
)

var (
	// ErrUnknown says that a code or token is unknown, expired, revoked, or
	// somebody else's.
	ErrUnknown = errors.New("unknown, expired or revoked")
	// ErrReused says that a code or refresh token came a second time; the grant
	// is revoked.
	ErrReused = errors.New("used before, so everything granted with it is revoked")
	// ErrForeign says that a token was issued to another client.
	ErrForeign = errors.New("issued to another client")
)

// Store keeps grants. Its methods are safe for concurrent use; besides the
// errors they name, they return those of the store.
type Store struct {
	Store      store.Store
	Now        func() time.Time
	AccessFor  time.Duration // how long an access token is good
	RefreshFor time.Duration // how long a refresh token is good, from its last use
	// TokenID is the jti of an access token that the provider signed, and false
	// for every other string.
	TokenID func(token string) (string, bool)

	devices devices
}

const (
	secretLength = 43 // characters of a newSecret
	tries        = 5  // when a record changes meanwhile
)

func newSecret() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// hashed is what a secret is stored under: whoever reads the store learns none
// that works.
func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// get reads the record into v. What is not there, or cannot be read, is
// ErrUnknown.
func (s *Store) get(ctx context.Context, bucket, key string, v any) (version uint64, err error) {
	item, err := s.Store.Get(ctx, bucket, key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, ErrUnknown
	}
	if err != nil {
		return 0, err
	}
	if json.Unmarshal(item.Value, v) != nil {
		return 0, ErrUnknown
	}
	return item.Version, nil
}

func put(bucket, key string, v any, expires int64, version *uint64) store.Op {
	value, err := json.Marshal(v)
	if err != nil {
		panic("grants: a record of our own cannot be encoded: " + err.Error())
	}
	return store.Op{Bucket: bucket, Key: key, Value: value, Expires: time.Unix(expires, 0), If: version}
}

// absent is the precondition of a record that must be new.
func absent() *uint64 { return new(uint64) }

func bySession(sid string) string    { return "session/" + sid + "/" }
func byPerson(subject string) string { return "person/" + hashed(subject) + "/" }

// keep are the changes that store g with its indexes, if the grant has that
// version.
func keep(g Grant, version *uint64) []store.Op {
	ops := []store.Op{put(BucketGrants, g.ID, g, g.Expires, version)}
	for _, key := range indexes(g) {
		ops = append(ops, store.Op{Bucket: BucketIndex, Key: key, Value: []byte(g.ID), Expires: time.Unix(g.Expires, 0)})
	}
	return ops
}

// drop are the changes that delete g.
func drop(g Grant) []store.Op {
	ops := []store.Op{{Bucket: BucketGrants, Key: g.ID, Delete: true}}
	for _, key := range indexes(g) {
		ops = append(ops, store.Op{Bucket: BucketIndex, Key: key, Delete: true})
	}
	return ops
}

func indexes(g Grant) (keys []string) {
	if g.Auth.SID != "" {
		keys = append(keys, bySession(g.Auth.SID)+g.ID)
	}
	if g.Auth.Subject != "" {
		keys = append(keys, byPerson(g.Auth.Subject)+g.ID)
	}
	return keys
}

// grant is the grant called id, if it is still good.
func (s *Store) grant(ctx context.Context, id string) (g Grant, version uint64, err error) {
	version, err = s.get(ctx, BucketGrants, id, &g)
	if err == nil && s.Now().Unix() >= g.Expires {
		err = ErrUnknown
	}
	return g, version, err
}
