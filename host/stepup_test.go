package host_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// tenMinutes is a site whose person signed in ten minutes ago: the session is
// there, and Authenticated/Fresh is over.
func tenMinutes(t *testing.T, with settings, knobs ...func(*hosttest.Knobs)) (*site, *browser) {
	t.Helper()
	s := newSite(t, hosttest.NewProvider(t), with)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(10 * time.Minute)
	for _, k := range knobs {
		s.idp.Set(k)
	}
	s.idp.ResetCalls()
	return s, b
}

func TestStepUp_AtOnceWhenTheLevelIsHeld(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.ResetCalls()
	s.idp.Clock.Advance(299 * time.Second)
	b.unchanged(func() {
		a := b.step(stepUp(freshLevel) + "&return_to=/there%3Fa=b")
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/there?a=b" {
			t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
		}
	})
	if n := s.idp.Calls(hosttest.Authorize); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
	s.idp.Clock.Advance(time.Second)
	b.begin(stepUp(freshLevel)) // a second later it is not held any more
}

func TestStepUp_PerformedGivesANewHandleAndKeepsTheAbsoluteLifetime(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: "session: {idle: 1h, absolute: 1h}"})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	old := b.bearing()
	s.idp.Clock.Advance(50 * time.Minute)
	a := b.step(b.approve(b.begin(stepUp(freshLevel) + "&return_to=/there")))
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/there" {
		t.Fatalf("%s to %q: %s", a.Status, a.Header.Get("Location"), a.Body)
	}
	d := b.session()
	now := s.idp.Clock.Now()
	if l := d.level(freshLevel); l == nil || l.Until != now.Unix()+300 || d.User.Timestamp != now.UnixMilli() {
		t.Errorf("%+v, timestamp %d", d.SecurityLevels, d.User.Timestamp)
	}
	if b.cookie(sessionCookie).Value == old.cookie(sessionCookie).Value || old.session().Authenticated {
		t.Error("the handle before the step-up still opens the session")
	}
	events := s.audited("step_up")
	if len(events) != 1 || events[0].Level != freshLevel || events[0].Session != s.audited("login")[0].Session {
		t.Errorf("audited: %+v", events)
	}
	s.idp.Clock.Advance(10*time.Minute - time.Second)
	if !b.session().Authenticated {
		t.Error("the session ended early")
	}
	s.idp.Clock.Advance(time.Second) // an hour after the sign-in, ten minutes after the step-up
	if b.session().Authenticated {
		t.Error("a step-up made the session live longer")
	}
}

func TestStepUp_CancelledLeavesTheSession(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{}, func(k *hosttest.Knobs) { k.Error = "access_denied" })
	b.unchanged(func() {
		a := b.get(stepUp(freshLevel))
		s.helpful(a, "login_cancelled")
		if !strings.Contains(a.Body, "level=Authenticated%2FFresh") {
			t.Error("the page does not offer the step-up again")
		}
	})
	s.idp.Set(func(k *hosttest.Knobs) { k.Error = "" })
	if d := b.signedIn(stepUp(freshLevel)); d.level(freshLevel) == nil {
		t.Errorf("the next step-up gave %+v", d.SecurityLevels)
	}
}

func TestStepUp_EveryOtherFailureLeavesTheSession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		knobs func(*hosttest.Knobs)
		code  string
	}{
		"a bad signature":      {func(k *hosttest.Knobs) { k.BadSignature = true }, "id_token_invalid"},
		"an error":             {func(k *hosttest.Knobs) { k.Error = "server_error" }, "provider_error"},
		"no exchange":          {func(k *hosttest.Knobs) { k.TokenError = "invalid_grant" }, "token_exchange_failed"},
		"a dropped connection": {func(k *hosttest.Knobs) { k.Faults = faults(hosttest.Token, hosttest.Fault{Drop: true}) }, "provider_unavailable"},
		"a wrong type mapped":  {func(k *hosttest.Knobs) { k.Claims = map[string]any{"email": 1} }, "mapping_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, b := tenMinutes(t, settings{Provider: "userinfo: {endpoint: off}"}, c.knobs)
			b.unchanged(func() { s.helpful(b.get(stepUp(freshLevel)), c.code) })
		})
	}
}

