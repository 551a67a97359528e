package grants_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/store"
)

func TestRedeem(t *testing.T) {
	b := newBench(t)
	g, tokens, err := b.Redeem(t.Context(), "app", b.code(ada()), func(g grants.Grant) (grants.Want, error) {
		return grants.Want{Scopes: []string{"email"}, Audience: []string{"https://api.example"}, Thumbprint: "jkt"}, nil
	})
	b.must(err)
	if g.Nonce != "n" || g.Auth.Subject != "sub-ada" || tokens.Refresh != "" || tokens.Access.Lifetime() != time.Hour {
		t.Errorf("%+v %+v", g, tokens)
	}
	kept, access, err := b.Access(t.Context(), tokens.Secret)
	b.must(err)
	if kept.ID != g.ID || kept.Thumbprint != "jkt" || fmt.Sprintln(access.Scopes, access.Audience, access.Thumbprint) != "[email] [https://api.example] jkt\n" {
		t.Errorf("%+v %+v", kept, access)
	}
	if b.advance(time.Hour); b.opens(tokens.Secret) {
		t.Error("it outlived its hour")
	}
}

// A refusal leaves the code as it was; another client learns and breaks
// nothing.
func TestRedeem_RefusalSpendsNothing(t *testing.T) {
	b := newBench(t)
	code := b.code(ada())
	no := errors.New("no")
	if _, _, err := b.Redeem(t.Context(), "app", code, func(grants.Grant) (grants.Want, error) { return grants.Want{}, no }); !errors.Is(err, no) {
		t.Errorf("refused: %v", err)
	}
	never := func(grants.Grant) (grants.Want, error) { t.Error("asked"); return grants.Want{}, nil }
	for _, wrong := range []string{"", "x", code[1:], code + "x", strings.Repeat("A", 43)} {
		if _, _, err := b.Redeem(t.Context(), "app", wrong, never); !errors.Is(err, grants.ErrUnknown) {
			t.Errorf("%d characters: %v", len(wrong), err)
		}
	}
	if _, _, err := b.Redeem(t.Context(), "other", code, never); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("another client: %v", err)
	}
	tokens, err := b.redeem(code)
	b.must(err)
	if _, _, err := b.Redeem(t.Context(), "other", code, never); !errors.Is(err, grants.ErrUnknown) || !b.opens(tokens.Secret) {
		t.Errorf("another client, after it was spent: %v", err)
	}
}

func TestT47_CodeReuseRevokesEverythingIssued(t *testing.T) {
	for name, wait := range map[string]time.Duration{"at once": 0, "after its minute": 2 * time.Minute, "hours later": 20 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			code := b.code(ada())
			first, err := b.redeem(code)
			b.must(err)
			b.advance(wait)
			second, err := b.refresh(first.Refresh)
			b.must(err)
			other := b.issued(ada())
			if _, err := b.redeem(code); !errors.Is(err, grants.ErrReused) {
				t.Fatalf("the code again: %v", err)
			}
			for _, secret := range []string{first.Secret, second.Secret} {
				if b.opens(secret) {
					t.Error("an access token survived")
				}
			}
			if _, err := b.refresh(second.Refresh); !errors.Is(err, grants.ErrUnknown) {
				t.Errorf("the refresh token: %v", err)
			}
			if !b.opens(other.Secret) || !b.refreshes(other.Refresh) {
				t.Error("another grant went too")
			}
		})
	}
}

func TestT47_CodeRaces(t *testing.T) {
	b := newBench(t)
	for range 20 {
		code := b.code(ada())
		var wg sync.WaitGroup
		got := make([]grants.Tokens, 6)
		errs := make([]error, len(got))
		for i := range got {
			wg.Go(func() { got[i], errs[i] = b.redeem(code) })
		}
		wg.Wait()
		won := 0
		for i, err := range errs {
			if err == nil {
				won++
				if b.opens(got[i].Secret) || b.refreshes(got[i].Refresh) {
					t.Fatal("the winner's tokens survived the others")
				}
			} else if !errors.Is(err, grants.ErrReused) && !errors.Is(err, grants.ErrUnknown) {
				t.Fatal(err)
			}
		}
		if won != 1 {
			t.Fatalf("%d won", won)
		}
	}
}

// The session ends while its code is being redeemed.
func TestRedeem_LosesToRevocation(t *testing.T) {
	b := newBench(t)
	code := b.code(ada())
	_, tokens, err := b.Redeem(t.Context(), "app", code, func(grants.Grant) (grants.Want, error) {
		b.must(b.RevokeSession(t.Context(), "session-1"))
		return grants.Want{}, nil
	})
	if !errors.Is(err, grants.ErrUnknown) || b.opens(tokens.Secret) {
		t.Errorf("%v", err)
	}
}

