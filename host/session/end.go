// Ending sessions: by their handle, their id, their person, or all of them.

package session

import (
	"context"
	"errors"

	"github.com/doorward/doorward/host/store"
)

// End ends the session that handle opens for app, and returns it as it was. It
// is ErrNone when there is none. When it returns, no handle opens the session.
func (s *Sessions) End(ctx context.Context, handle, app string) (*Record, error) {
	o, err := s.open(ctx, handle, app)
	if err != nil {
		return nil, err
	}
	if err := s.revoke(ctx, "end the session", o.record.ID); err != nil {
		return nil, err
	}
	record := *o.record
	record.LastUsed = s.now()
	return &record, nil
}

// Revoke ends the session called id; ErrNone when there is none.
func (s *Sessions) Revoke(ctx context.Context, id string) error {
	if !validID(id) {
		return ErrNone
	}
	return s.revoke(ctx, "revoke the session", id)
}

// RevokePerson ends every session of the person (iss, sub), and says how many.
// A login under way is not stopped: MarkNotBefore does that.
func (s *Sessions) RevokePerson(ctx context.Context, iss, sub string) (int, error) {
	return again(func() (int, error) { return s.revokeFiled(ctx, subjectPurpose, pair(iss, sub)) })
}

// RevokeProviderSession ends every session that came from the provider's
// session (iss, sid), and says how many.
func (s *Sessions) RevokeProviderSession(ctx context.Context, iss, sid string) (int, error) {
	return again(func() (int, error) { return s.revokeFiled(ctx, sidPurpose, pair(iss, sid)) })
}

// RevokeAll ends every session there is, and says how many.
func (s *Sessions) RevokeAll(ctx context.Context) (int, error) {
	return again(func() (int, error) { return s.revokePages(ctx) })
}

func (s *Sessions) revokePages(ctx context.Context) (int, error) {
	const doing = "revoke all sessions"
	n := 0
	for after := ""; ; {
		items, err := s.store.Scan(ctx, indexBucket, "", after, page)
		if err != nil {
			return n, unavailable(doing, err)
		}
		if len(items) == 0 {
			return n, nil
		}
		if err := s.remove(ctx, doing, items); err != nil {
			return n, err
		}
		n, after = n+len(items), items[len(items)-1].Key
	}
}

// again repeats a pass until it finds nothing: a step-up may have put a
// session under a new id behind the pass.
func again(pass func() (int, error)) (total int, err error) {
	for range attempts {
		n, err := pass()
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
	return total, nil
}

func (s *Sessions) revoke(ctx context.Context, doing, id string) error {
	item, err := s.get(ctx, doing, indexBucket, id)
	if err != nil {
		return err
	}
	return s.remove(ctx, doing, []store.Item{item})
}

func (s *Sessions) revokeFiled(ctx context.Context, purpose string, data []byte) (int, error) {
	const doing = "revoke a person's sessions"
	ids, err := s.filedUnder(ctx, doing, purpose, data)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids {
		switch err := s.revoke(ctx, doing, id); {
		case err == nil:
			n++
		case !errors.Is(err, ErrNone): // ended meanwhile
			return n, err
		}
	}
	return n, nil
}

// remove deletes the sessions of these index entries. An entry that cannot be
// read is deleted with its record: the handles left over open nothing and
// expire.
func (s *Sessions) remove(ctx context.Context, doing string, items []store.Item) error {
	const atOnce = 50
	for len(items) > 0 {
		var ops []store.Op
		var handles []string
		batch := items[:min(atOnce, len(items))]
		for _, item := range batch {
			f, err := s.openIndex(item)
			if err != nil {
				f = &filed{id: item.Key}
			}
			ops, handles = append(ops, f.removal(false)...), append(handles, f.Handles...)
		}
		if err := s.store.Apply(ctx, ops...); err != nil {
			return unavailable(doing, err)
		}
		s.cache.drop(handles...)
		items = items[len(batch):]
	}
	return nil
}
