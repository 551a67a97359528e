// Ending sessions: by their handle, their id, their person, or all of them.

package session

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/store"
)

const (
	revokingPerson = "revoke a person's sessions"
	atOnce         = 50 // sessions of one write when all are revoked
)

// End ends the session that handle opens for app, and returns it as it was. It
// is ErrNone when there is none. When it returns, no handle opens the session.
func (s *Sessions) End(ctx context.Context, handle, app string) (*Record, error) {
	_, st, err := s.open(ctx, handle, app, s.now())
	if err != nil {
		return nil, err
	}
	if err := s.revoke(ctx, "end the session", st.id); err != nil {
		return nil, err
	}
	return st.record, nil
}

// EndEverywhere ends every session of the person whose session handle opens for
// app, and returns that one as it was, and how many they were. It is ErrNone when
// there is none. A login of theirs that was asked for before is refused from
// here on.
func (s *Sessions) EndEverywhere(ctx context.Context, handle, app string) (*Record, int, error) {
	_, st, err := s.open(ctx, handle, app, s.now())
	if err != nil {
		return nil, 0, err
	}
	person := st.record.Document.Person
	if err := s.MarkNotBefore(ctx, person.Issuer, person.Subject, "", s.now()); err != nil {
		return nil, 0, err
	}
	n, err := s.RevokePerson(ctx, person.Issuer, person.Subject)
	return st.record, n, err
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
	return s.revokeFiled(ctx, s.prefixes(subjectPurpose, pair(iss, sub)), nil)
}

// RevokeProviderSession ends every session that came from the provider's
// session (iss, sid), and says how many.
func (s *Sessions) RevokeProviderSession(ctx context.Context, iss, sid string) (int, error) {
	return s.revokeFiled(ctx, s.prefixes(sidPurpose, pair(iss, sid)), nil)
}

// RevokeSamePerson ends every session of the person whose session is called
// id, that one too, and says how many. It is ErrNone when there is none.
func (s *Sessions) RevokeSamePerson(ctx context.Context, id string) (int, error) {
	if !validID(id) {
		return 0, ErrNone
	}
	f, err := s.readIndex(ctx, revokingPerson, id)
	if err != nil {
		return 0, err
	}
	var prefixes []string
	for _, key := range f.People[:f.Subjects] {
		prefixes = append(prefixes, strings.TrimSuffix(key, id))
	}
	return s.revokeFiled(ctx, prefixes, nil)
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
		for batch := range slices.Chunk(items, atOnce) {
			ended, err := s.revokeBatch(ctx, doing, batch)
			if n += ended; err != nil {
				return n, err
			}
		}
		after = items[len(items)-1].Key
	}
}

// revokeBatch ends these sessions in one write, or one by one when some of
// them have changed meanwhile.
func (s *Sessions) revokeBatch(ctx context.Context, doing string, batch []store.Item) (int, error) {
	err := s.remove(ctx, doing, true, batch...)
	if !errors.Is(err, store.ErrConflict) {
		if err != nil {
			return 0, err
		}
		return len(batch), nil
	}
	var ids []string
	for _, item := range batch {
		ids = append(ids, item.Key)
	}
	return s.revokeEach(ctx, doing, ids)
}

// again repeats a pass until it finds nothing: a login may have put a session
// where the pass had been.
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

// revokeFiled ends the sessions that are filed under prefixes; of those only
// the ones that are meant, unless meant is nil.
func (s *Sessions) revokeFiled(ctx context.Context, prefixes []string, meant func(*filed) bool) (int, error) {
	return again(func() (int, error) {
		ids, err := s.filedUnder(ctx, revokingPerson, prefixes)
		if err == nil && meant != nil {
			ids, err = s.those(ctx, ids, meant)
		}
		if err != nil {
			return 0, err
		}
		return s.revokeEach(ctx, revokingPerson, ids)
	})
}

// those are the sessions of ids that are meant.
func (s *Sessions) those(ctx context.Context, ids []string, meant func(*filed) bool) (some []string, err error) {
	for _, id := range ids {
		switch f, err := s.readIndex(ctx, revokingPerson, id); {
		case errors.Is(err, ErrNone):
		case err != nil:
			return nil, err
		case meant(f):
			some = append(some, id)
		}
	}
	return some, nil
}

func (s *Sessions) revokeEach(ctx context.Context, doing string, ids []string) (n int, err error) {
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

// revoke ends the session as it is at that moment. Who keeps changing it does
// not keep it alive: the last attempt asks no more.
func (s *Sessions) revoke(ctx context.Context, doing, id string) error {
	for attempt := 1; ; attempt++ {
		item, err := s.get(ctx, doing, indexBucket, id)
		if err != nil {
			return err
		}
		if err = s.remove(ctx, doing, attempt < attempts, item); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

// remove deletes the sessions of these index entries; when condition is set,
// only if all of them are still as they were read, else it is
// store.ErrConflict. An entry that cannot be read is deleted with its record:
// the handles left over open nothing and expire.
func (s *Sessions) remove(ctx context.Context, doing string, condition bool, items ...store.Item) error {
	var ops []store.Op
	for _, item := range items {
		f, err := s.openIndex(item)
		if err != nil {
			f = &filed{id: item.Key, version: item.Version}
		}
		ops = append(ops, f.removal(condition)...)
	}
	err := s.store.Apply(ctx, ops...)
	if errors.Is(err, store.ErrConflict) {
		return err
	}
	for _, item := range items { // also when the outcome is not known
		s.cache.drop(item.Key)
		s.watchers.tell(item.Key)
	}
	if err != nil {
		return unavailable(doing, err)
	}
	return nil
}