func TestRevocations(t *testing.T) {
	for name, test := range map[string]struct {
		revoke          func(*bench, grants.Tokens, string) error
		online, offline bool // what is left
	}{
		"session":               {func(b *bench, _ grants.Tokens, _ string) error { return b.RevokeSession(b.t.Context(), "session-1") }, false, true},
		"person":                {func(b *bench, _ grants.Tokens, _ string) error { return b.RevokeSubject(b.t.Context(), "sub-ada") }, false, false},
		"another session":       {func(b *bench, _ grants.Tokens, _ string) error { return b.RevokeSession(b.t.Context(), "session-") }, true, true},
		"another person":        {func(b *bench, _ grants.Tokens, _ string) error { return b.RevokeSubject(b.t.Context(), "sub-") }, true, true},
		"grant":                 {func(b *bench, _ grants.Tokens, id string) error { return b.RevokeGrant(b.t.Context(), id) }, false, true},
		"refresh token":         {func(b *bench, o grants.Tokens, _ string) error { return b.Revoke(b.t.Context(), "app", o.Refresh) }, false, true},
		"nothing known":         {func(b *bench, _ grants.Tokens, _ string) error { return b.Revoke(b.t.Context(), "app", "x") }, true, true},
		"a grant that is gone":  {func(b *bench, _ grants.Tokens, _ string) error { return b.RevokeGrant(b.t.Context(), "x") }, true, true},
		"a used refresh token":  {revokeUsed, false, true},
		"another client's word": {revokeForeign, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			online := b.issued(ada())
			g, _, err := b.Access(t.Context(), online.Secret)
			b.must(err)
			kept := ada()
			kept.Offline = true
			offline := b.issued(kept)
			b.must(test.revoke(b, online, g.ID))
			b.restart()
			if b.opens(online.Secret) != test.online || b.opens(offline.Secret) != test.offline || b.refreshes(offline.Refresh) != test.offline {
				t.Errorf("online %v, offline %v", b.opens(online.Secret), b.opens(offline.Secret))
			}
			if !test.online && !test.offline && b.count(grants.BucketGrants, grants.BucketIndex) != 0 {
				t.Error("something is left of them")
			}
		})
	}
}

func revokeUsed(b *bench, o grants.Tokens, _ string) error {
	if _, err := b.refresh(o.Refresh); err != nil {
		return err
	}
	b.advance(time.Minute)
	return b.Revoke(b.t.Context(), "app", o.Refresh)
}

func revokeForeign(b *bench, o grants.Tokens, _ string) error {
	for _, token := range []string{o.Secret, o.Refresh} {
		if err := b.Revoke(b.t.Context(), "other", token); !errors.Is(err, grants.ErrForeign) {
			return fmt.Errorf("another client's word: %w", err)
		}
	}
	return nil
}

// An access token can be given back alone.
func TestRevoke_AccessToken(t *testing.T) {
	b := newBench(t)
	tokens := b.issued(ada())
	b.must(b.Revoke(t.Context(), "app", tokens.Secret))
	b.must(b.Revoke(t.Context(), "app", tokens.Secret))
	if b.opens(tokens.Secret) || !b.refreshes(tokens.Refresh) {
		t.Error("revoked: not it, or more than it")
	}
}

func TestRevoke_ManyGrants(t *testing.T) {
	b := newBench(t)
	var last grants.Tokens
	for range 620 {
		_, tokens, err := b.Issue(t.Context(), ada(), grants.Want{})
		b.must(err)
		last = tokens
	}
	if list, err := b.List(t.Context(), "sub-ada"); err != nil || len(list) != 500 || list[0].ClientID != "app" {
		t.Errorf("%d are listed, %v", len(list), err)
	}
	b.must(b.RevokeSession(t.Context(), "session-1"))
	if b.opens(last.Secret) || b.count(grants.BucketGrants, grants.BucketIndex) != 0 {
		t.Error("some are left")
	}
}

// What a signed token carries opens nothing by itself, nor the other way round.
func TestAccess_SignedAndNot(t *testing.T) {
	b := newBench(t)
	_, signed, err := b.Issue(t.Context(), ada(), grants.Want{Signed: true})
	b.must(err)
	_, plain, err := b.Issue(t.Context(), ada(), grants.Want{})
	b.must(err)
	for token, want := range map[string]bool{"signed." + signed.Secret: true, signed.Secret: false, plain.Secret: true, "signed." + plain.Secret: false} {
		if b.opens(token) != want {
			t.Errorf("%.8s…: %v", token, !want)
		}
	}
	b.must(b.Revoke(t.Context(), "app", "signed."+signed.Secret))
	if b.opens("signed." + signed.Secret) {
		t.Error("a signed token cannot be revoked")
	}
}

