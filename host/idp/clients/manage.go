package clients

// What becomes of a registered client: its own changes (RFC 7592), and its end.

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/doorward/doorward/host/store"
)

// How long a client lives that nobody vouched for: from its registration, and
// after somebody last signed in through it.
const (
	untried = 24 * time.Hour
	unused  = 90 * 24 * time.Hour
)

// Managed is the client that bearer manages: its registration access token.
//
// # Errors
//
// A *Refusal (InvalidToken), the same for clients that do not exist, or one
// that wraps store.ErrUnavailable.
func (r *Registry) Managed(ctx context.Context, id, bearer string) (Information, error) {
	rec, err := r.managed(ctx, id, bearer)
	if err != nil {
		return Information{}, err
	}
	return r.information(rec, bearer), nil
}

func (r *Registry) managed(ctx context.Context, id, bearer string) (record, error) {
	rec, err := r.record(ctx, id)
	if err != nil && !errors.Is(err, ErrUnknown) {
		return record{}, err
	}
	if err != nil || subtle.ConstantTimeCompare(hashed(bearer), rec.Management) != 1 {
		return record{}, &Refusal{InvalidToken, "the registration access token does not belong to a client"}
	}
	return rec, nil
}

// Update replaces the client's metadata by that of a document, which names the
// client (RFC 7592, section 2.2). Members that it leaves out are what they are
// for a new client. Errors are those of Managed and Register.
func (r *Registry) Update(ctx context.Context, id, bearer string, body []byte) (Information, error) {
	rec, err := r.managed(ctx, id, bearer)
	if err != nil {
		return Information{}, err
	}
	m, object, err := r.readDocument(ctx, body, !rec.Open)
	if err != nil {
		return Information{}, err
	}
	secret, given := object["client_secret"].(string)
	if object["client_id"] != rec.ID || given && !Secret(rec.Secret).Is(secret) {
		return Information{}, &Refusal{InvalidRequest, "client_id must be the client's, and client_secret, when it is there, its present one"}
	}
	m.Name = cmp.Or(m.Name, nameOf(m, rec.ID))
	rec.Metadata, rec.Secret = m, secretFor(m, rec.Secret)
	if err := r.cfg.Store.Apply(ctx, rec.put(r.cfg.Keys)); err != nil {
		return Information{}, fmt.Errorf("write the client: %w", err)
	}
	return r.information(rec, bearer), nil
}

// Remove deletes the client. Errors are those of Managed.
func (r *Registry) Remove(ctx context.Context, id, bearer string) error {
	rec, err := r.managed(ctx, id, bearer)
	if err != nil {
		return err
	}
	if err := r.cfg.Store.Apply(ctx, store.Op{Bucket: bucketClients, Key: rec.ID, Delete: true, If: &rec.version}); err != nil {
		return fmt.Errorf("delete the client: %w", err)
	}
	return nil
}

// Used says that somebody signed in through c, which keeps a client that nobody
// vouched for. It writes at most once a day. Errors wrap store.ErrUnavailable.
func (r *Registry) Used(ctx context.Context, c Client) error {
	if c.Registered == 0 {
		return nil
	}
	rec, err := r.record(ctx, c.ID)
	until := r.cfg.Now().Add(unused)
	if errors.Is(err, ErrUnknown) || err == nil && (!rec.Open || until.Sub(rec.expires) < 24*time.Hour) {
		return nil
	}
	if err != nil {
		return err
	}
	rec.expires = until
	err = r.cfg.Store.Apply(ctx, rec.put(r.cfg.Keys))
	if errors.Is(err, store.ErrConflict) { // changed, or used, meanwhile
		return nil
	}
	return err
}
