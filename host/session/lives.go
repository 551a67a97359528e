package session

import (
	"context"
	"errors"
)

// Lives reports whether the session called id goes on, if by other handles
// than the caller's: a sign-in replaces the handle of the origin that made it.
func (s *Sessions) Lives(ctx context.Context, id string) (bool, error) {
	if !validID(id) {
		return false, nil
	}
	switch _, err := s.readIndex(ctx, "look for the session", id); {
	case err == nil:
		return true, nil
	case errors.Is(err, ErrNone):
		return false, nil
	default:
		return false, err
	}
}
