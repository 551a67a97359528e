// The index entry of a session: what may be known of it without a handle,
// sealed with the host's key. While it is there the session lives.

package session

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const (
	indexFormat   = 2
	maxHandles    = 32 // of one session; the oldest goes
	maxLevelNames = 256
)

// Purposes of the host's key.
const (
	indexPurpose   = "session/index"
	subjectPurpose = "session/subject"
	sidPurpose     = "session/provider-session"
)

type entry struct {
	Format    int              `json:"format"`
	IdP       string           `json:"idp"`
	Device    string           `json:"device,omitempty"`
	CreatedAt int64            `json:"createdAt"` // milliseconds
	Used      int64            `json:"used"`      // milliseconds
	Levels    []string         `json:"levels,omitempty"`
	Record    uint64           `json:"record"`          // the Version of the record; 1 in format 1, which has no such member
	Handles   []string         `json:"handles"`         // keys in session-handle; the first one is of the host's own origin, or of a program
	Ends      map[string]int64 `json:"ends,omitempty"`  // of those handles that end before the session does; milliseconds
	People    []string         `json:"people"`          // keys in session-person
	Subjects  int              `json:"subjects"`        // how many of People, the first ones, are of (iss, sub); 1 in format 1
	Codes     []filedCode      `json:"codes,omitempty"` // the oldest first
}

// filedCode is a code that may still be redeemed.
type filedCode struct {
	Key     string `json:"key"`     // in session-code
	Expires int64  `json:"expires"` // milliseconds
}

// filed is an entry as read, with what is needed to write it again.
type filed struct {
	id      string
	version uint64
	sealed  [keyring.Overhead]byte // the beginning of what is stored, which tells the key
	entry
}

// readIndex returns the entry of a session that lives, else ErrNone.
func (s *Sessions) readIndex(ctx context.Context, doing, id string) (*filed, error) {
	item, err := s.get(ctx, doing, indexBucket, id)
	if err != nil {
		return nil, err
	}
	f, err := s.openIndex(item)
	if err != nil || !s.alive(f, f.Used, s.now()) {
		return nil, ErrNone
	}
	return f, nil
}

// openIndex unseals an entry. An entry that is damaged, sealed by a key that
// is gone, or of a newer format is an error: a session that the host can
// neither list nor revoke is none.
func (s *Sessions) openIndex(item store.Item) (*filed, error) {
	text, err := s.keys.Open(indexPurpose, item.Value, []byte(item.Key))
	if err != nil {
		return nil, err
	}
	f := &filed{id: item.Key, version: item.Version, sealed: [keyring.Overhead]byte(item.Value)}
	err = json.Unmarshal(text, &f.entry)
	switch {
	case f.Format > indexFormat:
		s.sayNewer("index entry", f.Format)
		return nil, &newerError{"index entry", f.Format}
	case f.Format == 1:
		f.Record, f.Subjects = 1, 1
	}
	if err != nil || f.Format < 1 || len(f.Handles) == 0 || f.Subjects < 1 || f.Subjects > len(f.People) {
		return nil, errors.New("the index entry does not have the shape of its format")
	}
	return f, nil
}

// alive holds a session against its two lifetimes; used is in milliseconds.
func (s *Sessions) alive(f *filed, used int64, now time.Time) bool {
	ms := now.UnixMilli()
	return ms-f.CreatedAt < s.absolute.Milliseconds() && ms-used < s.idle.Milliseconds()
}

// end is when the session ends at the latest.
func (s *Sessions) end(e entry) time.Time {
	return time.UnixMilli(e.CreatedAt).Add(s.absolute)
}

// putIndex writes the entry. It expires a touch interval late, because a use
// may be that much later than what is written; alive is exact.
func (s *Sessions) putIndex(f *filed) store.Op {
	f.Format = indexFormat
	text, err := json.Marshal(f.entry)
	if err != nil {
		panic("session: " + err.Error()) // strings and integers always encode
	}
	expires := time.UnixMilli(f.Used).Add(s.idle + s.idle/touchesPerIdle)
	if end := s.end(f.entry); end.Before(expires) {
		expires = end
	}
	version := f.version
	return store.Op{
		Bucket: indexBucket, Key: f.id, If: &version, Expires: expires,
		Value: s.keys.Seal(indexPurpose, text, []byte(f.id)),
	}
}

// people are the keys under which the session is found: the first ones by its
// person, once for each accepted key, so that any two sessions of a person that
// can be read have one in common; the last one by its provider's session, by
// the current key.
func (s *Sessions) people(doc login.Document, id string) (keys []string, subjects int) {
	for _, mac := range s.keys.MACs(subjectPurpose, pair(doc.Person.Issuer, doc.Person.Subject)) {
		keys = append(keys, macKey(mac, id))
	}
	subjects = len(keys)
	if doc.ProviderSID != "" {
		keys = append(keys, macKey(s.keys.MAC(sidPurpose, pair(doc.Person.Issuer, doc.ProviderSID)), id))
	}
	return keys, subjects
}

// unfile takes the session away from where next is not filed any more.
func unfile(old, next *filed) (ops []store.Op) {
	for _, key := range old.People {
		if !slices.Contains(next.People, key) {
			ops = append(ops, store.Op{Bucket: personBucket, Key: key, Delete: true})
		}
	}
	return ops
}

func (s *Sessions) putPeople(f *filed) (ops []store.Op) {
	for _, key := range f.People {
		ops = append(ops, store.Op{Bucket: personBucket, Key: key, Expires: s.end(f.entry)})
	}
	return ops
}

// removal deletes all there is of a session; only the entry's own delete is
// conditional, and only when condition is set.
func (f *filed) removal(condition bool) []store.Op {
	index := store.Op{Bucket: indexBucket, Key: f.id, Delete: true}
	if condition {
		version := f.version
		index.If = &version
	}
	ops := []store.Op{index, {Bucket: recordBucket, Key: f.id, Delete: true}, {Bucket: leaseBucket, Key: f.id, Delete: true}}
	for _, key := range f.Handles {
		ops = append(ops, store.Op{Bucket: handleBucket, Key: key, Delete: true})
	}
	for _, key := range f.People {
		ops = append(ops, store.Op{Bucket: personBucket, Key: key, Delete: true})
	}
	for _, code := range f.Codes {
		ops = append(ops, store.Op{Bucket: codeBucket, Key: code.Key, Delete: true})
	}
	return ops
}

func macKey(mac []byte, id string) string {
	return base64.RawURLEncoding.EncodeToString(mac) + "." + id
}

// pair joins two strings so that no other pair gives the same bytes.
func pair(a, b string) []byte {
	out := binary.AppendUvarint(nil, uint64(len(a)))
	return append(append(out, a...), b...)
}
