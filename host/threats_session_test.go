package host_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// Whatever session cookie a browser brings, the handle after a login is a new
// one that the host made, and the one before is dead.
func TestT23_fixation(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	attacker := s.browser()
	attacker.get("/login?idp=corp")
	for name, preset := range map[string]string{
		"of the attacker": attacker.handle(), "made up": strings.Repeat("A", 43), "empty": "", "no handle": "x", "long": strings.Repeat("A", 4000),
	} {
		victim := s.holding(preset)
		if preset != attacker.handle() && victim.session().Authenticated {
			t.Fatalf("%s: the preset cookie opens a session", name)
		}
		victim.get("/login?idp=corp")
		if got := victim.handle(); got == preset || len(got) != 43 || !victim.session().Authenticated {
			t.Errorf("%s: the handle after the login has %d bytes", name, len(got))
		}
		if s.holding(preset).session().Authenticated {
			t.Errorf("%s: the preset handle opens a session", name)
		}
	}
}

// The handle changes at every login and at every step-up, and a step-up that
// fails leaves it as it was.
func TestT23_the_handle_changes(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.get("/login?idp=corp")
	before := b.handle()
	for _, c := range []struct{ name, at string }{
		{"again", "/login?idp=corp"}, {"forced", "/login?idp=corp&force_auth=true"}, {"step-up", "/login?level=Authenticated/Fresh"},
	} {
		s.idp.Clock.Advance(6 * time.Minute)
		b.get(c.at)
		after := b.handle()
		if after == before || !b.session().Authenticated {
			t.Errorf("%s: the handle stayed, or opens nothing\n%s", c.name, s.log)
		}
		if s.holding(before).session().Authenticated {
			t.Errorf("%s: the handle before still opens the session", c.name)
		}
		before = after
	}
	s.idp.Clock.Advance(6 * time.Minute)
	s.idp.Set(func(k *hosttest.Knobs) { k.AuthTime = hosttest.IgnoresPrompt })
	s.helpful(b.get("/login?level=Authenticated/Fresh"), string(login.CodeReauthNotPerformed))
	if b.handle() != before || !b.session().Authenticated {
		t.Error("a failed step-up changed the session")
	}
}

// After a sign-out nothing is left in the browser, and the old cookie opens
// nothing.
func TestT25_logout(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.get("/login?idp=corp")
	old := b.handle()
	if !s.holding(old).session().Authenticated {
		t.Fatal("nobody is signed in")
	}
	a := b.postStep("/logout", nil)
	if a.StatusCode >= 400 {
		t.Fatalf("%s\n%s", a.Status, a.Body)
	}
	checkCleared(t, a, sessionCookie)
	if left := b.jar.Cookies(home()); len(left) != 0 {
		t.Errorf("the browser keeps %v", left)
	}
	if b.session().Authenticated || s.holding(old).session().Authenticated {
		t.Error("the session goes on")
	}
	again := s.holding(old)
	if a := again.postStep("/logout", nil); a.StatusCode >= 400 {
		t.Errorf("a second sign-out: %s", a.Status)
	}
	if len(s.audited("logout")) != 1 {
		t.Errorf("audited %+v", s.audited("logout"))
	}
	// A step-up that was under way finds no session to raise.
	c := s.browser()
	c.get("/login?idp=corp")
	s.idp.Clock.Advance(6 * time.Minute)
	callback := c.approve(c.begin("/login?level=Authenticated/Fresh"))
	c.postStep("/logout", nil)
	s.helpful(c.step(callback), string(login.CodeSessionMissing))
	if c.session().Authenticated {
		t.Error("a step-up brought an ended session back")
	}
}

