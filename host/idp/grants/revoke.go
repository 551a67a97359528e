package grants

// Revocation, and the lists that it walks. Deleting a grant is enough: its
// tokens are worth nothing without it, and expire.

import (
	"context"
	"errors"
	"fmt"

	"github.com/doorward/doorward/host/store"
)

const page = 500 // grants at a time

// each calls do with pages of the grants that the index lists under prefix.
func (s *Store) each(ctx context.Context, prefix string, do func([]Grant) error) error {
	for after := ""; ; {
		items, err := s.Store.Scan(ctx, BucketIndex, prefix, after, page)
		if err != nil || len(items) == 0 {
			return err
		}
		after = items[len(items)-1].Key
		var found []Grant
		for _, item := range items {
			g, _, err := s.grant(ctx, string(item.Value))
			if errors.Is(err, ErrUnknown) {
				continue
			}
			if err != nil {
				return err
			}
			found = append(found, g)
		}
		if err := do(found); err != nil {
			return err
		}
	}
}

// List is what was granted to subject's clients and is still good, at most a
// few hundred grants, in no particular order.
func (s *Store) List(ctx context.Context, subject string) (out []Grant, err error) {
	err = s.each(ctx, byPerson(subject), func(found []Grant) error {
		out = append(out, found...)
		if len(out) >= page {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return out, err
}

var errEnough = errors.New("enough")

// RevokeGrant revokes the grant called id and every token issued from it. One
// that is not there is no error.
func (s *Store) RevokeGrant(ctx context.Context, id string) error {
	g, _, err := s.grant(ctx, id)
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Store.Apply(ctx, drop(g)...)
}

// Revoke revokes token for the client that it was issued to: an access token
// alone, a refresh token with its grant. A token that is worth nothing already
// is no error; one of another client is ErrForeign.
func (s *Store) Revoke(ctx context.Context, clientID, token string) error {
	a, key, err := s.access(ctx, token)
	if errors.Is(err, ErrUnknown) {
		return s.revokeRefresh(ctx, clientID, token)
	}
	var g Grant
	if err == nil {
		g, _, err = s.grant(ctx, a.GrantID)
	}
	switch {
	case errors.Is(err, ErrUnknown):
		return nil
	case err != nil:
		return err
	case g.ClientID != clientID:
		return ErrForeign
	}
	return s.Store.Apply(ctx, store.Op{Bucket: BucketTokens, Key: key, Delete: true})
}

// RevokeSession revokes what rests on the provider's session sid: every grant
// but those for offline access.
func (s *Store) RevokeSession(ctx context.Context, sid string) error {
	return s.revokeAll(ctx, bySession(sid), func(g Grant) bool { return !g.Offline })
}

// RevokeSubject revokes everything that was granted in subject's name.
func (s *Store) RevokeSubject(ctx context.Context, subject string) error {
	return s.revokeAll(ctx, byPerson(subject), func(Grant) bool { return true })
}

// reused revokes the grant whose code or token came a second time.
func (s *Store) reused(ctx context.Context, id string) error {
	if err := s.RevokeGrant(ctx, id); err != nil {
		return err
	}
	return ErrReused
}

func (s *Store) revokeAll(ctx context.Context, prefix string, which func(Grant) bool) error {
	err := s.each(ctx, prefix, func(found []Grant) error {
		var ops []store.Op
		for _, g := range found {
			if which(g) {
				ops = append(ops, drop(g)...)
			}
		}
		if len(ops) == 0 {
			return nil
		}
		return s.Store.Apply(ctx, ops...)
	})
	if err != nil {
		return fmt.Errorf("revoke grants: %w", err)
	}
	return nil
}
