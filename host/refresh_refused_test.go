package host_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// TestT27_ARefusalEndsTheSession, or freezes it where that is configured.
func TestT27_ARefusalEndsTheSession(t *testing.T) {
	t.Parallel()
	for _, behind := range []bool{true, false} {
		s := newSite(t, refreshable(t), refreshing(""))
		b := s.browser()
		b.echoed("https://wiki.example.test/page")
		page := b.listen(publicEvents, "")
		page.expect("session")
		s.idp.RevokeRefresh()
		s.idp.Clock.Advance(tokenLife - time.Second)
		if !behind {
			s.idp.Clock.Advance(time.Second)
		}
		b.until("signed out", func(d document) bool { return !d.Authenticated })
		page.expect("logout")
		if a := b.step("https://wiki.example.test/page"); a.StatusCode != http.StatusSeeOther {
			t.Errorf("the application: %s", a.Status)
		}
		if e := s.happens("logout", 1)[0]; e.Code != login.CodeRefreshRefused || e.Cause != login.CauseRefused || e.Session == "" || !slices.Contains(e.Before, engineer) {
			t.Errorf("audited %+v", e)
		}
		if list := s.listed(); len(list) != 0 || s.refreshes() != 1 {
			t.Errorf("listed %v, refreshed %d times", list, s.refreshes())
		}
	}
}

func TestT27_ARefusalFreezesTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, refreshable(t), refreshing("refresh: {on_refusal: freeze}"))
	b := s.browser()
	b.echoed("https://wiki.example.test/page")
	s.idp.RevokeRefresh()
	s.idp.Clock.Advance(tokenLife - 20*time.Second)
	end := s.idp.Clock.Now().Add(20 * time.Second).Unix()
	b.session()
	e := s.happens("frozen", 1)[0]
	if e.Code != login.CodeRefreshRefused || !slices.Contains(e.Levels, engineer) {
		t.Errorf("audited %+v", e)
	}
	d := b.session()
	if l := d.level(engineer); l == nil || l.Until != end || d.level(adminRole).Until != end || d.level("Authenticated").Until != 0 {
		t.Errorf("held are %+v, want until %d", d.SecurityLevels, end)
	}
	s.idp.Clock.Advance(20 * time.Second)
	b.session().holds(t, "Authenticated")
	if why := s.happens("levels", 2)[1]; why.Cause != login.CauseEnded || len(why.Withheld) == 0 || why.Withheld[0].Reason != login.ReasonClaimsEnded {
		t.Errorf("audited %+v", why)
	}
	for range 3 {
		s.idp.Clock.Advance(10 * time.Minute)
		b.session().holds(t, "Authenticated")
	}
	if s.refreshes() != 1 {
		t.Errorf("the refused token was sent %d times", s.refreshes())
	}
	again := b.signedIn("/login?idp=corp&force_auth=true")
	again.holds(t, "Authenticated", engineer, freshLevel, "Authenticated/Roles", adminRole)
}

// TestT27_TheProviderIsDown: it is asked again after growing pauses, what it said
// ends with the access token, and comes back when it does.
func TestT27_TheProviderIsDown(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]hosttest.Fault{"down": {Status: 503}, "cut off": {Drop: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, refreshable(t), refreshing(""))
			b := s.browser()
			b.signedIn("/login?idp=corp")
			s.idp.Set(func(k *hosttest.Knobs) { k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Refresh: down} })
			s.idp.Clock.Advance(tokenLife - 50*time.Second)
			b.session()
			failed := s.happens("refresh_failed", 1)[0]
			if failed.Code != login.CodeProviderDown || failed.Provider != "corp" || failed.Session == "" {
				t.Errorf("audited %+v", failed)
			}
			if d := b.session(); d.level(engineer) == nil || d.level(engineer).Until == 0 {
				t.Errorf("before the end: %+v", d.SecurityLevels)
			}
			for range 49 { // 5, 10, 20, 40 s
				s.idp.Clock.Advance(time.Second)
				b.session()
				time.Sleep(2 * time.Millisecond)
			}
			if n := s.refreshes(); n < 3 || n > 4 {
				t.Errorf("in 50 s the provider was asked %d times", n)
			}
			for range 20 {
				s.idp.Clock.Advance(30 * time.Second)
				if d := b.session(); !d.Authenticated || d.level(engineer) != nil || d.level(adminRole) != nil {
					t.Fatalf("held are %q", d.paths())
				}
				time.Sleep(2 * time.Millisecond)
			}
			if n := s.refreshes(); n < 6 || n > 15 {
				t.Errorf("in ten minutes the provider was asked %d times", n)
			}
			if len(s.audited("refresh_failed")) != 1 {
				t.Errorf("told %d times", len(s.audited("refresh_failed")))
			}
			s.idp.Set(func(k *hosttest.Knobs) { k.Faults = nil })
			d := b.until("back", func(d document) bool {
				s.idp.Clock.Advance(10 * time.Second) // a try that was still under way may begin a pause only now
				return d.level(engineer) != nil
			})
			if d.level(engineer).Until != 0 || d.level(adminRole) == nil {
				t.Errorf("held are %+v", d.SecurityLevels)
			}
		})
	}
}

// TestT27_ALostAnswer: a provider that detects reuse revokes what the old
// refresh token could have got. The session stays, without what the provider
// said; never is it raised, and never lost.
func TestT27_ALostAnswer(t *testing.T) {
	t.Parallel()
	for _, rotate := range []bool{true, false} {
		s := newSite(t, refreshable(t, func(k *hosttest.Knobs) { k.Refreshing.Lose, k.Refreshing.Rotate = 1, rotate }), refreshing(""))
		b := s.browser()
		b.signedIn("/login?idp=corp")
		s.idp.Clock.Advance(tokenLife)
		b.session().holds(t, "Authenticated")
		s.happens("refresh_failed", 1)
		s.idp.Clock.Advance(5 * time.Second)
		b.session()
		if rotate {
			s.happens("frozen", 1)
			b.session().holds(t, "Authenticated")
			if len(s.audited("logout"))+len(s.audited("refreshed")) != 0 {
				t.Errorf("something else was told as well: %+v", s.audited("logout"))
			}
			continue
		}
		s.happens("refreshed", 1)
		b.session().holds(t, "Authenticated", engineer, "Authenticated/Roles", adminRole)
	}
}

// TestT27_AnAnswerThatFailsACheck: nothing of it is used.
func TestT27_AnAnswerThatFailsACheck(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]map[string]any{
		"another person": {"sub": "mallory"}, "another issuer": {"iss": "https://attacker.example"}, "another audience": {"aud": "another"},
	} {
		s := newSite(t, refreshable(t), refreshing(""))
		b := s.browser()
		b.signedIn("/login?idp=corp")
		s.idp.Set(groups("engineering", "bosses"))
		s.idp.Set(func(k *hosttest.Knobs) { k.Refreshing.Claims = claims })
		s.idp.Clock.Advance(tokenLife)
		d := b.session()
		d.holds(t, "Authenticated")
		if fmt.Sprint(d.User.Attributes["groups"]) != "[engineering]" || d.IdPAttributes["idTokenClaims"]["sub"] != "alice-7f3a" {
			t.Errorf("%s: %+v", name, d.User)
		}
		if e := s.happens("refresh_failed", 1)[0]; e.Code != login.CodeRefreshFailed {
			t.Errorf("%s: audited %+v", name, e)
		}
	}
}
