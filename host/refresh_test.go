package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// refreshing are settings whose levels rest on userinfo, on a role, on the
// evidence and on nothing.
func refreshing(more string) settings {
	with := settings{
		Top: trusting + "\nsession: {idle: 12h, absolute: 48h}",
		Provider: "mappers:\n  - direct: {attribute: roles, source: userInfo, path: roles}\n" +
			"  - direct: {attribute: attributes.groups, source: userInfo, path: groups}\n" + more,
		Rest: "policies: {path: policies}\nlevels:\n  Authenticated/Fresh: {step_up: true}\n  Authenticated/Engineer: {}\n  Authenticated/Given: {}\n" + applications,
		Files: rego(`
grant contains {"level": "Authenticated/Fresh", "until": reauth.until("5m")}
grant contains "Authenticated/Engineer" if "engineering" in input.user.attributes.groups
`),
	}
	return with
}

// refreshable is a provider whose access tokens live an hour, and whose refresh
// tokens are good once.
func refreshable(t testing.TB, knobs ...func(*hosttest.Knobs)) *hosttest.Provider {
	return hosttest.NewProvider(t, append([]func(*hosttest.Knobs){func(k *hosttest.Knobs) {
		k.Refreshing = hosttest.Refreshing{Offered: true, Rotate: true}
		k.UserClaims["groups"], k.UserClaims["roles"] = []string{"engineering"}, []string{"admin"}
	}}, knobs...)...)
}

const (
	tokenLife = time.Hour
	engineer  = "Authenticated/Engineer"
	adminRole = "Authenticated/Roles/admin"
)

// until asks until the session is as want says, and fails after a while: what
// happens behind a request takes its time.
func (b *browser) until(what string, want func(document) bool) document {
	b.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		d := b.session()
		if want(d) {
			return d
		}
		if time.Now().After(end) {
			b.t.Fatalf("never %s: %v, %v\n%s", what, d.Authenticated, d.paths(), b.site.log)
		}
	}
}

// happens waits until an event of a type was audited n times.
func (s *site) happens(kind string, n int) []login.Event {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if found := s.audited(kind); len(found) >= n || time.Now().After(end) {
			if len(found) != n {
				s.t.Fatalf("%s was audited %d times, want %d\n%s", kind, len(found), n, s.log)
			}
			return found
		}
	}
}

func (s *site) refreshes() int { return s.idp.Calls(hosttest.Refresh) }

func groups(list ...string) func(*hosttest.Knobs) {
	return func(k *hosttest.Knobs) { k.UserClaims["groups"] = list }
}

// TestIGN12_TheHostRefreshes: on use, before the access token's end, behind the
// request; and what the provider says then replaces what it said, all at once.
func TestIGN12_TheHostRefreshes(t *testing.T) {
	t.Parallel()
	s := newSite(t, refreshable(t), refreshing(""))
	b := s.browser()
	first := b.signedIn("/login?idp=corp")
	page := b.listen(publicEvents, "")
	page.expect("session")
	s.idp.Clock.Advance(tokenLife - 61*time.Second)
	b.session()
	if s.refreshes() != 0 {
		t.Error("it was refreshed too early")
	}
	s.idp.Clock.Advance(2 * time.Second)
	s.idp.Set(groups("sales"))
	s.idp.Set(func(k *hosttest.Knobs) { k.UserClaims["email"] = "new@example.com" })
	if d := b.session(); d.level(engineer) == nil {
		t.Error("the request behind which it is refreshed is another one's")
	}
	d := b.until("refreshed", func(d document) bool { return d.level(engineer) == nil })
	if d.User.Email != "new@example.com" || fmt.Sprint(d.User.Attributes["groups"]) != "[sales]" || fmt.Sprint(d.IdPAttributes["userInfo"]["groups"]) != "[sales]" {
		t.Errorf("half of it is new: %+v", d.User)
	}
	if d.User.Timestamp != first.User.Timestamp || d.User.ID != first.User.ID {
		t.Errorf("timestamp %d, was %d", d.User.Timestamp, first.User.Timestamp)
	}
	if e := page.expect("refreshed"); e.Timestamp != first.User.Timestamp || e.level(engineer) != nil || e.level(adminRole) == nil {
		t.Errorf("told %s", e.Raw)
	}
	e := s.happens("refreshed", 1)[0]
	if e.Provider != "corp" || e.Session == "" || e.Person == "" || e.LoginID == "" || e.Proof != nil || !slices.Contains(e.Before, engineer) || slices.Contains(e.Levels, engineer) || e.Policy == "" {
		t.Errorf("audited %+v", e)
	}
	for _, e := range s.audited("levels") {
		if !slices.Contains(e.Levels, engineer) {
			t.Errorf("the change is told twice: %+v", e)
		}
	}
	for range 5 {
		b.session()
	}
	if s.refreshes() != 1 {
		t.Errorf("refreshed %d times", s.refreshes())
	}
}

