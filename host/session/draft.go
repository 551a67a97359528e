// Drafts: what an Issue is about to write, for a new session or a continued
// one.

package session

import (
	"cmp"
	"crypto/rand"
	"slices"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// draft grows in three steps: issue says what the login yielded, begin or
// proceed which session it is for, finish turns it into changes of the store.
type draft struct {
	record *Record
	entry  filed
	handle handle // the first
	scope  string // of handle: "" for the host's own origin
	ops    []store.Op
}

// begin makes the draft a new session that ends old, which may be nil.
func (s *Sessions) begin(d *draft, old *state) {
	d.record.ID, d.record.Version, d.record.key = newID(), 1, make([]byte, keySize)
	rand.Read(d.record.key) // never fails
	d.entry.id = d.record.ID
	d.entry.People, d.entry.Subjects = s.people(d.record.Document, d.record.ID)
	if old != nil {
		d.ops = append(d.ops, old.removal(true)...)
	}
}

// proceed makes the draft the continuation of old: its id, its data key and
// the handles of applications stay, the one of the host's own origin dies.
func (s *Sessions) proceed(d *draft, old *state, purpose login.Purpose) {
	d.record.ID, d.record.Version, d.record.key = old.id, old.record.Version+1, old.record.key
	d.entry.id, d.entry.version, d.entry.Codes = old.id, old.version, old.Codes
	d.entry.Used = max(d.entry.Used, old.Used)
	if d.entry.Device == "" {
		d.entry.Device = old.Device
	}
	d.entry.People, d.entry.Subjects = s.people(d.record.Document, old.id)
	d.ops = append(d.ops, store.Op{Bucket: handleBucket, Key: old.Handles[0], Delete: true})
	d.entry.Handles, d.entry.Ends = old.Handles[1:], old.Ends
	if purpose == login.PurposeStepUp {
		d.record.CreatedAt = old.record.CreatedAt
	} else {
		d.entry.Ends = s.ends(old)
	}
	d.ops = append(d.ops, unfile(&old.filed, &d.entry)...)
}

// ends are those of old's handles of applications: a login lets the session
// live longer, and not the handles that were made before it, whoever has them.
func (s *Sessions) ends(old *state) map[string]int64 {
	ends := map[string]int64{}
	for _, key := range old.Handles[1:] {
		ends[key] = cmp.Or(old.Ends[key], s.end(old.entry).UnixMilli())
	}
	return ends
}

// finish is everything that the draft writes.
func (s *Sessions) finish(d *draft) ([]store.Op, error) {
	text, err := encodeRecord(d.record)
	if err != nil {
		return nil, login.NewFault(login.CodeDocumentInvalid, "issue the session: %w", err)
	}
	r, f, lookup := d.record, &d.entry, d.handle.lookup()
	f.IdP, f.CreatedAt, f.Record = r.Document.Person.IdP, r.CreatedAt.UnixMilli(), r.Version
	f.Handles = append([]string{lookup}, f.Handles...)
	end := s.end(f.entry)
	return slices.Concat(d.ops, []store.Op{
		{Bucket: recordBucket, Key: r.ID, Value: encrypt(r.key, text, recordBinding(r.ID)), Expires: end},
		{Bucket: handleBucket, Key: lookup, Value: d.handle.wrap(lookup, d.scope, r.ID, r.key), Expires: end},
		s.putIndex(f),
	}, s.putPeople(f)), nil
}
