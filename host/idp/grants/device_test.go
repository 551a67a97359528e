package grants_test

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/grants"
)

// tv asks for a device's grant.
func (b *bench) tv() grants.DeviceCodes {
	b.t.Helper()
	codes, err := b.NewDevice(b.t.Context(), grants.Grant{ClientID: "tv", Scopes: []string{"openid", "email"}})
	b.must(err)
	return codes
}

func (b *bench) poll(code string) (grants.Tokens, error) {
	_, tokens, err := b.Poll(b.t.Context(), "tv", code, everything)
	return tokens, err
}

func (b *bench) approve(user string) error {
	b.t.Helper()
	d, err := b.DeviceByUserCode(b.t.Context(), user)
	if err != nil {
		return err
	}
	return b.Approve(b.t.Context(), d.ID, func(g *grants.Grant) { g.Auth, g.Scopes = ada().Auth, []string{"openid"} })
}

func TestRFC8628_Approved(t *testing.T) {
	b := newBench(t)
	codes := b.tv()
	if !regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`).MatchString(codes.User) {
		t.Errorf("user code %q", codes.User)
	}
	if _, err := b.poll(codes.Device); !errors.Is(err, grants.ErrPending) {
		t.Errorf("before: %v", err)
	}
	b.restart()
	b.must(b.approve(codes.User))
	b.restart()
	g, tokens, err := b.Poll(t.Context(), "tv", codes.Device, everything)
	b.must(err)
	if g.Auth.Subject != "sub-ada" || strings.Join(tokens.Access.Scopes, " ") != "openid" || !b.opens(tokens.Secret) || !b.refreshes(tokens.Refresh) {
		t.Errorf("%+v %+v", g, tokens)
	}
	if _, err := b.poll(codes.Device); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("a second time: %v", err)
	}
	b.must(b.RevokeSession(t.Context(), "session-1"))
	if b.opens(tokens.Secret) {
		t.Error("its token cannot be revoked")
	}
}

func TestRFC8628_Refused(t *testing.T) {
	b := newBench(t)
	codes := b.tv()
	d, err := b.DeviceByUserCode(t.Context(), codes.User)
	b.must(err)
	b.must(b.Deny(t.Context(), d.ID))
	for name, again := range map[string]error{
		"denied twice": b.Deny(t.Context(), d.ID), "approved then": b.Approve(t.Context(), d.ID, func(*grants.Grant) {}), "typed again": b.approve(codes.User),
	} {
		if !errors.Is(again, grants.ErrUnknown) {
			t.Errorf("%s: %v", name, again)
		}
	}
	for range 2 {
		if _, err := b.poll(codes.Device); !errors.Is(err, grants.ErrDenied) {
			t.Error(err)
		}
	}
}

func TestRFC8628_Expires(t *testing.T) {
	b := newBench(t)
	codes := b.tv()
	b.advance(grants.DeviceLifetime)
	if _, err := b.poll(codes.Device); !errors.Is(err, grants.ErrExpired) {
		t.Errorf("poll: %v", err)
	}
	if err := b.approve(codes.User); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("approve: %v", err)
	}
	b.advance(time.Hour)
	if _, err := b.poll(codes.Device); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("an hour later: %v", err)
	}
}

// Each early poll makes the interval five seconds longer.
func TestRFC8628_SlowDown(t *testing.T) {
	b := newBench(t)
	codes := b.tv()
	for i, step := range []struct {
		wait time.Duration
		want error
	}{
		{0, grants.ErrPending}, {5 * time.Second, grants.ErrPending}, {4 * time.Second, grants.ErrSlowDown}, // 10 s from now on
		{9 * time.Second, grants.ErrSlowDown}, {15 * time.Second, grants.ErrPending}, {14 * time.Second, grants.ErrSlowDown}, {20 * time.Second, grants.ErrPending},
	} {
		b.advance(step.wait)
		if _, err := b.poll(codes.Device); !errors.Is(err, step.want) {
			t.Errorf("step %d: %v, want %v", i, err, step.want)
		}
	}
	b.must(b.approve(codes.User))
	if _, err := b.poll(codes.Device); err != nil {
		t.Errorf("approved, and early: %v", err)
	}
}

func TestRFC8628_UserCodeAsTyped(t *testing.T) {
	b := newBench(t)
	codes := b.tv()
	bare := strings.ReplaceAll(codes.User, "-", "")
	for typed, want := range map[string]bool{
		codes.User: true, bare: true, strings.ToLower(bare): true, " " + bare[:4] + " " + bare[4:] + " ": true,
		"": false, bare[:7]: false, bare + "B": false, strings.Repeat("-", 1000) + bare: false,
	} {
		d, err := b.DeviceByUserCode(t.Context(), typed)
		if (err == nil) != want || want && (d.Grant.ClientID != "tv" || d.ID == "") || !want && !errors.Is(err, grants.ErrUnknown) {
			t.Errorf("%.20q: %v", typed, err)
		}
	}
}

func TestRFC8628_OfAnotherClient(t *testing.T) {
	b := newBench(t)
	codes := b.tv()
	b.must(b.approve(codes.User))
	if _, _, err := b.Poll(t.Context(), "app", codes.Device, everything); !errors.Is(err, grants.ErrUnknown) {
		t.Errorf("another client: %v", err)
	}
	if _, err := b.poll(codes.Device); err != nil {
		t.Errorf("it was spent: %v", err)
	}
}

// Strangers can only make so many devices wait, and those go by themselves.
func TestRFC8628_Bounded(t *testing.T) {
	b := newBench(t)
	for range 1000 {
		b.tv()
	}
	if _, err := b.NewDevice(t.Context(), grants.Grant{ClientID: "tv"}); !errors.Is(err, grants.ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	if _, err := b.NewDevice(t.Context(), grants.Grant{ClientID: "radio"}); err != nil {
		t.Errorf("another client: %v", err)
	}
	b.advance(grants.DeviceLifetime)
	b.tv()
	b.advance(time.Hour)
	if n := b.count(grants.BucketDevices, grants.BucketUser); n != 0 {
		t.Errorf("%d records are left", n)
	}
}

// Two polls at once: one gets the tokens.
func TestRFC8628_PollRace(t *testing.T) {
	b := newBench(t)
	for range 20 {
		codes := b.tv()
		b.must(b.approve(codes.User))
		var wg sync.WaitGroup
		var errs [4]error
		for i := range errs {
			wg.Go(func() { _, errs[i] = b.poll(codes.Device) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, grants.ErrUnknown) {
				t.Fatal(err)
			}
		}
		if won != 1 {
			t.Fatalf("%d won", won)
		}
	}
}
