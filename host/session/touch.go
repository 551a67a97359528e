// Writing down that a session was used: seldom, mostly behind the request, and
// never in the way of an end.

package session

import (
	"context"
	"slices"
	"time"

	"github.com/doorward/doorward/host/store"
)

const touchTimeout = 10 * time.Second

// use notes a use in memory, and in the store when the last one written there
// is a twentieth of the idle time ago, or was sealed before a rotation. The
// request waits for that only when a quarter of the idle time has passed: then
// a lost touch would cost the session.
func (s *Sessions) use(ctx context.Context, k *kept, st *state, now time.Time) {
	ms := now.UnixMilli()
	if k.used.Load() != ms {
		k.used.Store(ms)
	}
	unwritten := time.Duration(ms-st.Used) * time.Millisecond
	switch {
	case unwritten >= s.idle/4:
		s.touch(ctx, st, now)
	case unwritten >= s.idle/touchesPerIdle, s.keys.Stale(st.sealed[:]):
		s.background(k, func() { s.touch(context.WithoutCancel(ctx), st, now) })
	}
}

// background runs work unless k is being touched, too much is under way, or
// Close was called: the next use tries again.
func (s *Sessions) background(k *kept, work func()) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed || !k.touching.CompareAndSwap(false, true) {
		return
	}
	select {
	case s.slots <- struct{}{}:
	default:
		k.touching.Store(false)
		return
	}
	s.touches.Go(func() {
		defer func() { <-s.slots }()
		defer k.touching.Store(false)
		work()
	})
}

// touch replaces the entry only if it is still the one that was read: an end,
// or another touch, wins. A failure costs nothing but the next try.
func (s *Sessions) touch(ctx context.Context, st *state, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, touchTimeout)
	defer cancel()
	next := st.filed
	next.Used = max(st.Used, now.UnixMilli())
	next.People, next.Subjects = s.people(st.record.Document, st.id)
	var ops []store.Op
	if !slices.Equal(next.People, st.People) { // filed under other keys
		ops = append(unfile(&st.filed, &next), s.putPeople(&next)...)
	}
	_ = s.store.Apply(ctx, append(ops, s.putIndex(&next))...)
}
