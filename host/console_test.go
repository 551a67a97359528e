package host_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// operators makes a site whose console opens to the group operators.
func operators(t testing.TB, idp *hosttest.Provider, with settings) *site {
	t.Helper()
	idp.Set(func(k *hosttest.Knobs) { k.UserClaims["groups"] = []string{"operators", "staff"} })
	with.Top += "\nconsole: {level: Authenticated/Roles/operators}"
	if !strings.Contains(with.Provider, "mappers:") {
		with.Provider += "\nmappers: [{direct: {attribute: roles, source: userInfo, path: groups}}]"
	}
	return newSite(t, idp, with)
}

// operator is a browser whose person holds the console's level.
func (s *site) operator() *browser {
	s.t.Helper()
	b := s.browser()
	b.signedIn("/login?idp=corp")
	return b
}

// test begins a test login and follows it to its page.
func (b *browser) test(form url.Values) answer {
	b.t.Helper()
	a := b.post("/console/test-login/corp", form)
	if a.StatusCode == http.StatusOK && !strings.HasPrefix(a.Request.URL.Path, "/console/test-login/corp/") {
		b.t.Fatalf("the test ended at %s:\n%s", a.Request.URL, a.Body)
	}
	return a
}

// consoleRoutes is every route of the console; ID is a result's.
var consoleRoutes = []struct{ method, path, form string }{
	{"GET", "/console", ""},
	{"GET", "/console/test-login", ""},
	{"GET", "/console/test-login/corp", ""},
	{"POST", "/console/test-login/corp", ""},
	{"GET", "/console/test-login/corp/ID", ""},
	{"GET", "/console/test-login/corp/ID/login.json", ""},
	{"POST", "/console/test-login/corp/ID/logout", ""},
	{"GET", "/console/sessions", ""},
	{"POST", "/console/sessions/revoke", "all=yes&confirm=yes"},
	{"GET", "/console/people", ""},
	{"GET", "/console/people/add", ""},
	{"POST", "/console/people/add", ""},
	{"GET", "/console/people/person?sub=c-1", ""},
	{"POST", "/console/people/change", ""},
	{"POST", "/console/people/password", ""},
	{"POST", "/console/people/badge", ""},
	{"POST", "/console/people/disable", ""},
	{"POST", "/console/people/reset", ""},
	{"POST", "/console/people/remove", ""},
	{"GET", "/console/people/import", ""},
	{"POST", "/console/people/import", ""},
	{"POST", "/console/people/export", "format=json"},
	{"GET", "/console/plugins", ""},
	{"GET", "/console/plugins/p", ""},
	{"GET", "/console/logins", ""},
	{"GET", "/console/logins/0123456789abcdef", ""},
	{"GET", "/console/policies", ""},
	{"GET", "/console/playground", ""},
	{"POST", "/console/playground", ""},
	{"GET", "/console/replay", ""},
	{"POST", "/console/replay", ""},
	{"GET", "/console/replay/ID", ""},
	{"POST", "/console/replay/ID/cancel", ""},
}

func TestConsole_IsOffUnlessItIsConfigured(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for _, r := range append(consoleRoutes, struct{ method, path, form string }{"GET", "/console/anything", ""}) {
		in := b.request(r.method, r.path, r.form)
		in.Header.Set("Origin", publicURL)
		if a := b.do(in); a.StatusCode != http.StatusNotFound || a.code() != "console_off" {
			t.Errorf("%s %s: %s %s", r.method, r.path, a.Status, a.code())
		}
	}
}

