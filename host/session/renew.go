// Renewing a session: new tokens, and with them a new document and user, while
// the sign-in stays what it was.

package session

import (
	"context"
	"errors"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const (
	renewing    = "renew the session"
	renewalLife = time.Minute // for one renewal, whatever the provider does
	writeAgain  = 250 * time.Millisecond
)

// Renewed is what a renewal made of a session. Its Document is the one before
// with other sources: of the same person and the same sign-in.
type Renewed struct {
	Document login.Document
	User     login.User
	Tokens   login.Tokens
	Levels   []string // by path, for lists; nil leaves them as they were
	End      bool     // the session ends instead
	Unspent  bool     // nothing changes, and the refresh token is as good as before

	Done func() // called once it is durable; not when something else came first; may be nil
}

// Renew renews the session of r, which came from Open or Peek, by do, and
// returns it as it is then. In all processes of the store at most one do runs
// for a session at a time; whoever asks meanwhile for the same want waits and is
// given what came of it. When the session is another one than r already, do is
// not called.
//
// do runs on when ctx ends, for a minute at most, with the values of ctx and
// the record as it is. tries says how often the refresh token was spent before
// without an outcome: 0; 1 when do failed before, or the process that called it
// died; 2 when that happened to the second try as well, and there is to be no
// third. What do returns is written in one write, even beside an error, unless
// the session was continued by a sign-in or ended meanwhile: they win. Without a
// Renewed nothing is written but that the refresh token may be spent.
//
// The error is that of do; ErrNone when the session has ended, or do ended it; a
// *login.Fault of a store that failed, wrapping store.ErrUnavailable. Renew is
// safe for concurrent use.
func (s *Sessions) Renew(ctx context.Context, r *Record, want login.Want, do Renewal) (*Record, error) {
	if len(r.key) != keySize {
		return nil, errNoKeyInRecord
	}
	for {
		f, leads := s.flights.join(r.ID, want)
		if leads && !s.renewals(func() {
			s.flights.land(r.ID, f, func() (*Record, error) { return s.renew(context.WithoutCancel(ctx), r, do) })
		}) {
			s.flights.land(r.ID, f, func() (*Record, error) { return nil, unavailable(renewing, errClosing) })
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, unavailable(renewing, &waited{ctx.Err()})
		}
		switch {
		case f.want == want:
			return f.record, f.err
		case f.err == nil && f.record.Version != r.Version, errors.Is(f.err, ErrNone):
			return f.record, f.err
		}
	}
}

// Renewal asks the provider; see Renew.
type Renewal func(ctx context.Context, r *Record, tries int) (*Renewed, error)

var errClosing = errors.Join(errors.New("the host is closing"), store.ErrUnavailable)

// renewals runs work as one that Close waits for; false when Close was called.
func (s *Sessions) renewals(work func()) bool {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return false
	}
	s.touches.Go(work)
	return true
}

// renew is Renew for the one who leads.
func (s *Sessions) renew(ctx context.Context, r *Record, do Renewal) (*Record, error) {
	ctx, cancel := context.WithTimeout(ctx, renewalLife)
	defer cancel()
	st, err := s.asItIs(ctx, r.ID, r.key)
	if err != nil || st.record.Version != r.Version {
		return recordOf(st), err
	}
	l, st, err := s.lease(ctx, st)
	if err != nil || l == nil {
		return recordOf(st), err
	}
	alive, stop := s.hold(ctx, l)
	renewed, failed := attempt(alive, st.record, l.tries(), do)
	stop()
	switch {
	case renewed == nil:
		return st.record, errors.Join(failed, s.release(ctx, l, true))
	case renewed.Unspent:
		return st.record, errors.Join(failed, s.release(ctx, l, false))
	}
	now, err := s.keep(ctx, st, l, renewed)
	return recordOf(now), errors.Join(failed, err)
}

func recordOf(st *state) *Record {
	if st == nil {
		return nil
	}
	return st.record
}

