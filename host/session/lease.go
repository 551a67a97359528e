// Leases: at most one renewal of a session runs in all processes of a store,
// and one that died with its process is not forgotten.

package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const (
	leaseLife  = 6 * time.Second // without a sign of life, unless Config says otherwise
	leaseSigns = 3               // signs of life in that time
	leaseLook  = 50 * time.Millisecond
)

// lease says who renews a session, and what is known of its refresh token. It
// stays when a renewal has no outcome, as long as the session does.
type lease struct {
	Owner []byte `json:"owner,omitempty"` // empty: nobody renews
	For   []byte `json:"for"`             // digest of the refresh token that is spent
	Until int64  `json:"until,omitempty"` // milliseconds; the owner is dead after it
	Lost  bool   `json:"lost,omitempty"`  // a renewal failed: the refresh token may be spent
	Died  int    `json:"died,omitempty"`  // renewals whose process died

	id      string
	key     []byte
	expires time.Time
}

// tries is how often the refresh token was spent without an outcome.
func (l *lease) tries() int {
	if l.Died == 0 && l.Lost {
		return 1
	}
	return min(l.Died, 2)
}

func leaseBinding(id string) string { return "lease/" + id }

// lease takes the lease of the session, waiting while somebody else has it. It
// is nil, with the session as it is then, when that is another one already.
func (s *Sessions) lease(ctx context.Context, st *state) (*lease, *state, error) {
	spent := sha256.Sum256([]byte(st.record.Tokens.Refresh))
	l := &lease{Owner: make([]byte, 16), For: spent[:], id: st.id, key: st.record.key, expires: s.end(st.entry)}
	rand.Read(l.Owner) // never fails
	for wait := leaseLook; ; wait = min(2*wait, s.leaseLife/leaseSigns) {
		taken, err := s.take(ctx, l)
		if err != nil {
			return nil, nil, err
		}
		now, err := s.asItIs(ctx, st.id, st.record.key) // after the lease: who had it before may have written
		if err != nil || now.record.Version != st.record.Version {
			if taken {
				err = errors.Join(err, s.release(ctx, l, false))
			}
			return nil, now, err
		}
		if taken {
			return l, now, nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, nil, unavailable(renewing, &waited{ctx.Err()})
		}
	}
}

// take writes l if nobody has the lease; false when somebody has.
func (s *Sessions) take(ctx context.Context, l *lease) (bool, error) {
	old, version, err := s.readLease(ctx, l)
	if err != nil {
		return false, err
	}
	now := s.now()
	if old.Owner != nil && now.UnixMilli() < old.Until {
		return false, nil
	}
	l.Lost, l.Died = false, 0
	if subtle.ConstantTimeCompare(old.For, l.For) == 1 {
		l.Lost, l.Died = old.Lost, old.Died
		if old.Owner != nil {
			l.Died++
		}
	}
	l.Until = now.Add(s.leaseLife).UnixMilli()
	err = s.store.Apply(ctx, l.put(version))
	switch {
	case errors.Is(err, store.ErrConflict):
		return false, nil
	case err != nil:
		return false, unavailable(renewing, err)
	}
	return true, nil
}

// readLease is the lease that is there; an empty one, of version 0, when none
// is. What cannot be read counts as one whose owner died.
func (s *Sessions) readLease(ctx context.Context, l *lease) (*lease, uint64, error) {
	item, err := s.store.Get(ctx, leaseBucket, l.id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &lease{}, 0, nil
	case err != nil:
		return nil, 0, unavailable(renewing, err)
	}
	old := &lease{}
	text, err := decrypt(l.key, item.Value, leaseBinding(l.id))
	if err != nil || json.Unmarshal(text, old) != nil {
		old = &lease{Owner: []byte("unreadable"), For: l.For}
	}
	return old, item.Version, nil
}

func (l *lease) put(version uint64) store.Op {
	text, err := json.Marshal(l)
	if err != nil {
		panic("session: " + err.Error()) // bytes, numbers and booleans always encode
	}
	return store.Op{Bucket: leaseBucket, Key: l.id, Value: encrypt(l.key, text, leaseBinding(l.id)), Expires: l.expires, If: &version}
}

// hold gives signs of life until stop is called. The context that it returns
// ends when the lease is somebody else's.
func (s *Sessions) hold(ctx context.Context, l *lease) (alive context.Context, stop func()) {
	alive, cancel := context.WithCancel(ctx)
	stopped, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		ticker := time.NewTicker(s.leaseLife / leaseSigns)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-stopped:
				return
			}
			if !s.sign(ctx, l) {
				cancel()
				return
			}
		}
	}()
	return alive, func() {
		close(stopped)
		<-over
		cancel()
	}
}

// sign gives one sign of life; false when the lease is not l any more. A store
// that fails may be back for the next one.
func (s *Sessions) sign(ctx context.Context, l *lease) bool {
	version, ours, err := s.ours(ctx, l)
	if err != nil || !ours {
		return err != nil
	}
	next := *l
	next.Until = s.now().Add(s.leaseLife).UnixMilli()
	return !errors.Is(s.store.Apply(ctx, next.put(version)), store.ErrConflict)
}

// ours reports whether the lease is l, and its version in the store.
func (s *Sessions) ours(ctx context.Context, l *lease) (version uint64, ours bool, err error) {
	there, version, err := s.readLease(ctx, l)
	if err != nil {
		return 0, false, err
	}
	return version, subtle.ConstantTimeCompare(there.Owner, l.Owner) == 1, nil
}

// free is the change that gives the lease up, if it is still l.
func (s *Sessions) free(ctx context.Context, l *lease) (store.Op, bool, error) {
	version, ours, err := s.ours(ctx, l)
	return store.Op{Bucket: leaseBucket, Key: l.id, Delete: true, If: &version}, ours, err
}

// release gives the lease up, if it is still l. What is known of its refresh
// token stays; lost adds that it may be spent.
func (s *Sessions) release(ctx context.Context, l *lease, lost bool) error {
	op, ours, err := s.free(ctx, l)
	if err != nil || !ours {
		return err
	}
	left := lease{For: l.For, Lost: l.Lost || lost, Died: l.Died, id: l.id, key: l.key, expires: l.expires}
	if left.tries() > 0 {
		op = left.put(*op.If)
	}
	if err := s.store.Apply(ctx, op); err != nil && !errors.Is(err, store.ErrConflict) {
		return login.NewFault(login.CodeStoreUnavailable, "%s: %w", renewing, err)
	}
	return nil
}
