package grants_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/grants"
)

func TestRefresh_Rotates(t *testing.T) {
	b := newBench(t)
	tokens := b.issued(ada())
	seen := map[string]bool{tokens.Refresh: true}
	for range 5 {
		b.advance(20 * time.Hour) // within 24 hours of the last use
		next, err := b.refresh(tokens.Refresh)
		b.must(err)
		if seen[next.Refresh] || !b.opens(next.Secret) || next.Access.Lifetime() != time.Hour {
			t.Fatalf("%+v", next)
		}
		seen[next.Refresh] = true
		tokens = next
	}
	if n := b.count(grants.BucketRefresh); n != 1 {
		t.Errorf("%d records for one grant", n)
	}
	b.advance(24 * time.Hour)
	if _, err := b.refresh(tokens.Refresh); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("unused for a day: %v", err)
	}
}

func TestT47_RefreshReuseRevokesTheGrant(t *testing.T) {
	b := newBench(t)
	first := b.issued(ada())
	second, err := b.refresh(first.Refresh)
	b.must(err)
	third, err := b.refresh(second.Refresh)
	b.must(err)
	other := b.issued(ada())
	if _, err := b.refresh(first.Refresh); !errors.Is(err, grants.ErrReused) { // at once, but not the last one
		t.Fatalf("the first again: %v", err)
	}
	for _, tokens := range []grants.Tokens{first, second, third} {
		if b.opens(tokens.Secret) || b.refreshes(tokens.Refresh) {
			t.Error("something survived")
		}
	}
	if _, err := b.refresh(third.Refresh); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("the third: %v", err)
	}
	if !b.refreshes(other.Refresh) {
		t.Error("another grant went too")
	}
}

// The answer was lost, or two windows asked at the same moment: the last token
// may come again once, soon, and gets the same successor.
func TestT27_RefreshRepeatedAtOnce(t *testing.T) {
	b := newBench(t)
	first := b.issued(ada())
	second, err := b.refresh(first.Refresh)
	b.must(err)
	b.advance(9 * time.Second)
	again, err := b.refresh(first.Refresh)
	b.must(err)
	if again.Refresh != second.Refresh || again.Secret == second.Secret || !b.opens(again.Secret) {
		t.Error("another successor")
	}
	third, err := b.refresh(second.Refresh)
	b.must(err)
	if !b.refreshes(third.Refresh) {
		t.Error("the chain broke")
	}
	if _, err := b.refresh(first.Refresh); !errors.Is(err, grants.ErrReused) {
		t.Errorf("once the successor was used: %v", err)
	}
}

func TestT47_RefreshRepeatedTooOftenOrLate(t *testing.T) {
	for name, repeat := range map[string]func(*bench, string) error{
		"late": func(b *bench, token string) error {
			b.advance(10 * time.Second)
			_, err := b.refresh(token)
			return err
		},
		"twice": func(b *bench, token string) error {
			if _, err := b.refresh(token); err != nil {
				return err
			}
			_, err := b.refresh(token)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			first := b.issued(ada())
			second, err := b.refresh(first.Refresh)
			b.must(err)
			if err := repeat(b, first.Refresh); !errors.Is(err, grants.ErrReused) || b.refreshes(second.Refresh) || b.opens(second.Secret) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestT27_RefreshRace(t *testing.T) {
	b := newBench(t)
	for range 20 {
		tokens := b.issued(ada())
		var wg sync.WaitGroup
		var got [2]grants.Tokens
		var errs [2]error
		for i := range got {
			wg.Go(func() { got[i], errs[i] = b.refresh(tokens.Refresh) })
		}
		wg.Wait()
		if errs[0] != nil || errs[1] != nil || got[0].Refresh != got[1].Refresh || !b.refreshes(got[0].Refresh) {
			t.Fatalf("%v, the same successor: %v", errs, got[0].Refresh == got[1].Refresh)
		}
	}
}

// Only the client that it was issued to can spend, or break, a refresh token.
func TestRefresh_OfAnotherClient(t *testing.T) {
	b := newBench(t)
	first := b.issued(ada())
	second, err := b.refresh(first.Refresh)
	b.must(err)
	for _, token := range []string{first.Refresh, second.Refresh} {
		if _, _, err := b.Refresh(t.Context(), "other", token, everything); !errors.Is(err, grants.ErrUnknown) {
			t.Error(err)
		}
	}
	if !b.refreshes(second.Refresh) {
		t.Error("another client revoked it")
	}
}

func TestRefresh_RefusalChangesNothing(t *testing.T) {
	b := newBench(t)
	tokens := b.issued(ada())
	no := errors.New("no")
	if _, _, err := b.Refresh(t.Context(), "app", tokens.Refresh, func(grants.Grant) (grants.Want, error) { return grants.Want{}, no }); !errors.Is(err, no) {
		t.Error(err)
	}
	for _, wrong := range []string{"", tokens.Refresh[1:], tokens.Refresh + "x", strings.Repeat("A", 64), strings.Repeat("!", 64), tokens.Secret} {
		if _, err := b.refresh(wrong); !errors.Is(err, grants.ErrUnknown) {
			t.Errorf("%d characters: %v", len(wrong), err)
		}
	}
	if !b.refreshes(tokens.Refresh) {
		t.Error("it is spent")
	}
}

// The store never holds what a client presents.
func TestT48_StoreHoldsHashesOnly(t *testing.T) {
	b := newBench(t)
	code := b.code(ada())
	first, err := b.redeem(code)
	b.must(err)
	second, err := b.refresh(first.Refresh)
	b.must(err)
	device, err := b.NewDevice(t.Context(), ada())
	b.must(err)
	secrets := []string{code, first.Secret, first.Refresh, second.Secret, second.Refresh, second.Refresh[:21], second.Refresh[22:], device.Device, device.User, strings.ReplaceAll(device.User, "-", "")}
	for _, bucket := range []string{grants.BucketGrants, grants.BucketIndex, grants.BucketCodes, grants.BucketTokens, grants.BucketRefresh, grants.BucketDevices, grants.BucketUser} {
		items, err := b.under.Scan(t.Context(), bucket, "", "", 100)
		b.must(err)
		if len(items) == 0 {
			t.Errorf("%s is empty", bucket)
		}
		for _, item := range items {
			for _, secret := range secrets {
				if strings.Contains(item.Key+string(item.Value), secret) {
					t.Errorf("a secret is in %s", bucket)
				}
			}
			if item.Expires.IsZero() {
				t.Errorf("%s: a record never expires", bucket)
			}
		}
	}
}