// TestT24_ARemovedGroupIsGone with the first request after the access token's
// end: it waits for the refresh.
func TestT24_ARemovedGroupIsGone(t *testing.T) {
	t.Parallel()
	s := newSite(t, refreshable(t), refreshing(""))
	b := s.browser()
	b.echoed("https://wiki.example.test/page")
	s.idp.Set(groups())
	s.idp.Set(func(k *hosttest.Knobs) { k.UserClaims["roles"] = []string{} })
	for range 3 {
		s.idp.Clock.Advance(tokenLife)
		if held := b.echoed("https://wiki.example.test/page").Header.Get("X-Doorward-Levels"); strings.Contains(held, engineer) || strings.Contains(held, adminRole) || !strings.Contains(held, "Authenticated") {
			t.Errorf("held are %q", held)
		}
		if d := b.session(); d.level(engineer) != nil || d.level(adminRole) != nil {
			t.Errorf("held are %q", d.paths())
		}
	}
	s.idp.Set(groups("engineering"))
	s.idp.Clock.Advance(tokenLife)
	if d := b.session(); d.level(engineer) == nil {
		t.Error("the group that is there again gives no level")
	}
}

// TestT32_Freshness_c6_08_ARefreshMovesNoEvidence is case 8 of the freshness cases: a refresh
// whose ID token says a newer auth_time makes nobody fresh.
func TestT32_Freshness_c6_08_ARefreshMovesNoEvidence(t *testing.T) {
	t.Parallel()
	s := newSite(t, refreshable(t), refreshing("challenged: trusted"))
	b := s.browser()
	first := b.signedIn("/login?idp=corp")
	if first.level(freshLevel) == nil {
		t.Fatal("it was never fresh")
	}
	s.idp.Set(func(k *hosttest.Knobs) {
		k.Refreshing.EditClaims = func(c map[string]any) {
			c["auth_time"], c["challenged"], c["amr"], c["acr"] = s.idp.Clock.Now().Unix(), true, []string{"hwk"}, "gold"
		}
		k.UserClaims["auth_time"] = s.idp.Clock.Now().Add(tokenLife).Unix()
	})
	for range 3 {
		s.idp.Clock.Advance(tokenLife)
		d := b.session()
		if d.level(freshLevel) != nil || d.User.Timestamp != first.User.Timestamp {
			t.Errorf("held are %q", d.paths())
		}
	}
	if s.refreshes() != 3 || len(s.audited("auth_time_moved")) != 3 {
		t.Errorf("refreshed %d times, told %d times", s.refreshes(), len(s.audited("auth_time_moved")))
	}
}

// TestT27_ManyAtTheEnd: 200 requests at once when the access token has ended, by
// one-time refresh tokens, of several tabs and two origins. One refresh, and
// nobody is refused.
func TestT27_ManyAtTheEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t, refreshable(t), refreshing(""))
	b := s.browser()
	b.echoed("https://wiki.example.test/page")
	for round := 1; round <= 3; round++ {
		s.idp.Clock.Advance(tokenLife + time.Second)
		s.idp.Set(func(k *hosttest.Knobs) { k.Refreshing.Slow = 50 * time.Millisecond })
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				at := []string{"https://wiki.example.test/page", publicURL + "/session"}[i%2]
				r := b.request(http.MethodGet, at, "")
				r.Header.Set("Accept", "application/json")
				if a := b.do(r); a.StatusCode != http.StatusOK || !strings.Contains(a.Body, "Engineer") {
					t.Errorf("%s: %s %.200s", at, a.Status, a.Body)
				}
			})
		}
		all.Wait()
		if s.refreshes() != round || len(s.audited("refreshed")) != round {
			t.Errorf("round %d: refreshed %d times", round, s.refreshes())
		}
	}
}

