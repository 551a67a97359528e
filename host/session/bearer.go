// Handles that programs present as bearers.

package session

import (
	"context"
	"time"

	"github.com/doorward/doorward/host/store"
)

// Bearer is the scope (Open's app) of the handles that a program of the
// application presents as a bearer. It is no origin, so that no cookie's handle
// is one, nor the other way round.
func Bearer(app string) string { return "bearer:" + app }

// Grant makes a further handle of the session of r, which came from Open or
// Peek, and returns it once: it opens the session for scope alone, which is not
// "", and what the session becomes, too. At most 32 handles open one session; a
// further one takes the place of the oldest, but never of the first. It is
// ErrNone when the session has ended.
func (s *Sessions) Grant(ctx context.Context, r *Record, scope string) (string, error) {
	if scope == "" {
		return "", errHandleOfHost
	}
	return s.grow(ctx, "grant a handle", r, scope, func(*filed) ([]store.Op, error) { return nil, nil })
}

// Ends is when the session of r ends at the latest: it may end sooner, by a
// revocation or unused.
func (s *Sessions) Ends(r *Record) time.Time { return r.CreatedAt.Add(s.absolute) }
