// Making a session out of a finished login.

package session

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// Issue makes the session of a finished login, ends the one that req.Session
// opens on the host's own origin, if any, and spends req's state: all three
// are durable when it returns, or none happened. The new session has a new id,
// a new data key and one new handle, for the host's own origin, returned here
// and never again. A step-up keeps the old session's CreatedAt, and so its
// absolute lifetime. A test login only spends its state.
//
// Every error is a *login.Fault: state_spent; session_missing when the session
// of a step-up has ended, or the login was asked for before the mark that
// MarkNotBefore left; person_mismatch; document_invalid for a record above
// 4 MiB; store_unavailable, wrapping store.ErrUnavailable.
func (s *Sessions) Issue(ctx context.Context, req login.AuthRequest, doc login.Document, user login.User, decision login.Decision) (login.Session, error) {
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
	ops, err := s.spend(ctx, req, now)
	if err != nil {
		return login.Session{}, err
	}
	if req.Purpose == login.PurposeTest {
		return login.Session{CreatedAt: now, Document: doc, User: user, Decision: decision}, s.apply(ctx, ops)
	}
	unmarked, err := s.unmarked(ctx, req, doc)
	if err != nil {
		return login.Session{}, err
	}
	old, err := s.replaced(ctx, req, doc)
	if err != nil {
		return login.Session{}, err
	}
	record := &Record{ID: newID(), CreatedAt: now, Document: doc, User: user}
	if old != nil && req.Purpose == login.PurposeStepUp {
		record.CreatedAt = old.record.CreatedAt
	}
	made, handle, err := s.put(record, now, device(ctx), names(decision))
	if err != nil {
		return login.Session{}, err
	}
	ops = append(append(ops, unmarked...), made...)
	var ended []string
	if old != nil {
		f := old.index.Load()
		ops, ended = append(ops, f.removal(true)...), f.Handles
	}
	if err := s.apply(ctx, ops); err != nil {
		return login.Session{}, err
	}
	s.cache.drop(ended...)
	return login.Session{ID: record.ID, Handle: handle, CreatedAt: record.CreatedAt, Document: doc, User: user, Decision: decision}, nil
}

// apply passes a conflict on as it is.
func (s *Sessions) apply(ctx context.Context, ops []store.Op) error {
	err := s.store.Apply(ctx, ops...)
	if err == nil || errors.Is(err, store.ErrConflict) {
		return err
	}
	return unavailable("issue the session", err)
}

// replaced is the session that this one takes the place of, or nil. A step-up
// needs one, of the same person: what was revoked meanwhile is not raised.
func (s *Sessions) replaced(ctx context.Context, req login.AuthRequest, doc login.Document) (*opened, error) {
	var old *opened
	if req.Session != "" {
		var err error
		if old, err = s.open(ctx, req.Session, ""); err != nil && !errors.Is(err, ErrNone) {
			return nil, err
		}
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

// put is everything a new session writes, and its handle.
func (s *Sessions) put(r *Record, now time.Time, device string, levels []string) ([]store.Op, string, error) {
	text, err := encodeRecord(r)
	if err != nil {
		return nil, "", login.NewFault(login.CodeDocumentInvalid, "issue the session: %w", err)
	}
	r.key = make([]byte, keySize)
	rand.Read(r.key) // never fails
	h := newHandle()
	f := &filed{id: r.ID, entry: entry{
		IdP: r.Document.Person.IdP, Device: device, Levels: levels, CreatedAt: r.CreatedAt.UnixMilli(), Used: now.UnixMilli(),
		Handles: []string{h.lookup()}, People: s.people(r.Document, r.ID),
	}}
	end := s.end(f.entry)
	ops := []store.Op{
		{Bucket: recordBucket, Key: r.ID, Value: encrypt(r.key, text, recordBinding(r.ID)), Expires: end},
		{Bucket: handleBucket, Key: h.lookup(), Value: h.wrap("", r.ID, r.key), Expires: end},
		s.putIndex(f),
	}
	return append(ops, s.putPeople(f)...), h.text(), nil
}

// AddHandle makes a handle that opens the session of r, which came from Open,
// for app alone, and returns it once. At most 32 handles open one session; a
// further one takes the place of the oldest. It is ErrNone when the session
// has ended.
func (s *Sessions) AddHandle(ctx context.Context, r *Record, app string) (string, error) {
	if len(r.key) != keySize {
		return "", errNoKeyInRecord
	}
	for range attempts {
		f, err := s.readIndex(ctx, "add a handle", r.ID)
		if err != nil {
			return "", err
		}
		h := newHandle()
		ops, dropped := s.addHandle(f, h, h.wrap(app, r.ID, r.key))
		err = s.store.Apply(ctx, ops...)
		switch {
		case err == nil:
			s.cache.drop(dropped...)
			return h.text(), nil
		case !errors.Is(err, store.ErrConflict):
			return "", unavailable("add a handle", err)
		}
	}
	return "", login.NewFault(login.CodeStoreUnavailable, "add a handle: %w", store.ErrConflict)
}

func (s *Sessions) addHandle(f *filed, h handle, wrapped []byte) (ops []store.Op, dropped []string) {
	next := *f
	next.Handles = append(append([]string(nil), f.Handles...), h.lookup())
	if surplus := len(next.Handles) - maxHandles; surplus > 0 {
		// The first one, of the host's own origin, stays.
		dropped = next.Handles[1 : 1+surplus]
		next.Handles = append(append([]string(nil), next.Handles[0]), next.Handles[1+surplus:]...)
	}
	ops = append(ops, store.Op{Bucket: handleBucket, Key: h.lookup(), Value: wrapped, Expires: s.end(f.entry)})
	for _, key := range dropped {
		ops = append(ops, store.Op{Bucket: handleBucket, Key: key, Delete: true})
	}
	return append(ops, s.putIndex(&next)), dropped
}

func names(d login.Decision) (names []string) {
	for _, l := range d.Levels[:min(len(d.Levels), maxLevelNames)] {
		names = append(names, l.Path)
	}
	return names
}
