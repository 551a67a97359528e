// States that have made a session: each makes one only.

package session

import (
	"cmp"
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
// (state_spent), or the token that it brings (id_token_replayed), or when the
// store cannot say. It writes nothing.
func (s *Sessions) Spent(ctx context.Context, req login.AuthRequest) error {
	key := stateKey(req)
	if key == "" {
		return nil
	}
	_, err := s.get(ctx, "look up the state", spentBucket, key)
	switch {
	case err == nil && req.Brought != nil:
		return &login.Fault{Code: login.CodeIDTokenReplayed, Check: "replayed", Detail: "the token has already made a session"}
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
	if key == "" { // a token that may be used again
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

// stateKey names what a login spends without keeping it; "" for nothing.
func stateKey(req login.AuthRequest) string {
	spends := cmp.Or(req.State, req.ID)
	if req.Brought != nil {
		spends = req.Brought.Digest
	}
	if spends == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(spends))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
