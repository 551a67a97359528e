package host_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// signOut signs out as the page does, on from the provider too, and returns where
// the browser is in the end.
func (b *browser) signOut(form url.Values) (end answer, sent url.Values) {
	b.t.Helper()
	a := b.post("/logout", form)
	action, sent := hosttest.FormPost(a.Body)
	if !strings.HasPrefix(action, b.site.idp.URL+"/logout") {
		b.t.Fatalf("it does not go on at the provider: %s\n%s", a.Status, a.Body)
	}
	return b.post(action, sent), sent
}

// The modules of the OpenID conformance suite's plans for back-channel and
// RP-initiated logout, through the whole host.
func TestLogoutConformance(t *testing.T) {
	for _, m := range hosttest.LogoutModules() {
		t.Run(string(m.Plan)+"/"+m.Name, func(t *testing.T) {
			t.Parallel()
			var idToken string
			status := 0
			s := newSite(t, hosttest.NewProvider(t), settings{})
			s.idp.Set(func(k *hosttest.Knobs) {
				k.Notice, k.LogoutState = m.Notice, m.State
				k.EditIDToken = func(compact string) string { idToken = compact; return compact }
				if m.Status != 0 {
					k.Tell = func(token string) {
						a := s.notify(token)
						if status = a.StatusCode; a.Header.Get("Cache-Control") != "no-store" {
							t.Errorf("Cache-Control %q", a.Header.Get("Cache-Control"))
						}
					}
				}
			})
			other, b := s.browser(), s.browser()
			other.signedIn("/login?idp=corp")
			b.signedIn("/login?idp=corp")
			end, sent := b.signOut(url.Values{"return_to": {"/session"}})
			if status != m.Status {
				t.Errorf("the notice was answered with %d, want %d", status, m.Status)
			}
			if sent.Get("id_token_hint") != idToken || sent.Get("client_id") != s.idp.ClientID || sent.Get("state") == "" || sent.Get("post_logout_redirect_uri") != publicURL+"/logout/callback/corp" {
				t.Errorf("the provider is sent %v", sent)
			}
			want := "/session"
			if m.State != "" {
				want = "/?signed_out=true" // the way back is only in our own state
			}
			if got := end.Request.URL.RequestURI(); end.StatusCode != http.StatusOK || got != want {
				t.Errorf("the sign-out ends with %s at %s, want %s", end.Status, got, want)
			}
			if b.session().Authenticated {
				t.Error("the session goes on")
			}
			if ended := !other.session().Authenticated; ended != (m.Status == http.StatusOK) {
				t.Errorf("the provider's other session here ended: %v", ended)
			}
		})
	}
}

// A state of another provider, of another purpose, or twice is none of ours.
func TestTheWayBackIsOnlyInOurState(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Builtin: "sign_in: {methods: [password]}"})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	_, sent := hosttest.FormPost(b.post("/logout", url.Values{"return_to": {"/bye"}}).Body)
	state := sent.Get("state")
	home := "/?signed_out=true"
	for at, want := range map[string]string{
		"corp?state=" + state: "/bye", "staff?state=" + state: home, "corp": home, "corp?state=": home,
		"corp?state=" + state + "&state=" + state: home, "corp?state=" + state[:len(state)-4] + "AAAA": home, "corp?state=https://evil.example/": home, "corp?state=" + strings.Repeat("A", 8000): home,
	} {
		a := s.browser().step("/logout/callback/" + at)
		if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("%.80s leads to %s %q, want %q", at, a.Status, got, want)
		}
	}
	if a := s.browser().step("/logout/callback/nobody?state=" + state); a.code() != string(login.CodeProviderUnknown) {
		t.Errorf("an unknown provider: %s", a.Status)
	}
}

// Where the provider cannot be told, the page says that it may still know the
// person.
func TestSigningOutSaysThatTheProviderMayKnowMore(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(d map[string]any) { delete(d, "end_session_endpoint") }
	}), settings{Provider: "display_name: The <Corp>"})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	a := b.post("/logout", nil)
	if a.Request.URL.RawQuery != "signed_out=true&still=corp" || !strings.Contains(a.Body, "You are signed out.") ||
		!strings.Contains(a.Body, "But The &lt;Corp&gt; may still know you in this browser") {
		t.Errorf("%s\n%s", a.Request.URL, a.Body)
	}
	for _, query := range []string{"?signed_out=true", "?signed_out=true&still=", "?signed_out=true&still=nobody"} {
		if a := b.get("/" + query); a.StatusCode != http.StatusOK || strings.Contains(a.Body, "may still know you") {
			t.Errorf("%s: %s", query, a.Status)
		}
	}
}

