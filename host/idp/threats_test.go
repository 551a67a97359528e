package idp

// Attacks on people's sign-ins and sessions (THREATS.md).

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/factors/factorstest"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

// T36: who has one factor of two, a phished password or a found badge, does not
// replace the other by it, whatever the site asks for at a sign-in.
func TestT36_OneFactorReplacesNoOther(t *testing.T) {
	app := func(b *bench) { b.app("ada") }
	key := func(b *bench) { b.passkey("ada") }
	badge := func(b *bench) { b.badges() }
	password := []string{"method", "password", "username", "ada", "password", adaPass}
	for name, test := range map[string]struct {
		has   func(*bench)
		knows []string
	}{
		"a password, and she has an app":     {app, password},
		"a password, and she has a passkey":  {key, password},
		"a badge, and she has a passkey":     {func(b *bench) { badge(b); key(b) }, []string{"method", "badge", "badge", adaBadge}},
		"a badge alone, and she a password":  {badge, []string{"method", "badge", "badge", adaBadge}},
		"a badge and a password, and an app": {func(b *bench) { badge(b); app(b) }, []string{"method", "badge_password", "badge", adaBadge, "password", adaPass}},
	} {
		b := newBench(t, named, offering(factors.Password, factors.Badge, factors.BadgePassword, factors.Passkey))
		test.has(b)
		before := b.ada()
		c := b.browser()
		c.back(c.fill(pathSignIn, c.get(pathAuthorize, asking()), test.knows...))
		page := c.account()
		made := factorstest.New(b.origin()).Create(t, c.optionsIn(page))
		for _, step := range [][]string{
			{"passkey-add", "credential", made}, {"totp"}, {"totp-remove"}, {"totp-confirm", "code", "000000"},
			{"password"}, {"change-password", "current", adaPass, "password", newPass, "again", newPass},
		} {
			r := c.own(page, step[0], step[1:]...)
			if !strings.Contains(r.body, `action="/idp/sign-in"`) {
				t.Errorf("%s: %s: %d", name, step[0], r.StatusCode)
			}
			if again := c.fill(pathSignIn, r, test.knows...); again.StatusCode/100 == 3 {
				t.Errorf("%s: %s: the same once more is enough", name, step[0])
			}
		}
		if now := b.ada(); len(now.Passkeys) != len(before.Passkeys) || !slices.Equal(now.TOTP, before.TOTP) || now.PasswordHash != before.PasswordHash {
			t.Errorf("%s: changed", name)
		}
	}
}

// T32: a new password is no sign-in: the evidence of the session gets no newer,
// and its end comes no later.
func TestT32_ANewPasswordIsNoProof(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Expiration, c.Idle = 4*time.Minute, time.Hour })
	c := b.browser()
	c.signIn("ada", adaPass)
	proved := b.clock.Now().Unix()
	b.clock.advance(3 * time.Minute)
	c.saidBack(c.own(c.own(c.account(), "password"), "change-password", "current", adaPass, "password", newPass, "again", newPass), "say.password_changed")
	if q := c.back(c.get(pathAuthorize, asking("prompt", "none", "max_age", "60"))); q.Get("error") != "login_required" {
		t.Errorf("fresh without a sign-in: %v", q)
	}
	if _, claims := b.redeemed(c.back(c.get(pathAuthorize, asking("prompt", "none"))).Get("code")); claims["auth_time"] != float64(proved) || claims["challenged"] != false {
		t.Errorf("auth_time %v, challenged %v", claims["auth_time"], claims["challenged"])
	}
	b.clock.advance(time.Minute)
	if q := c.back(c.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" {
		t.Errorf("the session outlives itself: %v", q)
	}
}

// T25: a device that a person allowed gets nothing when they signed out before
// it asked: nothing would revoke what it got.
func TestT25_SignOutBeforeTheDevicePolls(t *testing.T) {
	b := newBench(t, withDevice)
	c := b.browser()
	c.signIn("ada", adaPass)
	kept, dropped := b.device("openid offline_access"), b.device("openid")
	for _, d := range []waitingDevice{kept, dropped} {
		c.press(pathDevice, c.typed(d.user), "do", "allow")
	}
	c.own(c.account(), "sign-out")
	if got := dropped.poll(); got["error"] != "invalid_grant" || b.count(grants.BucketTokens) != 0 {
		t.Errorf("%v", got)
	}
	if got := kept.poll(); got["access_token"] == nil {
		t.Errorf("for offline use: %v", got)
	}
}

// T25: what a disabled person had open does not come back with them.
func TestT25_NothingComesBackWithThePerson(t *testing.T) {
	for name, end := range map[string]func(*bench) error{
		"a host that runs": func(b *bench) error { return b.provider.SignOut(t.Context(), "sub-ada", true) },
		"a store alone":    func(b *bench) error { return SignOut(t.Context(), b.store, "sub-ada", true) },
	} {
		b := newBench(t, withThird)
		c, bob := b.browser(), b.browser()
		code := c.signIn("ada", adaPass, "client_id", "offline", "scope", "openid offline_access")
		got := object(t, b.token(code, "client_id", "offline", "client_secret", appSecret).body)
		bob.signIn("bob", bobPass)
		b.edit("ada", func(p *people.Person) { p.Disabled = true })
		must(t, end(b))
		b.edit("ada", func(p *people.Person) { p.Disabled = false })
		if q := c.back(c.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" {
			t.Errorf("%s: her session: %v", name, q)
		}
		if r := b.userInfo("Bearer " + got["access_token"].(string)); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: her access token: %d", name, r.StatusCode)
		}
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got["refresh_token"].(string)}, "client_id": {"offline"}, "client_secret": {appSecret}}
		if r := b.browser().post(pathToken, form); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: her refresh token: %d", name, r.StatusCode)
		}
		if q := bob.back(bob.get(pathAuthorize, asking("prompt", "none"))); q.Get("code") == "" {
			t.Errorf("%s: somebody else's session: %v", name, q)
		}
	}
}

// T25: whoever found a badge is out when it is taken away.
func TestT25_ALostBadgeEndsWhatItOpened(t *testing.T) {
	for name, do := range map[string]func(people.Desk) error{
		"the badge":         func(d people.Desk) error { return d.RemoveBadge(t.Context(), "ada", adaBadge) },
		"the second factor": func(d people.Desk) error { return d.ResetFactors(t.Context(), "ada") },
	} {
		b := newBench(t, offering(factors.Badge)).badges()
		c := b.browser()
		c.back(c.fill(pathSignIn, c.get(pathAuthorize, asking()), "badge", adaBadge))
		desk := people.Desk{Directory: b.people}
		desk.Told = func(ctx context.Context, deed people.Deed, p people.Person, _ int) {
			if signOut, everything := people.Ends(deed); signOut {
				must(t, b.provider.SignOut(ctx, p.Subject, everything))
			}
		}
		must(t, do(desk))
		if q := c.back(c.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" {
			t.Errorf("%s: %v", name, q)
		}
	}
}

// However a badge's number is padded, its password is guessed against one
// account.
func TestPaddedBadgesAreOneAccount(t *testing.T) {
	b := newBench(t, offering(factors.BadgePassword)).badges()
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	guesses := 0
	for split := range len(adaBadge) {
		padded := adaBadge[:split] + strings.Repeat("-", maxBadge) + adaBadge[split:]
		if c.fill(pathSignIn, page, "badge", padded, "password", adaPass).StatusCode/100 == 3 {
			guesses++
		}
	}
	if guesses > 0 {
		t.Errorf("%d spellings that are counted apart open her account", guesses)
	}
}