// Whatever is lost when the host is killed, what was answered can be revoked,
// and what was not answered is known to nobody.
func TestT47_KilledBetweenIssueAndStore(t *testing.T) {
	for writes := 1; writes <= 5; writes++ {
		for _, happens := range []bool{false, true} {
			t.Run(fmt.Sprint(writes, happens), func(t *testing.T) {
				b := newBench(t)
				f := &failing{Store: b.under, writes: writes, happens: happens}
				b.Store.Store = f
				var answered []grants.Tokens
				answer := func(tokens grants.Tokens, err error) grants.Tokens {
					if err == nil {
						answered = append(answered, tokens)
					}
					return tokens
				}
				code, ops := b.NewCode(ada())
				if b.Store.Store.Apply(t.Context(), ops...) == nil {
					first := answer(b.redeem(code))
					second := answer(b.refresh(first.Refresh))
					answer(b.refresh(second.Refresh))
					_, own, err := b.Issue(t.Context(), ada(), grants.Want{})
					answer(own, err)
				}
				b.restart()
				for _, tokens := range answered {
					if !b.opens(tokens.Secret) {
						t.Error("an answered token was lost")
					}
				}
				b.must(b.RevokeSubject(t.Context(), "sub-ada"))
				for _, tokens := range answered {
					if b.opens(tokens.Secret) || b.refreshes(tokens.Refresh) {
						t.Error("an answered token cannot be revoked")
					}
				}
				if _, err := b.redeem(code); err == nil {
					t.Error("the code still gives tokens")
				}
				if n := b.count(grants.BucketGrants); n != 0 {
					t.Errorf("%d grants cannot be reached", n)
				}
			})
		}
	}
}

// A failure of the store is never an answer about a token.
func TestStoreDown(t *testing.T) {
	b := newBench(t)
	tokens, code := b.issued(ada()), b.code(ada())
	b.must(b.under.Close())
	for name, call := range map[string]func() error{
		"redeem":  func() error { _, err := b.redeem(code); return err },
		"refresh": func() error { _, err := b.refresh(tokens.Refresh); return err },
		"access":  func() error { _, _, err := b.Access(t.Context(), tokens.Secret); return err },
		"revoke":  func() error { return b.Revoke(t.Context(), "app", tokens.Secret) },
		"session": func() error { return b.RevokeSession(t.Context(), "session-1") },
		"list":    func() error { _, err := b.List(t.Context(), "sub-ada"); return err },
		"device":  func() error { _, err := b.NewDevice(t.Context(), ada()); return err },
		"poll":    func() error { _, _, err := b.Poll(t.Context(), "app", code, everything); return err },
	} {
		if err := call(); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, grants.ErrUnknown) || errors.Is(err, grants.ErrReused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A store that does not expire anything, because its clock stands still, makes
// nothing live longer.
func TestExpiryDoesNotRestOnTheStore(t *testing.T) {
	b := newBench(t)
	tokens, code := b.issued(ada()), b.code(ada())
	device, err := b.NewDevice(t.Context(), ada())
	b.must(err)
	still := b.now
	at := func(after time.Duration) { b.Store.Now = func() time.Time { return still.Add(after) } }
	at(grants.CodeLifetime)
	if _, err := b.redeem(code); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("code: %v", err)
	}
	at(grants.DeviceLifetime)
	if _, _, err := b.Poll(t.Context(), "app", device.Device, everything); !errors.Is(err, grants.ErrExpired) {
		t.Errorf("device code: %v", err)
	}
	if _, err := b.DeviceByUserCode(t.Context(), device.User); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("user code: %v", err)
	}
	if at(time.Hour); b.opens(tokens.Secret) || !b.refreshes(tokens.Refresh) {
		t.Error("access token")
	}
	at(24 * time.Hour)
	if _, err := b.refresh(tokens.Refresh); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("refresh token: %v", err)
	}
	if list, err := b.List(t.Context(), "sub-ada"); err != nil || len(list) != 0 {
		t.Errorf("%d grants are listed, %v", len(list), err)
	}
}

// Strangers' guesses are refused, and write nothing.
func FuzzGuesses(f *testing.F) {
	b := newBench(f)
	tokens := b.issued(ada())
	codes, err := b.NewDevice(f.Context(), ada())
	b.must(err)
	before := b.count()
	f.Add("")
	f.Add(tokens.Secret + "=")
	f.Add(tokens.Refresh[:63])
	f.Add("signed." + tokens.Secret)
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("A", 64))
	f.Fuzz(func(t *testing.T, guess string) {
		b.t = t
		if guess == tokens.Secret || guess == tokens.Refresh || guess == codes.Device {
			return
		}
		_, errRedeem := b.redeem(guess)
		_, errRefresh := b.refresh(guess)
		_, _, errAccess := b.Access(t.Context(), guess)
		_, _, errPoll := b.Poll(t.Context(), "app", guess, everything)
		for _, err := range []error{errRedeem, errRefresh, errAccess, errPoll} {
			if !errors.Is(err, grants.ErrUnknown) {
				t.Errorf("%v", err)
			}
		}
		_, _ = b.DeviceByUserCode(t.Context(), guess)
		if b.count() != before {
			t.Error("a guess wrote to the store")
		}
	})
}
