package app_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/sdk/go/app"
)

const alice = `alice of corp: alice-7f3a, alice@example.com, [engineering staff], ["a","b"]`

func newTold(t *testing.T) *site {
	return newSite(t, func(k *hosttest.Knobs) { k.UserClaims["team"] = []string{"a", "b"} })
}

// With a real host behind a real proxy: a page is led to the login and back, and
// the application knows who came.
func TestHost_SignsIn(t *testing.T) {
	t.Parallel()
	s := newTold(t)
	b := s.browser()
	if a := b.get(s.wiki.origin+"/", ""); a.Body != "nobody" {
		t.Fatalf("%s: %s", a.Status, a.Body)
	}
	a := b.get(s.wiki.origin+"/in?x=1&y=%2F", "")
	if a.Body != alice || a.Request.URL.String() != s.wiki.origin+"/in?x=1&y=%2F" {
		t.Errorf("%s at %s: %s", a.Status, a.Request.URL, a.Body)
	}
	if a := b.get(s.wiki.origin+"/", "cors"); a.Body != alice {
		t.Errorf("a script: %s", a.Body)
	}
	stranger := s.browser()
	for at, status := range map[string]int{"/in": http.StatusUnauthorized, "/fresh": http.StatusUnauthorized, "/admin": http.StatusUnauthorized, "/plant": http.StatusForbidden} {
		a := stranger.get(s.wiki.origin+at, "cors")
		if challenge := a.Header.Get("WWW-Authenticate"); a.StatusCode != status || status == http.StatusUnauthorized && challenge != "Bearer" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("a stranger's script at %s: %s, challenge %q", at, a.Status, challenge)
		}
	}
	for _, at := range []string{"/admin", "/plant"} {
		for _, mode := range []string{"", "cors"} {
			if a := b.get(s.wiki.origin+at, mode); a.StatusCode != http.StatusForbidden || !strings.Contains(a.Body, "level_missing") {
				t.Errorf("%s: %s %s", at, a.Status, a.Body)
			}
		}
	}
}

// A proof that has aged is asked for anew: of a page by a step-up that comes
// back, of a script by the challenge that the host itself would send.
func TestHost_StepUp(t *testing.T) {
	t.Parallel()
	s := newTold(t)
	b := s.browser()
	b.get(s.wiki.origin+"/fresh", "")
	s.idp.Clock.Advance(6 * time.Minute)
	a := b.get(s.wiki.origin+"/fresh", "cors")
	ours := a.Header.Get("WWW-Authenticate")
	if a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.Body, "step_up_needed") {
		t.Errorf("a script: %s %s", a.Status, a.Body)
	}
	question, _ := http.NewRequest(http.MethodGet, s.wiki.origin+"/fresh", nil)
	question.Header.Set("Sec-Fetch-Mode", "cors")
	question.RequestURI, question.Host = "/fresh", strings.TrimPrefix(s.wiki.origin, "http://")
	u, _ := url.Parse(s.wiki.origin)
	for _, c := range b.http.Jar.Cookies(u) {
		question.AddCookie(c)
	}
	asked := s.askFor(question, "Authenticated/Fresh")
	if theirs := asked.Header.Get("WWW-Authenticate"); ours != theirs || !strings.Contains(ours, `acr_values="Authenticated/Fresh"`) {
		t.Errorf("the challenge is\n%s, the host's is\n%s", ours, theirs)
	}
	if a := b.get(s.wiki.origin+"/fresh?again=1", ""); a.Body != alice || a.Request.URL.String() != s.wiki.origin+"/fresh?again=1" {
		t.Errorf("a page: %s at %s: %s", a.Status, a.Request.URL, a.Body)
	}
	if a := b.get(s.wiki.origin+"/fresh", "cors"); a.Body != alice {
		t.Errorf("after the step-up: %s", a.Body)
	}
}

