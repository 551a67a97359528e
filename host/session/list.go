// Lists of sessions, from the sealed index alone: no record is opened.

package session

import (
	"context"
	"encoding/base64"
	"encoding/hex"
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
	Levels    []string  `json:"levels"`   // at login, by path
}

// List returns the sessions that live, the newest first. Entries that this
// build or the host's keys cannot read are left out.
func (s *Sessions) List(ctx context.Context, filter Filter) ([]Listed, error) {
	list, err := s.list(ctx, filter)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Listed) int {
		if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, nil
}

func (s *Sessions) list(ctx context.Context, filter Filter) ([]Listed, error) {
	if filter.Person == nil {
		return s.listAll(ctx)
	}
	list := []Listed{}
	ids, err := s.filedUnder(ctx, "list sessions", s.prefixes(subjectPurpose, pair(filter.Person.Issuer, filter.Person.Subject)))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		f, err := s.readIndex(ctx, "list sessions", id)
		switch {
		case errors.Is(err, ErrNone):
		case err != nil:
			return nil, err
		case filter.Person.IdP == "" || filter.Person.IdP == f.IdP:
			list = append(list, s.listed(f))
		}
	}
	return list, nil
}

func (s *Sessions) listAll(ctx context.Context) ([]Listed, error) {
	list := []Listed{}
	for after := ""; ; {
		items, err := s.store.Scan(ctx, indexBucket, "", after, page)
		if err != nil {
			return nil, unavailable("list sessions", err)
		}
		if len(items) == 0 {
			return list, nil
		}
		for _, item := range items {
			if f, err := s.openIndex(item); err == nil && s.alive(f, f.Used, s.now()) {
				list = append(list, s.listed(f))
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

func (s *Sessions) listed(f *filed) Listed {
	return Listed{
		ID: f.id, Person: s.person(f), IdP: f.IdP, Device: f.Device, Levels: append([]string{}, f.Levels...),
		CreatedAt: time.UnixMilli(f.CreatedAt).UTC(), LastUsed: time.UnixMilli(f.Used).UTC(),
	}
}

// person is the beginning of the person's code by the oldest accepted key: the
// one by which every entry that can be read is filed.
func (s *Sessions) person(f *filed) string {
	key := f.People[0] // by the key that sealed the entry
	if len(s.keys.Keys()) > 1 && !s.keys.Stale(f.sealed[:]) {
		key = f.People[f.Subjects-1]
	}
	mac, _, _ := strings.Cut(key, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(mac)
	return hex.EncodeToString(raw[:min(len(raw), 8)])
}
