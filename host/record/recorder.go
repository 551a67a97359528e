// The recorder: what comes from logins goes through a bounded queue to one
// writer, which seals many records and writes them in one step.

package record

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const (
	bucket  = "record"
	purpose = "record" // of the seal

	queued      = 1024     // walks that wait to be written
	queuedBytes = 64 << 20 // of their documents
	batch       = 128      // records of one write
	batchBytes  = 8 << 20
	linger      = 50 * time.Millisecond // that the first of a batch waits for others
	writeWithin = 10 * time.Second
)

// Store is what records are kept in.
type Store interface {
	store.Store
	store.Counter
}

// Config is what a Recorder is made of.
type Config struct {
	Store Store
	Keys  *keyring.Keyring
	Keep  time.Duration // how long a record is kept; zero records nothing
	Max   int           // how many are kept at most, the oldest go; zero for no bound
	Now   func() time.Time
	Log   *slog.Logger
	// Complete adds to a record what the walk does not tell: its revisions, and
	// why it cannot be replayed. It is called by Add; may be nil.
	Complete func(*Record)
}

// Recorder keeps records. It is safe for concurrent use. A Recorder that keeps
// nothing still reads and forgets what is there.
type Recorder struct {
	config Config
	queue  chan entry
	bytes  atomic.Int64 // of the documents in queue
	quit   chan struct{}
	once   sync.Once
	done   chan struct{}
	adding sync.RWMutex // held by Add; by Close, so that no entry comes after the last

	stats   stats
	failing bool // the writer's: the last write failed
}

// entry is a walk on its way, or a question whether all before it is written.
type entry struct {
	walked  login.Walked
	add     func(*Record)
	size    int64
	flushed chan struct{}
}

// Open returns a Recorder, whose writer runs until Close.
func Open(config Config) *Recorder {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	r := &Recorder{config: config, queue: make(chan entry, queued), quit: make(chan struct{}), done: make(chan struct{})}
	r.stats.dropped = map[string]uint64{droppedQueue: 0, droppedStore: 0, droppedLarge: 0, droppedFailed: 0, droppedClosed: 0}
	go r.write()
	return r
}

// Add records a walk soon. It never waits: when the queue is full the walk is
// dropped and counted.
func (r *Recorder) Add(w login.Walked) {
	if r.config.Keep <= 0 || w.Yield.Document == nil || w.Request.Purpose == login.PurposeTest {
		return
	}
	r.adding.RLock()
	defer r.adding.RUnlock()
	e := entry{walked: w, size: int64(w.Yield.Document.Sources.Size())}
	if r.config.Complete != nil {
		var known Record // what holds now need not hold when it is written
		known.File.Login = w.Yield.Document.Login
		r.config.Complete(&known)
		e.add = func(made *Record) { made.complete(known) }
	}
	if r.bytes.Add(e.size) > queuedBytes {
		r.drop(e, droppedQueue)
		return
	}
	select {
	case <-r.quit:
		r.drop(e, droppedClosed)
		return
	default:
	}
	select {
	case r.queue <- e:
	default:
		r.drop(e, droppedQueue)
	}
}

func (r *Recorder) drop(e entry, why string) {
	r.bytes.Add(-e.size)
	r.stats.drop(why, 1)
}

// complete takes over what known knows.
func (r *Record) complete(known Record) {
	policy, plugins := r.Revisions.Policy, r.Revisions.Plugins
	r.Revisions = known.Revisions
	r.Revisions.Plugins = plugins
	if policy != "" {
		r.Revisions.Policy = policy
	}
	if r.NotReplayable == "" {
		r.NotReplayable = known.NotReplayable
	}
}

// Flush returns when everything that was added before is written or dropped.
func (r *Recorder) Flush(ctx context.Context) error {
	e := entry{flushed: make(chan struct{})}
	select {
	case r.queue <- e:
	case <-r.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-e.flushed:
	case <-r.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// Close writes what is queued and ends the writer. What is not written when ctx
// is done is lost.
func (r *Recorder) Close(ctx context.Context) error {
	r.once.Do(func() {
		r.adding.Lock()
		close(r.quit)
		r.adding.Unlock()
	})
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("recorded logins were still to be written: %w", ctx.Err())
	}
}

// keyOf sorts by time.
func keyOf(at time.Time, id string) string { return fmt.Sprintf("%s-%.64s", keyTime(at), id) }

func keyTime(at time.Time) string { return fmt.Sprintf("%016x", uint64(max(0, at.UnixMilli()))) }
