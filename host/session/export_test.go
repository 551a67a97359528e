package session

import (
	"context"

	"github.com/doorward/doorward/host/store"
)

// AddHandle makes a handle that opens the session of r, which came from Open
// or Peek, for app alone, and returns it once; app is not "". It is good for
// what the session becomes, too. At most 32 handles open one session; a further
// one takes the place of the oldest, but never of the one of the host's own
// origin. It is ErrNone when the session has ended.
func (s *Sessions) AddHandle(ctx context.Context, r *Record, app string) (string, error) {
	if app == "" {
		return "", errHandleOfHost
	}
	return s.grow(ctx, "add a handle", r, app, func(*filed) ([]store.Op, error) { return nil, nil })
}
