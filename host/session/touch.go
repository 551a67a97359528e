// Writing down that a session was used: seldom, mostly behind the request, and
// never in the way of an end.

package session

import (
	"context"
	"time"

	"github.com/doorward/doorward/host/store"
)

const touchTimeout = 10 * time.Second

// use notes a use in memory, and in the store when the last one written there
// is a twentieth of the idle time ago, or was sealed before a rotation. The
// request waits for that only when a quarter of the idle time has passed: then
// a lost touch would cost the session.
func (s *Sessions) use(ctx context.Context, o *opened, now time.Time) {
	o.used.Store(now.UnixMilli())
	f := o.index.Load()
	unwritten := now.Sub(time.UnixMilli(f.Used))
	switch {
	case unwritten >= s.idle/4:
		s.touch(ctx, o, f, now)
	case unwritten >= s.idle/touchesPerIdle, s.keys.Stale(f.sealed):
		s.background(o, func() { s.touch(context.WithoutCancel(ctx), o, f, now) })
	}
}

// background runs work unless o is being touched, too much is under way, or
// Close was called: the next use tries again.
func (s *Sessions) background(o *opened, work func()) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed || !o.touching.CompareAndSwap(false, true) {
		return
	}
	select {
	case s.slots <- struct{}{}:
	default:
		o.touching.Store(false)
		return
	}
	s.touches.Go(func() {
		defer func() { <-s.slots }()
		defer o.touching.Store(false)
		work()
	})
}

// touch replaces the entry only if it is still the one that was read: an end,
// or another touch, wins. A failure costs nothing but the next try.
func (s *Sessions) touch(ctx context.Context, o *opened, f *filed, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, touchTimeout)
	defer cancel()
	next := *f
	next.Used = max(f.Used, now.UnixMilli())
	next.People = s.people(o.record.Document, f.id)
	var ops []store.Op
	if next.People[0] != f.People[0] { // filed under the previous key
		for _, key := range f.People {
			ops = append(ops, store.Op{Bucket: personBucket, Key: key, Delete: true})
		}
		ops = append(ops, s.putPeople(&next)...)
	}
	ops = append(ops, s.putIndex(&next))
	_ = s.store.Apply(ctx, ops...)
}