// askFor is /auth's own answer about a request that needs a level.
func (s *site) askFor(r *http.Request, level string) *http.Response {
	question, _ := http.NewRequest(http.MethodGet, "http://"+s.listen+"/auth?level="+url.QueryEscape(level), nil)
	question.Header = r.Header.Clone()
	for name, value := range map[string]string{"X-Forwarded-Method": r.Method, "X-Forwarded-Proto": "http", "X-Forwarded-Host": r.Host, "X-Forwarded-Uri": r.RequestURI} {
		question.Header.Set(name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(question)
	if err != nil {
		s.t.Fatal(err)
	}
	answer.Body.Close()
	return answer
}

// Whoever is past the proxy and writes the headers themselves is nobody, and
// another application's assertion is refused.
func TestT02_past_the_proxy(t *testing.T) {
	t.Parallel()
	s := newTold(t)
	b := s.browser()
	b.get(s.wiki.origin+"/in", "")
	b.get(s.blog.origin+"/in", "")
	u, _ := url.Parse(s.blog.origin)
	question, _ := http.NewRequest(http.MethodGet, s.blog.origin+"/", nil)
	for _, c := range b.http.Jar.Cookies(u) {
		question.AddCookie(c)
	}
	question.RequestURI, question.Host = "/", u.Host
	admitted := s.ask(question)
	admitted.Body.Close()
	assertion := admitted.Header.Get("X-Doorward-Assertion")
	if assertion == "" {
		t.Fatalf("the blog has no assertion: %s", admitted.Status)
	}
	direct := s.browser()
	if a := direct.get(s.blog.server.URL+"/", "", "X-Doorward-Assertion: "+assertion); !strings.HasPrefix(a.Body, "alice of corp") {
		t.Errorf("its own: %s %s", a.Status, a.Body)
	}
	a := direct.get(s.wiki.server.URL+"/", "", "X-Doorward-Assertion: "+assertion, "X-Doorward-User: root")
	if a.StatusCode != http.StatusUnauthorized || strings.Contains(a.Body, "root") {
		t.Errorf("another application's: %s %s", a.Status, a.Body)
	}
	if a := direct.get(s.wiki.server.URL+"/", "", "X-Doorward-User: root", "X-Doorward-Levels: Authenticated", "X-Doorward-Subject: root"); a.Body != "nobody" {
		t.Errorf("plain headers: %s", a.Body)
	}
	s.idp.Clock.Advance(70 * time.Second)
	if a := direct.get(s.blog.server.URL+"/", "", "X-Doorward-Assertion: "+assertion); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("kept for over a minute: %s", a.Status)
	}
}

// The application reads the session and takes tokens with its secret, by way of
// its own origin or straight from the host.
func TestHost_SessionAndToken(t *testing.T) {
	t.Parallel()
	s := newTold(t)
	b := s.browser()
	for _, at := range []string{"/session", "/token"} {
		if a := b.get(s.wiki.origin+at, ""); !strings.Contains(a.Body, app.ErrNoSession.Error()) {
			t.Errorf("%s for nobody: %s", at, a.Body)
		}
	}
	b.get(s.wiki.origin+"/in", "")
	b.get(s.blog.origin+"/in", "")
	check := func(how string) {
		t.Helper()
		if a := b.get(s.wiki.origin+"/session", ""); a.Body != `alice of corp, fresh true, ["a","b"]` {
			t.Errorf("%s: the session is %s", how, a.Body)
		}
		a := b.get(s.wiki.origin+"/token", "")
		if token, ok := strings.CutPrefix(a.Body, "[a token] Bearer "); !ok || len(token) < 16 {
			t.Errorf("%s: the token is %s", how, a.Body)
		}
		if a := b.get(s.wiki.origin+"/token?resource=https://api.example.com", ""); !strings.Contains(a.Body, "doorward: the host answers 400 ") {
			t.Errorf("%s: a resource that is not configured: %s", how, a.Body)
		}
	}
	check("by the proxy")
	var err error
	s.wiki.App, err = app.New(app.Config{Host: s.public, Name: "wiki", Origin: s.wiki.origin, Secret: secret, Direct: "http://" + s.listen, Now: s.idp.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	check("directly")
	if a := b.get(s.blog.origin+"/token", ""); !strings.Contains(a.Body, "Secret is empty") {
		t.Errorf("an application without a secret: %s", a.Body)
	}
	s.wiki.App, err = app.New(app.Config{Host: s.public, Name: "wiki", Origin: s.wiki.origin, Secret: secret + "x", Direct: "http://" + s.listen, Now: s.idp.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"/session", "/token"} {
		if a := b.get(s.wiki.origin+at, ""); a.Body != "error: doorward: the host answers 401 client_unauthorized" {
			t.Errorf("a wrong secret at %s: %s", at, a.Body)
		}
	}
}

// A rotation of the host's key is not noticed by anybody.
func TestHost_Rotation(t *testing.T) {
	t.Parallel()
	s := newTold(t)
	b := s.browser()
	b.get(s.wiki.origin+"/in", "")
	if _, err := host.RotateKeys(context.Background(), s.config()); err != nil {
		t.Fatal(err)
	}
	for range 20 { // ten minutes
		if a := b.get(s.wiki.origin+"/", "cors"); a.Body != alice {
			t.Fatalf("%s: %s", a.Status, a.Body)
		}
		s.idp.Clock.Advance(30 * time.Second)
	}
}

// Without the host, nobody gets in past the proxy either, once the keys are not
// to be had.
func TestHost_Down(t *testing.T) {
	t.Parallel()
	s := newTold(t)
	b := s.browser()
	b.get(s.blog.origin+"/in", "")
	s.stop()
	if a := b.get(s.wiki.origin+"/", "", "X-Doorward-User: root"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s: %s", a.Status, a.Body)
	}
	if a := b.get(s.wiki.server.URL+"/", "", "X-Doorward-Assertion: "+newSigning(t, "k").sign(newSigning(t, "k").header(), goodClaims(s.public))); a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.Body, "keys_unavailable") {
		t.Errorf("past the proxy: %s %s", a.Status, a.Body)
	}
}
