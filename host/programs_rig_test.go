package host_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

const programs = `applications:
  cli: {clients: [device, loopback]}
  panel: {clients: [device]}
  desk: {clients: [loopback], secret: only-for-trials-0123456789}
  wiki: {origins: [https://wiki.example.test]}
trusted_proxies: [127.0.0.1]
` + levels

func newPrograms(t testing.TB) *site {
	return newSite(t, hosttest.NewProvider(t), settings{Rest: programs})
}

// program is what has no browser: it keeps no cookies and follows nothing.
type program struct {
	*browser
	app string
}

func (s *site) program(app string) program {
	b := s.browser()
	b.http.Jar = nil
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return program{b, app}
}

// send posts a form as the program; pairs are names and values.
func (p program) send(path string, pairs ...string) answer {
	p.t.Helper()
	form := url.Values{"client_id": {p.app}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := p.request(http.MethodPost, path, form.Encode())
	r.Header.Set("Accept", "application/json")
	return p.do(r)
}

// said is the JSON object of an answer.
func (a answer) said(t testing.TB) map[string]any {
	t.Helper()
	var said map[string]any
	if err := json.Unmarshal([]byte(a.Body), &said); err != nil {
		t.Fatalf("%s is no JSON: %s %s", a.Request.URL, a.Status, a.Body)
	}
	return said
}

// failed is the error of an answer of the token endpoint.
func (a answer) failed(t testing.TB) string {
	t.Helper()
	if a.StatusCode < 400 {
		t.Fatalf("%s: %s %s", a.Request.URL.Path, a.Status, a.Body)
	}
	name, _ := a.said(t)["error"].(string)
	return name
}

// waits is a device that waits for a person.
type waits struct{ device, user, complete string }

func (p program) ask(pairs ...string) waits {
	p.t.Helper()
	a := p.send("/client/device_authorization", pairs...)
	said := a.said(p.t)
	if a.StatusCode != http.StatusOK {
		p.t.Fatalf("the device may not wait: %s %s", a.Status, a.Body)
	}
	return waits{said["device_code"].(string), said["user_code"].(string), said["verification_uri_complete"].(string)}
}

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

func (p program) poll(w waits) answer {
	return p.send("/client/token", "grant_type", deviceGrant, "device_code", w.device)
}

// bearer is the session that an answer of the token endpoint hands out.
func (a answer) bearer(t testing.TB) string {
	t.Helper()
	said := a.said(t)
	if a.StatusCode != http.StatusOK || said["token_type"] != "Bearer" {
		t.Fatalf("no session: %s %s", a.Status, a.Body)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the token may be kept: %q", a.Header.Get("Cache-Control"))
	}
	return said["access_token"].(string)
}

// as asks for a path with a bearer.
func (p program) as(bearer, path string) answer {
	p.t.Helper()
	r := p.request(http.MethodGet, path, "")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", "Bearer "+bearer)
	return p.do(r)
}

// knows is the session document that a bearer opens.
func (p program) knows(bearer string) (d document) {
	p.t.Helper()
	a := p.as(bearer, "/session")
	if a.StatusCode != http.StatusOK {
		p.t.Fatalf("GET /session: %s %s", a.Status, a.Body)
	}
	if err := json.Unmarshal([]byte(a.Body), &d); err != nil {
		p.t.Fatal(err)
	}
	return d
}

var (
	sealedField = regexp.MustCompile(`name="request" value="([^"]+)"`)
	goesOn      = regexp.MustCompile(`href="(http://(?:127\.0\.0\.1|\[::1\]):[^"]+)"`)
)

// answers presses a button of the page that asks about a program.
func (b *browser) answers(page answer, do string) answer {
	b.t.Helper()
	found := sealedField.FindStringSubmatch(page.Body)
	if found == nil {
		b.t.Fatalf("no question at %s: %s\n%s", page.Request.URL, page.Status, page.Body)
	}
	return b.post(page.Request.URL.Path, url.Values{"do": {do}, "request": {found[1]}, "idp": {"corp"}})
}

// types a user code on the device page.
func (b *browser) types(code string) answer {
	b.t.Helper()
	return b.post("/device", url.Values{"do": {"find"}, "code": {code}})
}

// approves signs in for the device that shows the code.
func (b *browser) approves(code string) answer {
	b.t.Helper()
	done := b.answers(b.types(code), "allow")
	if done.StatusCode != http.StatusOK || !strings.Contains(done.Body, "You can go back to your device now") {
		b.t.Fatalf("not approved: %s\n%s", done.Status, done.Body)
	}
	return done
}

const verifier = "a-verifier-of-a-program-that-is-long-enough-0123456789"

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

const redirectURI = "http://127.0.0.1:49152/done"

// authorizeAt is where a program on this computer sends the browser; pairs
// change the request, and an empty value takes a parameter away.
func (p program) authorizeAt(pairs ...string) string {
	query := url.Values{
		"response_type": {"code"}, "client_id": {p.app}, "redirect_uri": {redirectURI}, "state": {"of the program"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			query.Del(pairs[i])
		}
	}
	return "/client/authorize?" + query.Encode()
}

// sentBack is what a page of the host sends to the program.
func (a answer) sentBack(t testing.TB) url.Values {
	t.Helper()
	at := a.Header.Get("Location")
	if found := goesOn.FindStringSubmatch(a.Body); found != nil {
		at = html.UnescapeString(found[1])
		if a.Header.Get("Refresh") != "0;url="+at {
			t.Errorf("the page goes on to %q and links to %q", a.Header.Get("Refresh"), at)
		}
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "http" {
		t.Fatalf("nothing goes back to the program: %s\n%s", a.Status, a.Body)
	}
	return u.Query()
}

// codeFor signs in for a program on this computer.
func (b *browser) codeFor(p program, pairs ...string) url.Values {
	b.t.Helper()
	return b.answers(b.get(p.authorizeAt(pairs...)), "allow").sentBack(b.t)
}

func (p program) redeem(code string, pairs ...string) answer {
	return p.send("/client/token", append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", redirectURI, "code_verifier", verifier}, pairs...)...)
}
