package session_test

import (
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// brings is a login that brings a token instead of a state.
func (k *kit) brings(digest string, issued int64) login.AuthRequest {
	req := k.request()
	req.Brought = &login.Brought{Digest: digest, IssuedAt: issued}
	return req
}

// What a login brings is spent by its session, and not by anything else of the
// request; what may be used again spends nothing.
func TestABroughtTokenIsSpentOnce(t *testing.T) {
	k := newKit(t)
	now := k.clock.Now().Unix()
	k.issue(k.brings("one", now), k.document(subject, ""))
	for _, who := range []string{subject, ben} {
		_, err := k.Issue(t.Context(), k.brings("one", now), k.document(who, ""), user(), decided)
		wantCode(t, err, login.CodeIDTokenReplayed)
		wantCode(t, k.Spent(t.Context(), k.brings("one", now)), login.CodeIDTokenReplayed)
	}
	k.settle()
	wantCode(t, k.Spent(t.Context(), k.brings("one", now)), login.CodeIDTokenReplayed)
	k.issue(k.brings("two", now), k.document(subject, ""))
	k.issue(k.brings("", now), k.document(subject, ""))
	k.issue(k.brings("", now), k.document(subject, ""))
	if n := k.count()["session-spent"]; n != 2 {
		t.Errorf("%d are spent, want 2", n)
	}
}

// A mark is held against when a token was made, and kept for as long as one can be
// brought that is older.
func TestAMarkRefusesTokensThatAreOlder(t *testing.T) {
	k := newKit(t)
	sessions := session.New(session.Config{Store: k.store, Keys: k.keys, Now: k.clock.Now, Marks: 12 * time.Hour})
	t.Cleanup(sessions.Close)
	made := k.clock.Now().Unix()
	k.clock.Advance(time.Minute)
	if err := sessions.MarkNotBefore(t.Context(), issuer, subject, "", k.clock.Now()); err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{time.Second, 11 * time.Hour} {
		k.clock.Advance(later)
		for digest, issued := range map[string]int64{"dated": made, "undated": 0} {
			_, err := sessions.Issue(t.Context(), k.brings(digest, issued), k.document(subject, ""), user(), decided)
			wantCode(t, err, login.CodeSessionMissing)
		}
	}
	if _, err := sessions.Issue(t.Context(), k.brings("new", k.clock.Now().Unix()), k.document(subject, ""), user(), decided); err != nil {
		t.Error(err)
	}
}
