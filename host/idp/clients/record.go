package clients

// Registered clients in the store: one record each, sealed whole.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/doorward/doorward/host/store"
)

const (
	bucketClients  = "idp.clients"
	purposeClients = "idp.client"
	idBytes        = 16
)

var registeredID = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)

// record is a registered client. What it is treated like is read from its
// metadata every time, so that nothing is said to hold that does not.
type record struct {
	ID         string   `json:"id"`
	Secret     string   `json:"secret,omitempty"`
	Management []byte   `json:"management"` // hash of the registration access token
	Metadata   Metadata `json:"metadata"`
	Open       bool     `json:"open,omitempty"` // nobody vouched for it
	Registered int64    `json:"registered"`     // Unix seconds

	version uint64
	expires time.Time
}

// record is the registered client called id; its errors are those of Client.
func (r *Registry) record(ctx context.Context, id string) (record, error) {
	if !registeredID.MatchString(id) {
		return record{}, ErrUnknown
	}
	item, err := r.cfg.Store.Get(ctx, bucketClients, id)
	if errors.Is(err, store.ErrNotFound) {
		return record{}, ErrUnknown
	}
	if err != nil {
		return record{}, fmt.Errorf("read the client: %w", err)
	}
	return open(r.cfg.Keys, item)
}

func open(keys Sealer, item store.Item) (record, error) {
	rec := record{version: item.Version, expires: item.Expires}
	plain, err := keys.Open(purposeClients, item.Value, []byte(item.Key))
	if err != nil {
		return record{}, errors.New("the client's record was sealed with another host key; restore the host's key beside the store")
	}
	if err := json.Unmarshal(plain, &rec); err != nil || rec.ID != item.Key {
		return record{}, errors.New("the client's record is damaged")
	}
	return rec, nil
}

// put is the change that writes rec, if it is still the version that was read.
func (rec record) put(keys Sealer) store.Op {
	plain, _ := json.Marshal(rec) // strings, booleans, numbers and lists of them only
	sealed := keys.Seal(purposeClients, plain, []byte(rec.ID))
	return store.Op{Bucket: bucketClients, Key: rec.ID, Value: sealed, Expires: rec.expires, If: &rec.version}
}

// resealed is how many records are read at a time.
const resealed = 100

// Reseal seals the registered clients in st anew with the current one of keys,
// those that an older one sealed. A client that changes meanwhile was sealed
// anew by that. Errors wrap store.ErrUnavailable, or name what is damaged.
func Reseal(ctx context.Context, st store.Store, keys Sealer) error {
	ring, ok := keys.(interface{ Stale(sealed []byte) bool })
	for after := ""; ok; {
		items, err := st.Scan(ctx, bucketClients, "", after, resealed)
		if err != nil {
			return fmt.Errorf("seal the registered clients: %w", err)
		}
		for _, item := range items {
			if !ring.Stale(item.Value) {
				continue
			}
			if err := resealOne(ctx, st, keys, item); err != nil {
				return fmt.Errorf("seal the registered client %s: %w", item.Key, err)
			}
		}
		if len(items) < resealed {
			return nil
		}
		after = items[len(items)-1].Key
	}
	return nil
}

func resealOne(ctx context.Context, st store.Store, keys Sealer, item store.Item) error {
	rec, err := open(keys, item)
	if err == nil {
		err = st.Apply(ctx, rec.put(keys))
	}
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}
