package behind

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
)

// Secret is the wiki's.
const Secret = "a-secret-of-the-wiki-0123456789"

// Server is an application's server in a suite.
type Server struct {
	Upstream string // where it will listen
	Start    func(s *Site, a *Application)
}

// Suite holds what applications use to verify who is there against a whole host.
// listen prepares a server of the application called name, which answers
//
//	/         "nobody", or "USER of IDP: SUBJECT, EMAIL, ROLES joined by commas, the claim team as JSON"
//	/in       the same, for Authenticated; /fresh for Authenticated/Fresh, /admin
//	          for Authenticated/Roles/admin, /plant for SecurityZones/plant
//	/session  "USERNAME of IDP, ROLES, the attribute team as JSON", or "error: " and
//	          "no session", "STATUS CODE", or "other"
//	/token    "TOKEN printed, its type, the token", or an error, of ?resource=
//
// and the last two of a client that asks the host directly with ?direct, and of
// one with a wrong secret with ?wrong. The blog's has no secret. The clock is
// Site.Now.
func Suite(t *testing.T, listen func(t *testing.T, name string) Server) {
	for name, check := range map[string]func(*testing.T, *Site){
		"a person signs in": signsIn, "a proof is asked for anew": stepUp, "T02 past the proxy": pastTheProxy,
		"session and token": sessionAndToken, "a rotation is not noticed": rotation, "without the host": down,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wiki, blog := listen(t, "wiki"), listen(t, "blog")
			s := New(t, []*Application{
				{Name: "wiki", Upstream: wiki.Upstream, Keys: "require: [Public], secret: " + Secret + ", tokens: [access_token], assertion: {team: attributes.team}"},
				{Name: "blog", Upstream: blog.Upstream, Keys: "require: [Public]"},
			}, func(k *hosttest.Knobs) { k.UserClaims["team"] = []string{"a", "b"} })
			wiki.Start(s, s.Applications[0])
			blog.Start(s, s.Applications[1])
			check(t, s)
		})
	}
}

// Now is the time of the site's host, in the file at ClockFile too.
func (s *Site) Now() time.Time { return s.IdP.Clock.Now() }

// ClockFile holds Now in milliseconds, for other processes.
func (s *Site) ClockFile() string { return filepath.Join(s.dir, "clock") }

// Advance moves the clock.
func (s *Site) Advance(d time.Duration) {
	s.t.Helper()
	s.IdP.Clock.Advance(d)
	s.writeClock()
}

func (s *Site) writeClock() {
	s.t.Helper()
	next := s.ClockFile() + ".next"
	if err := os.WriteFile(next, []byte(strconv.FormatInt(s.Now().UnixMilli(), 10)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(next, s.ClockFile()); err != nil { // readers see all of it
		s.t.Fatal(err)
	}
}

const (
	alice   = `alice of corp: alice-7f3a, alice@example.com, engineering,staff, ["a","b"]`
	aliceIn = `alice of corp: alice-7f3a, alice@example.com, engineering,staff, null` // at an application without the claim
)

func signsIn(t *testing.T, s *Site) {
	wiki := s.Applications[0].Origin
	b := s.Browser()
	if a := b.Page(wiki + "/"); a.Body != "nobody" {
		t.Fatalf("%s: %s", a.Status, a.Body)
	}
	a := b.Page(wiki + "/in?x=1&y=%2F")
	if a.Body != alice || a.Request.URL.String() != wiki+"/in?x=1&y=%2F" {
		t.Errorf("%s at %s: %s", a.Status, a.Request.URL, a.Body)
	}
	if a := b.Script(wiki + "/"); a.Body != alice {
		t.Errorf("a script: %s", a.Body)
	}
	stranger := s.Browser()
	for at, status := range map[string]int{"/in": http.StatusUnauthorized, "/fresh": http.StatusUnauthorized, "/admin": http.StatusUnauthorized, "/plant": http.StatusForbidden} {
		a := stranger.Script(wiki + at)
		if challenge := a.Header.Get("WWW-Authenticate"); a.StatusCode != status || status == http.StatusUnauthorized && challenge != "Bearer" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("a stranger's script at %s: %s, challenge %q", at, a.Status, challenge)
		}
	}
	for _, at := range []string{wiki + "/admin", wiki + "/plant"} {
		for _, a := range []Answer{b.Page(at), b.Script(at)} {
			if a.StatusCode != http.StatusForbidden || !strings.Contains(a.Body, "level_missing") {
				t.Errorf("%s: %s %s", at, a.Status, a.Body)
			}
		}
	}
}

func stepUp(t *testing.T, s *Site) {
	wiki := s.Applications[0].Origin
	b := s.Browser()
	b.Page(wiki + "/fresh")
	s.Advance(6 * time.Minute)
	a := b.Script(wiki + "/fresh")
	ours := a.Header.Get("WWW-Authenticate")
	if a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.Body, "step_up_needed") {
		t.Errorf("a script: %s %s", a.Status, a.Body)
	}
	asked, err := s.Ask(b.Request(wiki+"/fresh", "Sec-Fetch-Mode: cors"), "Authenticated/Fresh")
	if err != nil {
		t.Fatal(err)
	}
	asked.Body.Close()
	if theirs := asked.Header.Get("WWW-Authenticate"); ours != theirs || !strings.Contains(ours, `acr_values="Authenticated/Fresh"`) {
		t.Errorf("the challenge is\n%s, the host's is\n%s", ours, theirs)
	}
	if a := b.Page(wiki + "/fresh?again=1"); a.Body != alice || a.Request.URL.String() != wiki+"/fresh?again=1" {
		t.Errorf("a page: %s at %s: %s", a.Status, a.Request.URL, a.Body)
	}
	if a := b.Script(wiki + "/fresh"); a.Body != alice {
		t.Errorf("after the step-up: %s", a.Body)
	}
}

