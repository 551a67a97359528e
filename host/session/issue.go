// Making or continuing a session out of a finished login.

package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// Issue makes the session of a finished login, or continues the one that
// req.Session opens on the host's own origin, and spends req's state: all of it
// is durable when it returns, or nothing happened.
//
// A login or step-up by the person of the session that req.Session opens
// continues that session: its ID stays, its document, user, device and levels
// are replaced, and it gets a new handle for the host's own origin, returned
// here and never again; the handle that it had is dead, those of applications
// open what it now is. A step-up keeps CreatedAt, and so the absolute lifetime;
// a login moves it, and leaves the handles of applications their own ends. A login by another person, or without a session, makes a
// new session with one handle and ends the other person's with all its handles.
// A test login only spends its state.
//
// The session of a program (req.Program) is always new, whatever req.Session
// opens: its one handle is for Bearer(req.App) instead of the host's own origin.
//
// Every error is a *login.Fault: state_spent; session_missing when the session
// of a step-up has ended, or the login was asked for before the mark that
// MarkNotBefore left; person_mismatch; document_invalid for a record above
// 4 MiB; store_unavailable, wrapping store.ErrUnavailable.
func (s *Sessions) Issue(ctx context.Context, req login.AuthRequest, doc login.Document, user login.User, decision login.Decision) (login.Session, error) {
	if req.Program != nil {
		req.Session = ""
	}
	if _, old, err := s.open(ctx, req.Session, "", s.now()); err == nil {
		done, err := s.turn(ctx, "issue the session", old.id)
		if err != nil {
			return login.Session{}, err
		}
		defer done()
	}
	for range attempts {
		session, err := s.issue(ctx, req, doc, user, decision)
		if !errors.Is(err, store.ErrConflict) {
			return session, err
		}
	}
	return login.Session{}, login.NewFault(login.CodeStoreUnavailable, "issue the session: %w", store.ErrConflict)
}

// issue tries once. It is store.ErrConflict when something that it read has
// changed before it could write: the next try sees the change.
func (s *Sessions) issue(ctx context.Context, req login.AuthRequest, doc login.Document, user login.User, decision login.Decision) (login.Session, error) {
	now := s.now().Truncate(time.Millisecond)
	spent, err := s.spend(ctx, req, now)
	if err != nil {
		return login.Session{}, err
	}
	if req.Purpose == login.PurposeTest {
		return login.Session{CreatedAt: now, Document: doc, User: user, Decision: decision}, s.apply(ctx, spent)
	}
	unmarked, err := s.unmarked(ctx, req, doc)
	if err != nil {
		return login.Session{}, err
	}
	old, err := s.followed(ctx, req, doc)
	if err != nil {
		return login.Session{}, err
	}
	d := &draft{record: &Record{CreatedAt: now, Document: doc, User: user, Tokens: login.TokensOf(doc)}, handle: newHandle(), ops: append(spent, unmarked...)}
	d.entry.Used, d.entry.Device, d.entry.Levels = now.UnixMilli(), device(ctx), names(decision)
	if req.Program != nil {
		d.scope, d.entry.Device = Bearer(req.App), strings.TrimSuffix("a program of "+req.App, " of ")
	}
	if old != nil && old.record.Document.Person == doc.Person {
		s.proceed(d, old, req.Purpose)
	} else {
		s.begin(d, old)
	}
	if err := s.write(ctx, d, old); err != nil {
		return login.Session{}, err
	}
	return login.Session{ID: d.record.ID, Handle: d.handle.text(), CreatedAt: d.record.CreatedAt, Document: doc, User: user, Decision: decision}, nil
}

// followed is the session that this login finds in the browser, or nil. A
// step-up needs one, of the same person: what was revoked meanwhile is not
// raised.
func (s *Sessions) followed(ctx context.Context, req login.AuthRequest, doc login.Document) (*state, error) {
	_, old, err := s.open(ctx, req.Session, "", s.now())
	if err != nil && !errors.Is(err, ErrNone) {
		return nil, err
	}
	switch {
	case req.Purpose != login.PurposeStepUp:
	case old == nil:
		return nil, login.NewFault(login.CodeSessionMissing, "the session that asked for the step-up has ended")
	case old.record.Document.Person != doc.Person:
		return nil, login.NewFault(login.CodePersonMismatch, "someone else answered the step-up")
	}
	return old, nil
}

// write writes the draft. Whoever watches old is told, also when the outcome
// is not known.
func (s *Sessions) write(ctx context.Context, d *draft, old *state) error {
	ops, err := s.finish(d)
	if err != nil {
		return err
	}
	err = s.apply(ctx, ops)
	if old != nil && !errors.Is(err, store.ErrConflict) {
		s.cache.drop(old.id)
		s.watchers.tell(old.id)
	}
	return err
}

// apply passes a conflict on as it is.
func (s *Sessions) apply(ctx context.Context, ops []store.Op) error {
	err := s.store.Apply(ctx, ops...)
	if err == nil || errors.Is(err, store.ErrConflict) {
		return err
	}
	return unavailable("issue the session", err)
}

func names(d login.Decision) (names []string) {
	for _, l := range d.Levels[:min(len(d.Levels), maxLevelNames)] {
		names = append(names, l.Path)
	}
	return names
}
