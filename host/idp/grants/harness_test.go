package grants_test

// A grant store on the embedded store, with a clock and a way to fail.

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/store"
)

type bench struct {
	*grants.Store
	t     testing.TB
	now   time.Time
	under store.Store
}

func newBench(t testing.TB) *bench {
	b := &bench{t: t, now: time.Unix(1_800_000_000, 0)}
	clock := func() time.Time { return b.now }
	s, err := store.Open(filepath.Join(t.TempDir(), "grants.db"), store.Options{Now: clock, InsecureNoSync: true})
	b.must(err)
	t.Cleanup(func() { _ = s.Close() })
	b.under = s
	b.restart()
	return b
}

// restart forgets everything but what the store holds.
func (b *bench) restart() {
	b.Store = &grants.Store{
		Store: b.under, Now: func() time.Time { return b.now }, AccessFor: time.Hour, RefreshFor: 24 * time.Hour,
		TokenID: func(token string) (string, bool) { return strings.CutPrefix(token, "signed.") },
	}
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) advance(d time.Duration) { b.now = b.now.Add(d) }

// ada is a grant of hers for app.
func ada() grants.Grant {
	return grants.Grant{ClientID: "app", Scopes: []string{"openid", "email"}, Nonce: "n", Auth: grants.Auth{Subject: "sub-ada", UserName: "ada", SID: "session-1", AuthTime: 1_799_999_999}}
}

func (b *bench) code(g grants.Grant) string {
	b.t.Helper()
	code, ops := b.NewCode(g)
	b.must(b.under.Apply(b.t.Context(), ops...))
	return code
}

// everything wants all that there is.
func everything(grants.Grant) (grants.Want, error) { return grants.Want{Refresh: true}, nil }

func (b *bench) redeem(code string) (grants.Tokens, error) {
	_, tokens, err := b.Redeem(b.t.Context(), "app", code, everything)
	return tokens, err
}

// issued are tokens from a new code for g.
func (b *bench) issued(g grants.Grant) grants.Tokens {
	b.t.Helper()
	tokens, err := b.redeem(b.code(g))
	b.must(err)
	return tokens
}

func (b *bench) refresh(token string) (grants.Tokens, error) {
	_, tokens, err := b.Refresh(b.t.Context(), "app", token, everything)
	return tokens, err
}

// opens reports whether an access token is worth anything.
func (b *bench) opens(token string) bool {
	b.t.Helper()
	_, _, err := b.Access(b.t.Context(), token)
	if err != nil && !errors.Is(err, grants.ErrUnknown) {
		b.t.Fatal(err)
	}
	return err == nil
}

// refreshes reports whether a refresh token would be taken.
func (b *bench) refreshes(token string) bool {
	b.t.Helper()
	_, _, err := b.RefreshOf(b.t.Context(), token)
	if err != nil && !errors.Is(err, grants.ErrUnknown) {
		b.t.Fatal(err)
	}
	return err == nil
}

// count is how many records there are in every bucket.
func (b *bench) count(buckets ...string) (n int) {
	b.t.Helper()
	if len(buckets) == 0 {
		buckets = []string{grants.BucketGrants, grants.BucketIndex, grants.BucketCodes, grants.BucketTokens, grants.BucketRefresh, grants.BucketDevices, grants.BucketUser}
	}
	for _, bucket := range buckets {
		items, err := b.under.Scan(b.t.Context(), bucket, "", "", 1000)
		b.must(err)
		n += len(items)
	}
	return n
}

// failing fails one write, before or after it happened, and every one that
// follows, as a host does that is killed there.
type failing struct {
	store.Store
	writes  int // until the failure
	happens bool
}

func (f *failing) Apply(ctx context.Context, ops ...store.Op) error {
	f.writes--
	switch {
	case f.writes > 0:
		return f.Store.Apply(ctx, ops...)
	case f.writes == 0 && f.happens:
		if err := f.Store.Apply(ctx, ops...); err != nil {
			return err
		}
	}
	return store.ErrUnavailable
}
