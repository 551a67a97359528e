// The index entry of a session: what may be known of it without a handle,
// sealed with the host's key. While it is there the session lives.

package session

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const (
	indexFormat   = 1
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
	Format    int      `json:"format"`
	IdP       string   `json:"idp"`
	Device    string   `json:"device,omitempty"`
	CreatedAt int64    `json:"createdAt"` // milliseconds
	Used      int64    `json:"used"`      // milliseconds
	Levels    []string `json:"levels,omitempty"`
	Handles   []string `json:"handles"` // keys in session-handle
	People    []string `json:"people"`  // keys in session-person
}

// filed is an entry as read, with what is needed to write it again.
type filed struct {
	entry
	id      string
	version uint64
	sealed  []byte // as stored
}

// readIndex returns the entry of a session that lives, else ErrNone.
func (s *Sessions) readIndex(ctx context.Context, doing, id string) (*filed, error) {
	item, err := s.get(ctx, doing, indexBucket, id)
	if err != nil {
		return nil, err
	}
	f, err := s.openIndex(item)
	if err != nil || !s.alive(f, f.Used) {
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
	f := &filed{id: item.Key, version: item.Version, sealed: item.Value}
	if err := json.Unmarshal(text, &f.entry); err != nil {
		return nil, errors.New("the index entry has another shape")
	}
	if f.Format > indexFormat {
		s.sayNewer("index entry", f.Format)
		return nil, &newerError{"index entry", f.Format}
	}
	if f.Format != 1 {
		return nil, errors.New("the index entry has no format")
	}
	return f, nil
}

// alive holds a session against its two lifetimes; used is in milliseconds.
func (s *Sessions) alive(f *filed, used int64) bool {
	now := s.now()
	return now.Before(time.UnixMilli(f.CreatedAt).Add(s.absolute)) && now.Before(time.UnixMilli(used).Add(s.idle))
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

// people are the keys under which the session is found by its person and by
// its provider's session, by the current key.
func (s *Sessions) people(doc login.Document, id string) []string {
	keys := []string{macKey(s.keys.MAC(subjectPurpose, pair(doc.Person.Issuer, doc.Person.Subject)), id)}
	if doc.ProviderSID != "" {
		keys = append(keys, macKey(s.keys.MAC(sidPurpose, pair(doc.Person.Issuer, doc.ProviderSID)), id))
	}
	return keys
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
	ops := []store.Op{index, {Bucket: recordBucket, Key: f.id, Delete: true}}
	for _, key := range f.Handles {
		ops = append(ops, store.Op{Bucket: handleBucket, Key: key, Delete: true})
	}
	for _, key := range f.People {
		ops = append(ops, store.Op{Bucket: personBucket, Key: key, Delete: true})
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