// Only a page of this host ends a session.
func TestT25_logout_needs_our_origin(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.get("/login?idp=corp")
	for name, origin := range map[string][]string{
		"none": nil, "null": {"null"}, "empty": {""}, "foreign": {"https://attacker.example"}, "plain http": {"http://login.example.test"},
		"another port": {publicURL + ":8443"}, "longer": {publicURL + ".attacker.example"}, "a path": {publicURL + "/"},
		"upper case": {"https://LOGIN.example.test"}, "user part": {"https://login.example.test@attacker.example"},
		"two": {publicURL, "https://attacker.example"}, "two, ours last": {"https://attacker.example", publicURL}, "a list": {publicURL + " https://attacker.example"},
	} {
		r := b.request(http.MethodPost, "/logout", "")
		if origin != nil {
			r.Header["Origin"] = origin
		}
		r.Header.Set("Referer", publicURL+"/")
		if a := b.do(r); a.StatusCode != http.StatusForbidden || a.code() != string(login.CodeOriginRefused) || len(a.Cookies()) != 0 {
			t.Errorf("%s: %s %q", name, a.Status, a.code())
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
		r := b.request(method, "/logout", "")
		r.Header.Set("Origin", publicURL)
		b.do(r)
	}
	b.get("/logout/callback/corp")
	if !b.session().Authenticated {
		t.Error("the session ended")
	}
}

// Fifty logins begun in one browser leave five, and those five all finish.
func TestT26_fifty_tabs(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	var tabs []*url.URL
	for range 50 {
		s.idp.Clock.Advance(time.Second)
		tabs = append(tabs, b.begin("/login?idp=corp"))
		if n := b.pending(); n > 5 {
			t.Fatalf("the browser keeps %d logins", n)
		}
	}
	for i, tab := range tabs[45:] {
		if a := b.step(b.approve(tab)); a.StatusCode != http.StatusSeeOther {
			t.Errorf("tab %d: %s %s", 46+i, a.Status, a.code())
		}
	}
	if b.pending() != 0 || !b.session().Authenticated {
		t.Errorf("%d logins are left", b.pending())
	}
	s.helpful(b.step(b.approve(tabs[0])), string(login.CodeStateUnknown))
}

// Two tabs that are answered at the same moment both finish.
func TestT26_two_tabs_at_once(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	for _, signedIn := range []bool{false, true} {
		b := s.browser()
		if signedIn {
			b.get("/login?idp=corp")
		}
		callbacks := []string{b.approve(b.begin("/login?idp=corp&return_to=/one")), b.approve(b.begin("/login?idp=corp&return_to=/two"))}
		b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		answers := make([]answer, len(callbacks))
		var all sync.WaitGroup
		for i, at := range callbacks {
			all.Go(func() { answers[i] = b.get(at) })
		}
		all.Wait()
		for i, want := range []string{"/one", "/two"} {
			if a := answers[i]; a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != want {
				t.Errorf("signed in %t, tab %d: %s %s", signedIn, i, a.Status, a.code())
			}
		}
		if !b.session().Authenticated {
			t.Errorf("signed in %t: the browser ended without a session", signedIn)
		}
	}
}

// Many groups fit: the session is not in the cookie.
func TestT26_many_groups(t *testing.T) {
	t.Parallel()
	var groups []string
	for i := range 300 {
		groups = append(groups, fmt.Sprintf("engineering/team-%03d/%s", i, strings.Repeat("x", 60)))
	}
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.UserClaims["groups"] = groups }),
		settings{Provider: "mappers: [{direct: {attribute: attributes.groups, source: userInfo, path: groups}}]"})
	b := s.browser()
	b.get("/login?idp=corp")
	list, _ := b.session().User.Attributes["groups"].([]any)
	if len(list) != 300 || len(b.handle()) != 43 {
		t.Errorf("%d groups, a cookie of %d bytes", len(list), len(b.handle()))
	}
	if a := b.get("/"); a.StatusCode != http.StatusOK || !strings.Contains(a.Body, "team-299") {
		t.Errorf("the start page: %s", a.Status)
	}
}

// postStep is post that follows nothing.
func (b *browser) postStep(at string, form url.Values) answer {
	b.t.Helper()
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.http.CheckRedirect = nil }()
	return b.post(at, form)
}

// checkCleared holds the clearing of a cookie against what makes browsers drop
// a __Host- cookie (RFC 6265bis, section 4.1.3.2).
func checkCleared(t *testing.T, a answer, name string) {
	t.Helper()
	for _, c := range a.Cookies() {
		if c.Name != name {
			continue
		}
		if c.Value != "" || c.MaxAge > 0 || c.Expires.IsZero() || c.Expires.After(time.Unix(1, 0)) || c.Path != "/" || !c.Secure || !c.HttpOnly || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("the cookie is not cleared: %s", c.Raw)
		}
		return
	}
	t.Errorf("%s is not cleared: %v", name, a.Header.Values("Set-Cookie"))
}