// pastTheProxy: whoever writes the headers themselves is nobody, and another
// application's assertion is refused.
func pastTheProxy(t *testing.T, s *Site) {
	wiki, blog := s.Applications[0], s.Applications[1]
	b := s.Browser()
	b.Page(wiki.Origin + "/in")
	if a := b.Page(blog.Origin + "/in"); a.Body != aliceIn {
		t.Errorf("at the blog: %s", a.Body)
	}
	admitted, err := s.Ask(b.Request(blog.Origin+"/"), "")
	if err != nil {
		t.Fatal(err)
	}
	admitted.Body.Close()
	assertion := "X-Doorward-Assertion: " + admitted.Header.Get("X-Doorward-Assertion")
	past := s.Browser()
	if a := past.Page("http://"+blog.Upstream+"/", assertion); a.Body != aliceIn {
		t.Errorf("its own: %s %s", a.Status, a.Body)
	}
	a := past.Page("http://"+wiki.Upstream+"/", assertion, "X-Doorward-User: root")
	if a.StatusCode != http.StatusUnauthorized || strings.Contains(a.Body, "root") || !strings.Contains(a.Body, "assertion_invalid") {
		t.Errorf("another application's: %s %s", a.Status, a.Body)
	}
	for _, lines := range [][]string{
		{"X-Doorward-User: root", "X-Doorward-Levels: Authenticated", "X-Doorward-Subject: root"}, {"X_Doorward_User: root", "x_doorward_assertion: " + assertion},
	} {
		if a := past.Page("http://"+wiki.Upstream+"/", lines...); a.Body != "nobody" {
			t.Errorf("%q: %s", lines, a.Body)
		}
	}
	s.Advance(70 * time.Second)
	if a := past.Page("http://"+blog.Upstream+"/", assertion); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("kept for over a minute: %s", a.Status)
	}
}

func sessionAndToken(t *testing.T, s *Site) {
	wiki, blog := s.Applications[0].Origin, s.Applications[1].Origin
	b := s.Browser()
	for _, at := range []string{"/session", "/token"} {
		if a := b.Page(wiki + at); a.Body != "error: no session" {
			t.Errorf("%s for nobody: %s", at, a.Body)
		}
	}
	b.Page(wiki + "/in")
	b.Page(blog + "/in")
	for _, how := range []string{"", "direct"} {
		if a := b.Page(wiki + "/session?" + how); a.Body != `alice of corp, engineering,staff, ["a","b"]` {
			t.Errorf("%s: the session is %s", how, a.Body)
		}
		a := b.Page(wiki + "/token?" + how)
		if token, ok := strings.CutPrefix(a.Body, "[a token] Bearer "); !ok || len(token) < 16 {
			t.Errorf("%s: the token is %s", how, a.Body)
		}
		if a := b.Page(wiki + "/token?resource=https://api.example.com&" + how); !strings.HasPrefix(a.Body, "error: 400 ") {
			t.Errorf("%s: a resource that is not configured: %s", how, a.Body)
		}
	}
	for _, at := range []string{"/session?wrong", "/token?wrong"} {
		if a := b.Page(wiki + at); a.Body != "error: 401 client_unauthorized" {
			t.Errorf("a wrong secret at %s: %s", at, a.Body)
		}
	}
	if a := b.Page(blog + "/token"); a.Body != "error: other" {
		t.Errorf("an application without a secret: %s", a.Body)
	}
	if a := b.Page(blog + "/session"); a.Body != `alice of corp, engineering,staff, ["a","b"]` {
		t.Errorf("its session: %s", a.Body)
	}
}

func rotation(t *testing.T, s *Site) {
	wiki := s.Applications[0].Origin
	b := s.Browser()
	b.Page(wiki + "/in")
	if _, err := host.RotateKeys(context.Background(), s.Config()); err != nil {
		t.Fatal(err)
	}
	for range 20 { // ten minutes
		if a := b.Script(wiki + "/"); a.Body != alice {
			t.Fatalf("%s: %s", a.Status, a.Body)
		}
		s.Advance(30 * time.Second)
	}
}

func down(t *testing.T, s *Site) {
	wiki, blog := s.Applications[0], s.Applications[1]
	b := s.Browser()
	b.Page(wiki.Origin + "/in")
	b.Page(blog.Origin + "/in")
	admitted, err := s.Ask(b.Request(wiki.Origin+"/"), "")
	if err != nil {
		t.Fatal(err)
	}
	admitted.Body.Close()
	assertion := "X-Doorward-Assertion: " + admitted.Header.Get("X-Doorward-Assertion")
	s.Stop()
	if a := b.Page(wiki.Origin+"/", "X-Doorward-User: root"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s: %s", a.Status, a.Body)
	}
	for at, status := range map[string]int{wiki.Upstream: http.StatusOK, blog.Upstream: http.StatusUnauthorized} { // by keys that are known
		if a := b.Page("http://"+at+"/", assertion); a.StatusCode != status {
			t.Errorf("%s: %s %s", at, a.Status, a.Body)
		}
	}
	if a := b.Page("http://" + wiki.Upstream + "/session"); !strings.HasPrefix(a.Body, "error: ") {
		t.Errorf("the session: %s", a.Body)
	}
	s.Advance(2 * time.Hour)
	if a := b.Page("http://"+wiki.Upstream+"/", assertion); a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.Body, "keys_unavailable") {
		t.Errorf("when the keys are too old: %s %s", a.Status, a.Body)
	}
}
