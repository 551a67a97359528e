// States that have made a session: each makes one only.

package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// spentMargin keeps a spent state longer than the login cookie that holds it.
const spentMargin = time.Minute

// Spent returns a *login.Fault when req's state has already made a session
// (state_spent), or when the store cannot say. It writes nothing.
func (s *Sessions) Spent(ctx context.Context, req login.AuthRequest) error {
	key := stateKey(req)
	if key == "" {
		return nil
	}
	_, err := s.get(ctx, "look up the state", spentBucket, key)
	switch {
	case err == nil:
		return login.NewFault(login.CodeStateSpent, "this login has already made a session")
	case errors.Is(err, ErrNone):
		return nil
	}
	return err
}

// spend is the write that spends req's state, unless another login does so
// first.
func (s *Sessions) spend(ctx context.Context, req login.AuthRequest, now time.Time) ([]store.Op, error) {
	key := stateKey(req)
	if key == "" { // a provider without a callback
		return nil, nil
	}
	if err := s.Spent(ctx, req); err != nil {
		return nil, err
	}
	expires := time.Unix(req.Expiry, 0)
	if expires.Before(now) {
		expires = now
	}
	return []store.Op{{Bucket: spentBucket, Key: key, Expires: expires.Add(spentMargin), If: new(uint64)}}, nil
}

// stateKey names a state without keeping it.
func stateKey(req login.AuthRequest) string {
	state := req.State
	if state == "" {
		state = req.ID
	}
	if state == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(state))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
