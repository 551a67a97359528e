package host_test

import (
	"bufio"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// behindProxy asks /auth about a request for an application as a trusted proxy.
func (p program) asksFor(origin, uri string, authorization ...string) answer {
	p.t.Helper()
	r := p.request(http.MethodGet, "/auth", "")
	u, _ := url.Parse(origin)
	for name, value := range map[string]string{"X-Forwarded-Method": "GET", "X-Forwarded-Proto": u.Scheme, "X-Forwarded-Host": u.Host, "X-Forwarded-Uri": uri} {
		r.Header.Set(name, value)
	}
	r.Header.Set("Accept", "application/json")
	for _, value := range authorization {
		r.Header.Add("Authorization", value)
	}
	return p.do(r)
}

const twoApps = `applications:
  cli: {clients: [device, loopback], origins: [https://cli.example.test]}
  panel: {clients: [device], origins: [https://panel.example.test]}
  wiki: {origins: [https://wiki.example.test]}
trusted_proxies: [127.0.0.1]
` + levels

func newTwoApps(t testing.TB) *site {
	return newSite(t, hosttest.NewProvider(t), settings{Rest: twoApps})
}

func (s *site) bearer(app string) string {
	s.t.Helper()
	p, b := s.program(app), s.browser()
	w := p.ask()
	b.approves(w.user)
	return p.poll(w).bearer(s.t)
}

// Whatever is nearly a bearer, or one that opens nothing, is refused, and never
// passed over as if nobody had said anything.
func TestT21_malformed_authorization(t *testing.T) {
	t.Parallel()
	s := newTwoApps(t)
	good := s.bearer("cli")
	handle := strings.TrimPrefix(good, "cli.")
	corpus := map[string][]string{
		"empty":              {"Bearer"},
		"nothing":            {"Bearer "},
		"lower case":         {"bearer " + good},
		"upper case":         {"BEARER " + good},
		"a tab":              {"Bearer\t" + good},
		"two spaces":         {"Bearer  " + good},
		"a tab after":        {"Bearer " + good + "\tx"},
		"two words":          {"Bearer " + good + " " + good},
		"a comma":            {"Bearer " + good + ", Bearer " + good},
		"quoted":             {`Bearer "` + good + `"`},
		"a parameter":        {`Bearer token=` + good},
		"truncated":          {"Bearer " + good[:len(good)-1]},
		"longer":             {"Bearer " + good + "A"},
		"another last digit": {"Bearer " + good[:len(good)-1] + "?"},
		"no name":            {"Bearer " + handle},
		"an empty name":      {"Bearer ." + handle},
		"another's name":     {"Bearer panel." + handle},
		"nobody's name":      {"Bearer nobody." + handle},
		"upper case name":    {"Bearer CLI." + handle},
		"zeros":              {"Bearer cli." + strings.Repeat("A", 43)},
		"two headers":        {"Bearer " + good, "Bearer " + good},
		"one and another":    {"Bearer " + good, "Basic Y2xpOng="},
		"another first":      {"Basic Y2xpOng=", "Bearer " + good},
		"no scheme":          {good},
		"as Basic":           {"Basic " + good},
		"as DPoP":            {"DPoP " + good},
	}
	p := s.program("cli")
	for name, headers := range corpus {
		for path, ask := range map[string]func() answer{
			"/session":        func() answer { return p.withHeaders("/session", headers) },
			"/session/events": func() answer { return p.withHeaders("/session/events", headers) },
			"/auth":           func() answer { return p.asksFor("https://cli.example.test", "/", headers...) },
		} {
			a := ask()
			if a.StatusCode < 400 || a.StatusCode >= 500 {
				t.Errorf("%s at %s: %s %s", name, path, a.Status, a.Body)
			}
			if strings.Contains(a.Body, handle) || strings.Contains(a.Header.Get("Www-Authenticate"), handle) {
				t.Errorf("%s at %s: the answer tells the bearer", name, path)
			}
		}
	}
	if !p.knows(good).Authenticated {
		t.Error("and the good one opens nothing any more")
	}
}

func (p program) withHeaders(path string, authorization []string) answer {
	p.t.Helper()
	r := p.request(http.MethodGet, path, "")
	r.Header.Set("Accept", "application/json")
	for _, value := range authorization {
		r.Header.Add("Authorization", value)
	}
	return p.do(r)
}

func TestBearer_AsBearerOpensNothingAtB(t *testing.T) {
	t.Parallel()
	s := newTwoApps(t)
	p, bearer := s.program("cli"), s.bearer("cli")
	if a := p.asksFor("https://cli.example.test", "/", "Bearer "+bearer); a.StatusCode != http.StatusOK || a.Header.Get("X-Doorward-User") == "" {
		t.Errorf("its own application: %s %q", a.Status, a.Header.Get("X-Doorward-User"))
	} else if values, sent := a.Header["Authorization"]; !sent || values[0] != "" {
		t.Errorf("the application may see the bearer: %q", values)
	}
	for _, origin := range []string{"https://panel.example.test", "https://wiki.example.test"} {
		if a := p.asksFor(origin, "/", "Bearer "+bearer); a.StatusCode != http.StatusUnauthorized || a.Header.Get("X-Doorward-User") != "" {
			t.Errorf("%s: %s %q", origin, a.Status, a.Header.Get("X-Doorward-User"))
		}
	}
	for _, path := range []string{"/console", "/session/token", "/logout", "/"} {
		if a := p.as(bearer, path); strings.Contains(a.Body, "ada") {
			t.Errorf("%s: %s\n%s", path, a.Status, a.Body)
		}
	}
	// In a cookie it is nothing, and a cookie's handle is no bearer.
	r := p.request(http.MethodGet, "/session", "")
	r.Header.Set("Cookie", "__Host-doorward="+strings.TrimPrefix(bearer, "cli."))
	if a := p.do(r); !strings.Contains(a.Body, `"authenticated":false`) {
		t.Errorf("as a cookie: %s %s", a.Status, a.Body)
	}
	b := s.browser()
	b.signedIn("/login?idp=corp")
	if a := p.as("cli."+b.cookie("__Host-doorward").Value, "/session"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a cookie's handle as a bearer: %s", a.Status)
	}
}

func TestBearer_WithACookieItIsRefused(t *testing.T) {
	t.Parallel()
	s := newTwoApps(t)
	bearer, b := s.bearer("cli"), s.browser()
	b.signedIn("/login?idp=corp")
	for _, path := range []string{"/session", "/session/events"} {
		r := b.request(http.MethodGet, path, "")
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("Accept", "application/json")
		if a := b.do(r); a.code() != "parameter_invalid" || a.Header.Get("Www-Authenticate") != `Bearer error="invalid_request"` {
			t.Errorf("%s: %s %s %q", path, a.Status, a.code(), a.Header.Get("Www-Authenticate"))
		}
	}
}

// An application without programs has bearers of its own, which are its own
// business.
func TestBearer_OthersBearersAreTheApplicationsBusiness(t *testing.T) {
	t.Parallel()
	s := newTwoApps(t)
	p, b := s.program("wiki"), s.browser()
	b.signedIn("https://wiki.example.test/.doorward/start?return_to=/")
	if a := p.asksFor("https://wiki.example.test", "/", "Bearer an-api-token-of-the-wiki"); a.StatusCode != http.StatusUnauthorized || a.Header.Get("Www-Authenticate") != "Bearer" {
		t.Errorf("nobody's: %s %q", a.Status, a.Header.Get("Www-Authenticate"))
	}
}

func TestBearer_TheStreamTellsOfTheSessionsEnd(t *testing.T) {
	t.Parallel()
	s := newTwoApps(t)
	p, bearer := s.program("cli"), s.bearer("cli")
	r := p.request(http.MethodGet, "/session/events", "")
	r.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := p.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	heard := make(chan string, 16)
	go func() {
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			if name, is := strings.CutPrefix(lines.Text(), "event: "); is {
				heard <- name
			}
		}
		close(heard)
	}()
	if got := <-heard; got != "session" {
		t.Errorf("the first event is %q", got)
	}
	p.send("/client/revoke", "token", bearer)
	select {
	case got := <-heard:
		if got != "logout" {
			t.Errorf("after the sign-out: %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is told of the sign-out")
	}
}

// Cookies of others mean nothing beside a bearer.
func TestBearer_BesideOtherCookies(t *testing.T) {
	t.Parallel()
	s := newTwoApps(t)
	p, bearer := s.program("cli"), s.bearer("cli")
	for _, cookies := range []string{"theme=dark", "theme=dark; a=b", ""} {
		r := p.request(http.MethodGet, "/session", "")
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("Cookie", cookies)
		if a := p.do(r); !strings.Contains(a.Body, `"authenticated":true`) {
			t.Errorf("beside %q: %s %s", cookies, a.Status, a.Body)
		}
	}
}

func TestBearer_IdleTimeCounts(t *testing.T) {
	t.Parallel()
	s := newTwoApps(t)
	p, bearer := s.program("cli"), s.bearer("cli")
	for range 3 {
		s.idp.Clock.Advance(20 * time.Minute)
		p.knows(bearer)
	}
	s.idp.Clock.Advance(31 * time.Minute)
	if a := p.as(bearer, "/session"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("unused for longer than session.idle: %s", a.Status)
	}
}

// The store's file, the host's key and all that the host logged open no
// session: neither what waits for a program nor what it was handed.
func TestPrograms_TheStoreOpensNoSession(t *testing.T) {
	t.Parallel()
	s := newTwoApps(t)
	p, b := s.program("cli"), s.browser()
	w := p.ask()
	b.approves(w.user) // and it waits now
	other := b.codeFor(p).Get("code")
	bearer := s.bearer("panel")
	_, handle, _ := strings.Cut(bearer, ".")
	s.stop()
	secrets := []string{w.device, strings.ReplaceAll(w.user, "-", ""), other, handle}
	_ = filepath.Walk(s.dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		for i, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s has secret %d", path, i)
			}
		}
		return nil
	})
	for i, secret := range secrets {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has secret %d", i)
		}
	}
}