// What stays of a session that ends, or is raised, while it is refreshed is the
// end, or the step-up.
func TestT27_ARefreshAndOtherThings(t *testing.T) {
	t.Parallel()
	slow := func(k *hosttest.Knobs) { k.Refreshing.Slow = 300 * time.Millisecond }
	for name, other := range map[string]func(s *site, b *browser) (lives bool){
		"sign-out": func(s *site, b *browser) bool { b.post("/logout", url.Values{}); return false },
		"revoked": func(s *site, b *browser) bool {
			if _, err := host.RevokeSessions(context.Background(), s.options().Config, host.SessionChoice{All: true}, nil); err != nil {
				s.t.Error(err)
			}
			return false
		},
		"a step-up": func(s *site, b *browser) bool { b.get(stepUp(freshLevel)); return true },
		"a sign-in": func(s *site, b *browser) bool { b.get("/login?idp=corp&force_auth=true"); return true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, refreshable(t, slow), refreshing(""))
			b := s.browser()
			b.signedIn("/login?idp=corp")
			s.idp.Clock.Advance(tokenLife - 30*time.Second)
			b.session()
			s.asked(hosttest.Refresh, 1)
			lives := other(s, b)
			time.Sleep(400 * time.Millisecond)
			d := b.session()
			if d.Authenticated != lives || lives && d.level(freshLevel) == nil {
				t.Errorf("%v, %q", d.Authenticated, d.paths())
			}
			if n := len(s.audited("refreshed")) + len(s.audited("frozen")); n != 0 {
				t.Errorf("%d refreshes are told that did not count", n)
			}
			if lives { // the step-up's own refresh token is the one that counts
				s.idp.Clock.Advance(tokenLife)
				b.session()
				s.happens("refreshed", 1)
			} else if list := s.listed(); len(list) != 0 {
				t.Errorf("listed %v", list)
			}
		})
	}
}

// asked waits until the provider was asked n times.
func (s *site) asked(what hosttest.Endpoint, n int) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); s.idp.Calls(what) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("the provider was asked %d times", s.idp.Calls(what))
		}
	}
}

// A provider that is not to be asked is not, and one that gives no refresh token
// cannot be: the claims of the sign-in hold as long as the session.
func TestWithoutRefreshingTheClaimsStay(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*site{
		"off":              newSite(t, refreshable(t), refreshing("refresh: {mode: off}")),
		"no refresh token": newSite(t, refreshable(t, func(k *hosttest.Knobs) { k.Refreshing.Offered = false }), refreshing("")),
		"no expires_in": newSite(t, refreshable(t, func(k *hosttest.Knobs) {
			k.EditTokens = func(m map[string]any) { delete(m, "expires_in") }
		}), refreshing("")),
	} {
		b := s.browser()
		b.signedIn("/login?idp=corp")
		for range 20 {
			s.idp.Clock.Advance(20 * time.Minute)
			if d := b.session(); d.level(engineer) == nil || d.level(engineer).Until != 0 {
				t.Errorf("%s: %q", name, d.paths())
			}
		}
		if s.refreshes() != 0 {
			t.Errorf("%s: refreshed %d times", name, s.refreshes())
		}
	}
}

// A session's tokens, and what rests on them, outlive a restart of the host and
// a rotation of its key.
func TestT27_ARefreshAfterARestart(t *testing.T) {
	t.Parallel()
	s := newSite(t, refreshable(t), refreshing(""))
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for round := 1; round <= 3; round++ {
		s.idp.Clock.Advance(tokenLife)
		s.stop()
		s.start()
		if d := b.session(); d.level(engineer) == nil {
			t.Errorf("round %d: %q", round, d.paths())
		}
		if s.refreshes() != round {
			t.Errorf("round %d: refreshed %d times", round, s.refreshes())
		}
	}
}

// No token is in a log, an event or a metric, whatever becomes of a refresh.
func TestT48_ARefreshShowsNoToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, refreshable(t, func(k *hosttest.Knobs) { k.Refreshing.Lose = 1 }), refreshing(""))
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for range 3 {
		s.idp.Clock.Advance(tokenLife)
		b.session()
	}
	s.happens("frozen", 1)
	events, err := json.Marshal(append(s.audited("frozen"), s.audited("refresh_failed")...))
	if err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(b.session())
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"the log": s.log.String(), "an event": string(events), "the session document": string(document)} {
		for _, token := range []string{`"at-`, `"rt-`, "=at-", "=rt-", " at-", " rt-"} {
			if strings.Contains(text, token) {
				t.Errorf("%s shows a token: %s", what, token)
			}
		}
	}
}