// Everywhere ends every session of the person, at every provider's session and in
// every browser, and nobody else's.
func TestT25_signing_out_everywhere(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	ann := []*browser{s.signedIn("ann", "one"), s.signedIn("ann", "two"), s.signedIn("ann", "")}
	bob := s.signedIn("bob", "three")
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "ann" })
	under := s.browser()
	callback := under.approve(under.begin("/login?idp=corp"))
	s.idp.Clock.Advance(time.Millisecond)
	page := ann[0].get("/logout")
	if !strings.Contains(page.Body, "Sign out everywhere (3 sessions)") || strings.Count(page.Body, "<li>") != 3 || strings.Count(page.Body, "This browser") != 1 {
		t.Errorf("the page does not say how many sessions there are\n%s", page.Body)
	}
	if page := bob.get("/logout"); strings.Contains(page.Body, "everywhere") {
		t.Error("somebody with one session is asked about everywhere")
	}
	if a := ann[0].post("/logout", url.Values{"everywhere": {"yes"}}); a.code() != string(login.CodeParameterInvalid) {
		t.Errorf("everywhere=yes: %s", a.Status)
	}
	r := ann[0].request(http.MethodPost, "/logout", "everywhere=true")
	if a := ann[0].do(r); a.code() != string(login.CodeOriginRefused) {
		t.Errorf("without an Origin: %s", a.Status)
	}
	if !ann[1].session().Authenticated {
		t.Fatal("a refused sign-out ended a session")
	}
	end, _ := ann[0].signOut(url.Values{"everywhere": {"true"}})
	if got := end.Request.URL.RequestURI(); got != "/?signed_out=everywhere" || !strings.Contains(end.Body, "You are signed out everywhere.") {
		t.Errorf("at %s\n%s", got, end.Body)
	}
	for i, b := range ann {
		if b.session().Authenticated {
			t.Errorf("session %d goes on", i)
		}
	}
	if !bob.session().Authenticated {
		t.Error("somebody else's session ended")
	}
	s.helpful(under.step(callback), string(login.CodeSessionMissing)) // it was asked for before
	told := s.audited("logout")
	if len(told) != 1 || told[0].Sessions != 3 || told[0].Session == "" || told[0].Person == "" {
		t.Errorf("audited %+v", told)
	}
	s.idp.Clock.Advance(time.Millisecond)
	ann[0].signedIn("/login?idp=corp")
	if a := s.browser().postStep("/logout", url.Values{"everywhere": {"true"}}); a.Header.Get("Location") != "/?signed_out=everywhere" {
		t.Errorf("nobody signs out everywhere: %s %s", a.Status, a.Header.Get("Location"))
	}
	if !ann[0].session().Authenticated {
		t.Error("somebody without a session ended one")
	}
}

// An application's page signs out everywhere by its own handle, and learns how
// many sessions there were, and nothing of the devices.
func TestT25_signing_out_everywhere_from_an_application(t *testing.T) {
	t.Parallel()
	s := newOpen(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(d map[string]any) { delete(d, "end_session_endpoint") }
	})
	const wiki = "https://wiki.example.test"
	b, other := s.browser(), s.browser()
	other.signedIn("/login?idp=corp")
	b.echoed(wiki + "/")
	l := other.listen(publicEvents, "")
	l.expect("session")
	page := b.get(wiki + "/.doorward/logout?return_to=/bye")
	if !strings.Contains(page.Body, "Sign out everywhere (2 sessions)") || strings.Contains(page.Body, "<li>") || strings.Contains(page.Body, "last used") {
		t.Errorf("the application's page: %s\n%s", page.Status, page.Body)
	}
	r := b.request(http.MethodPost, wiki+"/.doorward/logout", "everywhere=true&return_to=/bye")
	r.Header.Set("Origin", publicURL)
	if a := b.do(r); a.code() != string(login.CodeOriginRefused) {
		t.Errorf("from another origin: %s", a.Status)
	}
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r = b.request(http.MethodPost, wiki+"/.doorward/logout", "everywhere=true&return_to=/bye")
	r.Header.Set("Origin", wiki)
	a := b.do(r)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != wiki+"/bye" {
		t.Errorf("it leads to %s %s", a.Status, a.Header.Get("Location"))
	}
	checkCleared(t, a, sessionCookie)
	l.expect("logout")
	if other.session().Authenticated || b.session().Authenticated {
		t.Error("a session goes on")
	}
	if told := s.audited("logout"); len(told) != 1 || told[0].Sessions != 2 {
		t.Errorf("audited %+v", told)
	}
}

// The start page shows a person their own sessions, the newest, and nobody else's.
func TestTheStartPageListsOnesOwnSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	s.signedIn("bob", "x")
	var b *browser
	for i := range 12 {
		s.idp.Clock.Advance(time.Minute)
		b = s.signedIn("ann", fmt.Sprint("s", i))
	}
	a := b.get("/")
	_, rest, _ := strings.Cut(a.Body, `<h2 id="sessions">`)
	section, _, _ := strings.Cut(rest, "</section>")
	if strings.Count(section, "<li>") != 10 || strings.Count(section, "This browser") != 1 || !strings.Contains(section, "And 2 more.") || !strings.Contains(section, "Signed in with corp on") {
		t.Errorf("%s", section)
	}
	if !strings.Contains(a.Body, "Sign out everywhere…") {
		t.Error("the page offers no sign-out everywhere")
	}
	for _, e := range s.audited("login") {
		if strings.Contains(a.Body, e.Session) {
			t.Error("the page holds a session's id")
		}
	}
}