func TestT41_TheConsoleNeedsItsLevelOnEveryRoute(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	allowed := s.operator()
	result := allowed.test(nil).Request.URL.Path
	s.idp.Set(func(k *hosttest.Knobs) {
		k.Subject, k.UserClaims["groups"] = "bob-11", []string{"staff"}
	})
	without := s.browser()
	without.signedIn("/login?idp=corp")
	s.idp.ResetCalls()
	for _, r := range consoleRoutes {
		path := strings.Replace(r.path, "/console/test-login/corp/ID", result, 1)
		for _, tt := range []struct {
			who    string
			b      *browser
			accept string
			status int
			code   string
		}{
			{"nobody, a program", s.browser(), "application/json", 401, "session_missing"},
			{"someone without the level", without, "application/json", 403, "level_missing"},
			{"someone without the level, a page", without, "text/html", 403, "level_missing"},
		} {
			in := tt.b.request(r.method, path, r.form)
			in.Header.Set("Origin", publicURL)
			in.Header.Set("Accept", tt.accept)
			if a := tt.b.do(in); a.StatusCode != tt.status || a.code() != tt.code {
				t.Errorf("%s %s by %s: %s %s", r.method, path, tt.who, a.Status, a.code())
			}
		}
	}
	if n := len(s.audited("test_begun")) - 1; n != 0 || s.idp.Calls(hosttest.Authorize) != 0 {
		t.Errorf("%d tests were begun without rights", n)
	}
	if !allowed.session().Authenticated || !without.session().Authenticated || len(s.audited("session_revoked")) != 0 {
		t.Error("a session was ended without rights")
	}
}

func TestT41_TheConsoleChangesNothingForAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b := s.operator()
	result := b.test(nil).Request.URL.Path
	begun := len(s.audited("test_begun"))
	for _, origin := range []string{"", "null", "https://attacker.example", publicURL + ".attacker.example", "http" + strings.TrimPrefix(publicURL, "https")} {
		for _, r := range consoleRoutes {
			if r.method != "POST" {
				continue
			}
			in := b.request(r.method, strings.Replace(r.path, "/console/test-login/corp/ID", result, 1), r.form)
			if origin != "" {
				in.Header.Set("Origin", origin)
			}
			if a := b.do(in); a.StatusCode != http.StatusForbidden || a.code() != "origin_refused" {
				t.Errorf("POST %s from %q: %s %s", r.path, origin, a.Status, a.code())
			}
		}
	}
	if !b.session().Authenticated || len(s.audited("test_begun")) != begun || s.idp.Calls(hosttest.EndSession) != 0 {
		t.Error("a request from elsewhere did something")
	}
	if a := b.do(b.request("GET", "/console/sessions/revoke?all=yes&confirm=yes", "")); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a link ends sessions: %s", a.Status)
	}
}

func TestConsole_SendsAPersonToTheLogin(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	if a := b.get("/console/sessions"); a.StatusCode != http.StatusOK || a.Request.URL.Path != "/console/sessions" {
		t.Errorf("the login did not lead back: %s %s\n%s", a.Status, a.Request.URL, a.Body)
	}
}

// A console whose level is a step-up asks for it, and is closed again when the
// level ends in the middle of a session.
func TestConsole_ALevelThatIsNotFreshIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: "console: {level: Authenticated/Fresh}"})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	if a := b.step("/console"); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.code())
	}
	s.idp.Clock.Advance(6 * time.Minute)
	a := b.step("/console")
	to, err := a.Location()
	if err != nil || to.Path != "/login" || to.Query().Get("level") != freshLevel || to.Query().Get("return_to") != "/console" {
		t.Errorf("%s %s", a.Status, to)
	}
	in := b.request("POST", "/console/sessions/revoke", "all=yes&confirm=yes")
	in.Header.Set("Origin", publicURL)
	if a := b.do(in); a.StatusCode != http.StatusForbidden || a.code() != "level_missing" || !b.session().Authenticated {
		t.Errorf("an action without the level: %s %s", a.Status, a.code())
	}
}

var (
	tags   = regexp.MustCompile(`(?s)<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// plainText is what a page says, in one line.
func plainText(page string) string {
	_, main, _ := strings.Cut(page, "<main")
	text := blanks.ReplaceAllString(tags.ReplaceAllString("<main"+main, " "), " ")
	for entity, is := range map[string]string{"&#34;": `"`, "&#39;": "'", "&lt;": "<", "&gt;": ">", "&#43;": "+"} {
		text = strings.ReplaceAll(text, entity, is)
	}
	return strings.ReplaceAll(text, "&amp;", "&")
}
