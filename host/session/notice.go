// Notices: a provider says that a session of its own, or every session of a
// person, has ended.

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

// noticeLife is how long a notice is remembered at most, whatever it says.
const noticeLife = 24 * time.Hour

var errNoticeAgain = &login.Fault{Code: login.CodeLogoutTokenInvalid, Detail: "the notice was acted on already"}

// ProviderEnded does what a provider's notice says, and returns how many
// sessions ended: those of the provider's session e.SessionID and, when the
// notice names the person too, the person's whose provider's session is not
// known; without a SessionID all of the person's at that issuer. A login that
// was asked for before now, and is one of these, is refused from here on. All of
// it is durable when ProviderEnded returns.
//
// A notice counts once, until e.Expires or for a day: the second time it is a
// *login.Fault (logout_token_invalid). It is remembered when it was acted on, so
// that one which failed half-way, the store being away, can be sent again.
//
// See OpenID Connect Back-Channel Logout 1.0, section 2.7.
func (s *Sessions) ProviderEnded(ctx context.Context, e login.Ended) (int, error) {
	if e.Issuer == "" || e.TokenID == "" || e.Subject == "" && e.SessionID == "" {
		return 0, login.NewFault(login.CodeLogoutTokenInvalid, "the notice has no issuer or id, or names neither a person nor a session")
	}
	_, err := s.get(ctx, "look up the notice", noticeBucket, noticeKey(e))
	if err == nil {
		return 0, errNoticeAgain
	}
	if !errors.Is(err, ErrNone) {
		return 0, err
	}
	if err := s.MarkNotBefore(ctx, e.Issuer, e.Subject, e.SessionID, s.now()); err != nil {
		return 0, err
	}
	n, err := s.revokeEnded(ctx, e)
	if err != nil {
		return n, err
	}
	return n, s.spendNotice(ctx, e)
}

func (s *Sessions) revokeEnded(ctx context.Context, e login.Ended) (int, error) {
	if e.SessionID == "" {
		return s.RevokePerson(ctx, e.Issuer, e.Subject)
	}
	n, err := s.RevokeProviderSession(ctx, e.Issuer, e.SessionID)
	if err != nil || e.Subject == "" {
		return n, err
	}
	more, err := s.revokeFiled(ctx, s.prefixes(subjectPurpose, pair(e.Issuer, e.Subject)), func(f *filed) bool {
		return len(f.People) == f.Subjects // it is filed under no provider's session
	})
	return n + more, err
}

func (s *Sessions) spendNotice(ctx context.Context, e login.Ended) error {
	now := s.now()
	until := time.Unix(e.Expires, 0)
	if latest := now.Add(noticeLife); until.After(latest) {
		until = latest
	}
	if until.Before(now) {
		until = now
	}
	err := s.store.Apply(ctx, store.Op{Bucket: noticeBucket, Key: noticeKey(e), Expires: until.Add(spentMargin), If: new(uint64)})
	switch {
	case errors.Is(err, store.ErrConflict): // another one of the same was faster
		return errNoticeAgain
	case err != nil:
		return unavailable("remember the notice", err)
	}
	return nil
}

// noticeKey names a notice without keeping its id.
func noticeKey(e login.Ended) string {
	sum := sha256.Sum256(pair(e.Issuer, e.TokenID))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
