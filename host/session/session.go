package session

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// Buckets of the store.
const (
	recordBucket = "session"
	handleBucket = "session-handle"
	indexBucket  = "session-index"
	personBucket = "session-person"
	markBucket   = "session-mark"
	spentBucket  = "session-spent"
	codeBucket   = "session-code"
	noticeBucket = "session-notice"
	leaseBucket  = "session-lease"
)

const (
	touchesPerIdle = 20 // a use is written down at most that often in one idle time
	attempts       = 8  // of a write that others got in the way of
	page           = 500
)

// ErrNone says that there is no such session: the handle or id is unknown,
// garbage, another application's, expired or ended. It does not say which.
var ErrNone error = &login.Fault{Code: login.CodeSessionMissing, Detail: "there is no such session"}

var errNoKeyInRecord = errors.New("the record did not come from Open")

// Config of Sessions. Store and Keys are required.
type Config struct {
	Store    store.Store
	Keys     *keyring.Keyring
	Idle     time.Duration    // how long a session lives unused; 30 minutes when zero
	Absolute time.Duration    // how long a session lives at all; 12 hours when zero
	Lease    time.Duration    // without a sign of life after which a renewal counts as dead; 6 seconds when zero
	Marks    time.Duration    // how old the token can be that a login brings; an hour at least
	Now      func() time.Time // time.Now when nil
	Log      *slog.Logger     // slog.Default() when nil
}

// Sessions issues, opens, lists and ends sessions. It is safe for concurrent
// use. It implements login.Sessions.
type Sessions struct {
	store     store.Store
	versions  store.Versioner // the store's, or nil
	keys      *keyring.Keyring
	idle      time.Duration
	absolute  time.Duration
	marks     time.Duration // how long a mark is kept
	now       func() time.Time
	log       *slog.Logger
	cache     *cache
	watchers  *watchers
	turns     turns
	flights   *flights
	leaseLife time.Duration
	newer     atomic.Bool    // a newer format was met and logged
	slots     chan struct{}  // bounds the touches under way
	touches   sync.WaitGroup // of those, and renewals
	closing   sync.RWMutex   // held for writing once, by Close
	closed    bool
}

var _ login.Sessions = (*Sessions)(nil)

// New makes Sessions of c. Close it before the store.
func New(c Config) *Sessions {
	s := &Sessions{
		store: c.Store, keys: c.Keys, idle: c.Idle, absolute: c.Absolute, marks: max(c.Marks, markLife), leaseLife: c.Lease, now: c.Now, log: c.Log,
		cache: newCache(cacheEntries, cacheBytes), watchers: newWatchers(), turns: newTurns(), flights: newFlights(), slots: make(chan struct{}, 32),
	}
	s.versions, _ = c.Store.(store.Versioner)
	if s.idle <= 0 {
		s.idle = 30 * time.Minute
	}
	if s.absolute <= 0 {
		s.absolute = 12 * time.Hour
	}
	if s.leaseLife <= 0 {
		s.leaseLife = leaseLife
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// Close waits until the uses that are being written down are written, and until
// the renewals under way are over. A session opened later is not touched any
// more, nor renewed.
func (s *Sessions) Close() {
	s.closing.Lock()
	s.closed = true
	s.closing.Unlock()
	s.touches.Wait()
}

// unavailable is the fault of a store that failed while doing something. It
// wraps store.ErrUnavailable as the store's own error does.
func unavailable(doing string, err error) error {
	return login.NewFault(login.CodeStoreUnavailable, "%s: %w", doing, err)
}

// get is store.Get with the package's errors: ErrNone when there is nothing.
func (s *Sessions) get(ctx context.Context, doing, bucket, key string) (store.Item, error) {
	item, err := s.store.Get(ctx, bucket, key)
	if err != nil {
		return store.Item{}, failed(doing, err)
	}
	return item, nil
}

// failed gives an error of a reading the package's name for it.
func failed(doing string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrNone
	}
	return unavailable(doing, err)
}

// sayNewer logs, once, that a newer build has written to the store.
func (s *Sessions) sayNewer(what string, format int) {
	if s.newer.CompareAndSwap(false, true) {
		s.log.Warn("a session was written by a newer doorward and is left alone: it counts as no session here", "part", what, "format", format)
	}
}
