// Reading records back.

package record

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// Read is one record as it was found. Err says why it cannot be read: a
// *VersionError, or one of keyring or login; Record has its ID then.
type Read struct {
	Record Record
	Err    error
}

// Sealed is a record as the store has it. Open does the work of reading it, so
// that many can be read at once.
type Sealed struct {
	r    *Recorder
	item store.Item
}

// Open reads the record.
func (s Sealed) Open() Read {
	text, err := s.r.open(s.item)
	if err != nil {
		return Read{Record: Record{ID: idOf(s.item.Key)}, Err: err}
	}
	made, err := decode(text)
	if err != nil {
		made.ID = idOf(s.item.Key)
	}
	return Read{made, err}
}

// Each calls visit with the records since a time, a page at a time, the oldest
// first, until there are no more or visit fails. What is added meanwhile may or
// may not be seen.
func (r *Recorder) Each(ctx context.Context, since time.Time, visit func([]Sealed) error) error {
	return r.scan(ctx, since, func(items []store.Item) error {
		list := make([]Sealed, len(items))
		for i, item := range items {
			list[i] = Sealed{r, item}
		}
		return visit(list)
	})
}

func (r *Recorder) scan(ctx context.Context, since time.Time, visit func([]store.Item) error) error {
	after := ""
	if !since.IsZero() {
		after = keyTime(since)
	}
	for {
		items, err := r.config.Store.Scan(ctx, bucket, "", after, page)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return nil
		}
		after = items[len(items)-1].Key
		if err := visit(items); err != nil {
			return err
		}
	}
}

func (r *Recorder) open(item store.Item) ([]byte, error) {
	return r.config.Keys.Open(purpose, item.Value, []byte(item.Key))
}

// ErrNone is returned by Find for a login that is not recorded.
var ErrNone = errors.New("no such login is recorded")

// Find returns the record of the login called id.
func (r *Recorder) Find(ctx context.Context, id string) (found Read, err error) {
	err = r.scan(ctx, time.Time{}, func(items []store.Item) error {
		for _, item := range items {
			if idOf(item.Key) == id {
				found = Sealed{r, item}.Open()
				return errFound
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, errFound):
		return found, nil
	case err == nil:
		err = ErrNone
	}
	return Read{}, err
}

var errFound = errors.New("found")

func idOf(key string) string {
	if len(key) > 17 {
		return key[17:]
	}
	return ""
}

// personOf reads the person of a record of any version.
func personOf(text []byte) (login.Person, bool) {
	var who struct {
		Person login.Person `json:"person"`
	}
	if json.Unmarshal(text, &who) != nil {
		return login.Person{}, false
	}
	return who.Person, who.Person.Subject != ""
}