func faults(e hosttest.Endpoint, f hosttest.Fault) map[hosttest.Endpoint]hosttest.Fault {
	return map[hosttest.Endpoint]hosttest.Fault{e: f}
}

const oddLevels = `
levels:
  Authenticated/Fresh: {description: credentials proved within five minutes, step_up: true}
  Authenticated/Plain: {description: nothing to ask for}
  Authenticated/Never: {description: no rule grants it, step_up: true}
  Authenticated/Teams: {group: true}
  Authenticated/Teams/Blue: {step_up: true}
`

func TestStepUp_LevelsThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	s, signedIn := tenMinutes(t, settings{Rest: oddLevels})
	for _, b := range []*browser{signedIn, s.browser()} {
		for level, code := range map[string]string{
			"Authenticated/Nope":        "level_unknown",
			"authenticated/fresh":       "level_unknown",
			"Authenticated/Fresh/":      "level_unknown",
			"Authenticated":             "level_unknown", // built in: it is declared nowhere
			"Authenticated/Roles/admin": "level_unknown",
			"Authenticated/Plain":       "level_not_step_up",
			"Authenticated/Teams":       "level_not_step_up",
			"<script>":                  "level_unknown",
		} {
			a := b.get(stepUp(level))
			s.helpful(a, code)
			if strings.Contains(a.Body, "<script>") || b.pending() != 0 {
				t.Errorf("%s: a login was begun, or the level stands on the page", level)
			}
		}
	}
	if n := s.idp.Calls(hosttest.Authorize); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

func TestStepUp_ProvedButTheRulesStillSayNo(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{Rest: oddLevels})
	b.unchanged(func() {
		a := b.get(stepUp("Authenticated/Never"))
		s.helpful(a, "level_not_reached")
		if !strings.Contains(a.Body, "Needed is Authenticated/Never") {
			t.Errorf("the page does not say why: %s", a.Body)
		}
	})
	if n := s.idp.Calls(hosttest.Authorize); n != 1 {
		t.Errorf("the provider was asked %d times for what asking cannot reach", n)
	}
}

func TestStepUp_TheSessionEndedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*site, *browser){
		"signed out": func(s *site, b *browser) { b.post("/logout", url.Values{}) },
		"idle":       func(s *site, b *browser) { s.idp.Clock.Advance(5 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t), settings{Top: "session: {idle: 5m, absolute: 1h}", Provider: "skew: 10m"})
			s.idp.Set(func(k *hosttest.Knobs) {
				k.EditDiscovery = func(d map[string]any) { delete(d, "end_session_endpoint") }
			})
			b := s.browser()
			b.signedIn("/login?idp=corp")
			s.idp.Clock.Advance(4 * time.Minute)
			b.session() // a use
			s.idp.Clock.Advance(time.Minute + 59*time.Second)
			authorize := b.begin(stepUp(freshLevel))
			end(s, b)
			s.helpful(b.get(b.approve(authorize)), "session_missing")
			if b.session().Authenticated {
				t.Error("the step-up made a session out of nothing")
			}
		})
	}
}

func TestStepUp_GoesToTheSessionsOwnProvider(t *testing.T) {
	t.Parallel()
	other := hosttest.NewProvider(t)
	_, b := tenMinutes(t, settings{Rest: second(other)})
	b.begin(stepUp(freshLevel) + "&idp=other") // fails when it does not lead to corp
	if n := other.Calls(hosttest.Authorize); n != 0 {
		t.Errorf("the other provider was asked %d times", n)
	}
}

// second is another provider, called other, beside corp: the beginning of the
// settings' Rest.
func second(idp *hosttest.Provider) string {
	return fmt.Sprintf("  other: {issuer: %q, client_id: doorward, client_secret: %q, display_name: Other People}\n", idp.URL, idp.ClientSecret)
}