// Renewing reports whether this process is renewing the session called id.
func (s *Sessions) Renewing(id string) bool { return s.flights.under(id) }

// attempt calls do. A panic in it is a failure: it runs on no request whose
// server would catch it.
func attempt(ctx context.Context, r *Record, tries int, do Renewal) (renewed *Renewed, err error) {
	defer func() {
		if recover() != nil {
			renewed, err = nil, login.NewFault(login.CodeInternal, "a renewal panicked")
		}
	}()
	return do(ctx, r, tries)
}

// asItIs is the session as the store has it; what is in memory saves the work
// of reading it again.
func (s *Sessions) asItIs(ctx context.Context, id string, key []byte) (*state, error) {
	var known *state
	if k := s.cache.session(id); k != nil {
		known = k.state.Load()
	}
	st, err := s.load(ctx, id, key, known)
	if err != nil {
		return nil, err
	}
	if !s.alive(&st.filed, s.lastUse(st), s.now()) {
		return nil, ErrNone
	}
	return st, nil
}

// lastUse is when the session was used last, in milliseconds.
func (s *Sessions) lastUse(st *state) int64 {
	if k := s.cache.session(st.id); k != nil {
		return max(st.Used, k.used.Load())
	}
	return st.Used
}

// keep writes what a renewal made, unless the session is another one by now, or
// the lease is somebody else's: then it returns what is there instead.
func (s *Sessions) keep(ctx context.Context, st *state, l *lease, made *Renewed) (*state, error) {
	done, err := s.turn(ctx, renewing, st.id)
	if err != nil {
		return nil, err
	}
	defer done()
	var failed error
	for range attempts {
		now, err := s.load(ctx, st.id, st.record.key, st)
		if err != nil {
			return nil, err
		}
		free, ours, err := s.free(ctx, l)
		if err != nil {
			return nil, err
		}
		if now.record.Version != st.record.Version || !ours {
			return now, s.release(ctx, l, false)
		}
		ops, err := s.renewalOps(now, made)
		if err != nil {
			return nil, err
		}
		if err = s.store.Apply(ctx, append(ops, free)...); err == nil {
			return s.kept(ctx, now, made)
		}
		if failed = err; !errors.Is(err, store.ErrConflict) { // what the provider gave is here and nowhere else
			time.Sleep(writeAgain)
		}
	}
	s.cache.drop(st.id) // the outcome may be unknown
	return nil, unavailable(renewing, failed)
}

// renewalOps are the changes that make the session what the renewal says.
func (s *Sessions) renewalOps(now *state, made *Renewed) ([]store.Op, error) {
	if made.End {
		return now.removal(true), nil
	}
	next := *now.record
	next.Document, next.User, next.Tokens = made.Document, made.User, made.Tokens
	next.Version++
	text, err := encodeRecord(&next)
	if err != nil {
		return nil, login.NewFault(login.CodeDocumentInvalid, "%s: %w", renewing, err)
	}
	f := now.filed
	f.Record = next.Version
	if made.Levels != nil {
		f.Levels = made.Levels[:min(len(made.Levels), maxLevelNames)]
	}
	f.People, f.Subjects = s.people(next.Document, next.ID)
	return append(append(unfile(&now.filed, &f), s.putPeople(&f)...),
		store.Op{Bucket: recordBucket, Key: next.ID, Value: encrypt(next.key, text, recordBinding(next.ID)), Expires: s.end(f.entry)},
		s.putIndex(&f)), nil
}

// kept tells of what was written, and returns the session as it is after it.
func (s *Sessions) kept(ctx context.Context, before *state, made *Renewed) (*state, error) {
	defer s.watchers.tell(before.id)
	if made.Done != nil {
		defer made.Done()
	}
	if made.End {
		s.cache.drop(before.id)
		return nil, ErrNone
	}
	now, err := s.load(ctx, before.id, before.record.key, before)
	if k := s.cache.session(before.id); k != nil && err == nil {
		k.state.Store(now)
	}
	return now, err
}
