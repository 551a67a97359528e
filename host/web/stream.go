// An event stream: what one page is told of its session while it listens.

package web

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/session"
)

const (
	heartbeat    = 20 * time.Second // between two looks at the session, too
	streamLife   = time.Hour        // then the page comes back by itself
	streamWrite  = 15 * time.Second // for one write: a client that reads nothing is left
	displacedFor = time.Minute      // until a page that gave its place to another comes back
	soonest      = 100 * time.Millisecond
)

// source is what a stream may ask about its session.
type source struct {
	peek   func(context.Context) (*session.Record, error) // session.ErrNone when the handle opens nothing
	levels func(context.Context, *session.Record) (login.Decision, error)
	lives  func(ctx context.Context, id string) (bool, error) // whether the session goes on, if by other handles
	watch  func(id string) (changed <-chan struct{}, stop func())
	now    func() time.Time
}

// stream is read by the connection that sends it: nothing is asked for before
// what came last was sent, so that a slow client costs one event and no more.
// It is for one goroutine, but for what all guards.
type stream struct {
	source  source
	owner   string // the session and the origin
	person  login.Person
	changed <-chan struct{}
	wake    chan struct{} // a look is due
	leave   chan struct{} // closed when the place is given to another
	all     *streams
	timeout time.Duration // for one look
	beat    time.Duration
	end     time.Time
	extend  func() // before each write
	close   func()

	seen   standing
	levels string    // the tree that was told last
	until  time.Time // when the first of them ends; zero for never
	rest   []byte    // of what is to be sent
	over   bool
	closed bool // guarded by all
}

// begin looks at the session for the first time; last is the Last-Event-ID. It
// is session.ErrNone when there is no session.
func (s *stream) begin(ctx context.Context, last string) error {
	record, err := s.source.peek(ctx)
	if err != nil {
		return err
	}
	s.person = record.Document.Person
	changed, stop := s.source.watch(record.ID) // and only then the look that counts: no change falls between
	s.changed, s.close = changed, sync.OnceFunc(stop)
	now, err := s.look(ctx)
	if err != nil {
		s.close()
		return err
	}
	s.note(now)
	s.rest = strconv.AppendInt([]byte("retry: "), 2000+rand.Int64N(3000), 10) // ms; not all at once after a restart
	s.rest = now.event(append(s.rest, '\n'), "session")
	if missed, ok := parseStanding(last); ok {
		if name := now.since(missed); name != "" {
			s.rest = now.event(s.rest, name)
		}
	}
	return nil
}

// Read waits until there is something to send, a heartbeat at least, and is
// io.EOF when the stream is over.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 && !s.over {
		s.rest = s.next()
	}
	s.extend()
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// Close lets go of the session.
func (s *stream) Close() error {
	s.all.remove(s)
	s.close()
	s.source = source{} // the handle with it
	return nil
}

// next waits for the next moment to look, and tells what is seen then.
func (s *stream) next() []byte {
	timer := time.NewTimer(s.pause())
	defer timer.Stop()
	select {
	case <-s.all.closing:
		s.over = true
		return nil
	case <-s.leave:
		s.over = true
		return []byte("retry: " + strconv.FormatInt(displacedFor.Milliseconds(), 10) + "\n\n")
	case <-s.changed:
	case <-s.wake:
	case <-timer.C:
	}
	if !time.Now().Before(s.end) {
		s.over = true
		return nil
	}
	if said := s.tell(); said != nil || s.over {
		return said
	}
	return []byte(": \n\n")
}

// pause is the time until the next look, if nothing wakes the stream before.
func (s *stream) pause() time.Duration {
	d := s.beat
	if !s.until.IsZero() {
		d = min(d, s.until.Sub(s.source.now()))
	}
	return max(d, min(soonest, s.beat))
}

// tell is what has changed, as events; nil when nothing has. What cannot be
// looked at now is looked at again later: a page is told nothing meanwhile.
func (s *stream) tell() []byte {
	if !s.all.enter() {
		s.over = true
		return nil
	}
	defer s.all.exit()
	ctx, cancel := context.WithTimeout(s.all.base, s.timeout)
	defer cancel()
	now, err := s.look(ctx)
	switch {
	case noSession(err):
		return s.gone(ctx)
	case err != nil:
		return nil
	}
	levels := s.levels
	before := s.note(now)
	if name := now.since(before); name != "" {
		return now.event(nil, name)
	}
	if now.levels != levels {
		return now.event(nil, "levels")
	}
	return nil
}

// gone ends the stream of a handle that opens nothing any more. When the
// session goes on, the browser has another handle, or had too many: it comes
// back with what it has, and is told what it missed.
func (s *stream) gone(ctx context.Context) []byte {
	lives, err := s.source.lives(ctx, s.seen.id)
	if err != nil {
		return nil
	}
	s.over = true
	if lives {
		return nil
	}
	return []byte("event: logout\ndata: {}\n\n")
}

// note keeps what a stream compares later, and nothing else: records are large.
func (s *stream) note(now *sight) (before standing) {
	before, s.seen, s.levels, s.until = s.seen, now.standing, now.levels, now.until
	return before
}

// look is the session now.
func (s *stream) look(ctx context.Context) (*sight, error) {
	record, err := s.source.peek(ctx)
	if err != nil {
		return nil, err
	}
	decision, err := s.source.levels(ctx, record)
	if err != nil {
		return nil, err
	}
	levels, err := json.Marshal(policy.Tree(decision, s.source.now()))
	if err != nil {
		return nil, login.NewFault(login.CodeInternal, "encode the levels: %w", err)
	}
	now := &sight{standing: standingOf(record), login: record.Document.Login, levels: string(levels)}
	if decision.Until > 0 {
		now.until = time.Unix(decision.Until, 0)
	}
	return now, nil
}
