// Lists of sessions, from the sealed index alone: no record is opened.

package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Filter narrows a list. The zero Filter is every session.
type Filter struct {
	// Person lists the sessions of one person. An empty IdP means any
	// provider with that issuer.
	Person *login.Person
	// SamePerson lists the sessions with that Listed.Person.
	SamePerson string
	// Newest is the most that are listed, the newest ones; all when zero.
	Newest int
}

// Listed is what may be known of a session without its handle.
type Listed struct {
	ID string `json:"id"`
	// Person is 16 hex digits: equal for sessions of the same person in one
	// list, and nothing else. A rotation of the host's key may change it, for
	// all of them alike, so it is no name to keep.
	Person    string    `json:"person"`
	IdP       string    `json:"idp"`
	Device    string    `json:"device"` // such as "Firefox on Linux"; empty when unknown
	CreatedAt time.Time `json:"createdAt"`
	LastUsed  time.Time `json:"lastUsed"` // up to a twentieth of the idle time ago
	Levels    []string  `json:"levels"`   // at the last sign-in or refresh, by path
}

// List returns the sessions that live, the newest first. Entries that this
// build or the host's keys cannot read are left out.
func (s *Sessions) List(ctx context.Context, filter Filter) ([]Listed, error) {
	all, err := s.Survey(ctx, filter)
	return all.Sessions, err
}

// each calls do with every session that lives, or with those of filter.Person.
func (s *Sessions) each(ctx context.Context, filter Filter, do func(*filed)) error {
	if filter.Person == nil {
		return s.eachOfAll(ctx, do)
	}
	ids, err := s.filedUnder(ctx, "list sessions", s.prefixes(subjectPurpose, pair(filter.Person.Issuer, filter.Person.Subject)))
	if err != nil {
		return err
	}
	for _, id := range ids {
		f, err := s.readIndex(ctx, "list sessions", id)
		switch {
		case errors.Is(err, ErrNone):
		case err != nil:
			return err
		case filter.Person.IdP == "" || filter.Person.IdP == f.IdP:
			do(f)
		}
	}
	return nil
}

func (s *Sessions) eachOfAll(ctx context.Context, do func(*filed)) error {
	for after := ""; ; {
		items, err := s.store.Scan(ctx, indexBucket, "", after, page)
		if err != nil {
			return unavailable("list sessions", err)
		}
		if len(items) == 0 {
			return nil
		}
		for _, item := range items {
			if f, err := s.openIndex(item); err == nil && s.alive(f, f.Used, s.now()) {
				do(f)
			}
		}
		after = items[len(items)-1].Key
	}
}

// prefixes are where the sessions of data are filed, by any accepted key.
func (s *Sessions) prefixes(purpose string, data []byte) (prefixes []string) {
	for _, mac := range s.keys.MACs(purpose, data) {
		prefixes = append(prefixes, macKey(mac, ""))
	}
	return prefixes
}

// filedUnder returns the ids of the sessions filed under any of prefixes, each
// once.
func (s *Sessions) filedUnder(ctx context.Context, doing string, prefixes []string) (ids []string, err error) {
	for _, prefix := range prefixes {
		for after := ""; ; {
			items, err := s.store.Scan(ctx, personBucket, prefix, after, page)
			if err != nil {
				return nil, unavailable(doing, err)
			}
			if len(items) == 0 {
				break
			}
			for _, item := range items {
				ids = append(ids, strings.TrimPrefix(item.Key, prefix))
			}
			after = items[len(items)-1].Key
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func (s *Sessions) listed(f *filed, code personCode) Listed {
	return Listed{
		ID: f.id, Person: code.text(), IdP: f.IdP, Device: f.Device, Levels: append([]string{}, f.Levels...),
		CreatedAt: f.created(), LastUsed: time.UnixMilli(f.Used).UTC(),
	}
}

func (f *filed) created() time.Time { return time.UnixMilli(f.CreatedAt).UTC() }
