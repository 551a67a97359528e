package idp

// Sign-in with a passkey, over HTTP, with an authenticator in software.

import (
	"html"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/factors/factorstest"
	"github.com/doorward/doorward/host/idp/people"
)

// named lets the provider have a host name: passkeys need one.
func named(c *Config) { c.Issuer = strings.Replace(c.Issuer, "127.0.0.1", "localhost", 1) }

func (b *bench) origin() string { return strings.TrimSuffix(b.issuer, "/idp") }

var optionsFormat = regexp.MustCompile(`data-options="([^"]+)"`)

// optionsIn is what the page's passkey button asks the browser for.
func (c *browser) optionsIn(page result) string {
	c.b.t.Helper()
	m := optionsFormat.FindStringSubmatch(page.body)
	if m == nil {
		c.b.t.Fatalf("no passkey is asked for: %d %s", page.StatusCode, page.body)
	}
	return html.UnescapeString(m[1])
}

// passkey gives name a passkey of a new authenticator.
func (b *bench) passkey(name string) *factorstest.Authenticator {
	b.t.Helper()
	a := factorstest.New(b.origin())
	b.edit(name, func(p *people.Person) {
		options, c, err := b.provider.passkeys.AskNew(*p)
		must(b.t, err)
		made, _, err := b.provider.passkeys.CheckNew(c, a.Create(b.t, string(options)), *p)
		must(b.t, err)
		made.Name = "key"
		p.Passkeys = append(p.Passkeys, made)
	})
	return a
}

func TestPasskeySignIn(t *testing.T) {
	b := newBench(t, named, offering(factors.Password, factors.Passkey))
	a := b.passkey("ada")
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	_, claims := b.redeemed(c.back(c.fill(pathPasskey, page, "credential", a.Get(t, c.optionsIn(page)))).Get("code"))
	if claims["sub"] != "sub-ada" || !reflect.DeepEqual(claims["amr"], []any{"hwk", "user", "mfa"}) || claims["acr"] != factors.ACRPasskey || claims["challenged"] != true {
		t.Errorf("claims: %v", claims)
	}
	if used := b.ada().Passkeys[0].Used; used != b.clock.Now().Unix() {
		t.Errorf("used at %d", used)
	}
	copied := b.passkey("bob")
	copied.Flags |= factorstest.Eligible
	if r := c.fill(pathPasskey, page, "credential", copied.Get(t, c.optionsIn(page))); r.StatusCode != http.StatusForbidden {
		t.Errorf("a passkey that became another: %d", r.StatusCode)
	}
}

// T15, T16: an answer is good once, in the browser that asked, within its time,
// for the method that is offered.
func TestT15_PasskeyChallenges(t *testing.T) {
	b := newBench(t, named, offering(factors.Password, factors.Passkey))
	a := b.passkey("ada")
	a.Still = true // it does not count, so nothing but the challenge tells two uses apart
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	answer := a.Get(t, c.optionsIn(page))
	thief := b.browser()
	own := thief.get(pathAuthorize, asking())
	for name, r := range map[string]result{
		"in another browser":              thief.post(pathPasskey, url.Values{"request": {c.sealedIn(page)}, "credential": {answer}}),
		"for another page":                thief.fill(pathPasskey, own, "credential", answer),
		"from another origin":             c.post(pathPasskey, url.Values{"request": {c.sealedIn(page)}, "credential": {answer}}, "Origin", "https://evil.example"),
		"as a password":                   c.fill(pathSignIn, page, "credential", answer, "method", "passkey"),
		"as a second factor":              c.fill(pathSecondFactor, page, "credential", answer),
		"nothing":                         c.fill(pathPasskey, page),
		"no JSON":                         c.fill(pathPasskey, page, "credential", "{"),
		"somebody who is not there":       c.fill(pathPasskey, page, "credential", strings.ReplaceAll(answer, b64.EncodeToString(a.ID), b64.EncodeToString([]byte("0123456789abcdef")))),
		"a signature of something else's": c.fill(pathPasskey, page, "credential", a.Get(t, c.optionsIn(own))),
	} {
		if r.Header.Get("Location") != "" || c.session()+thief.session() != "" {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.Header.Get("Location"))
		}
	}
	if r := c.fill(pathPasskey, page, "credential", answer); c.back(r).Get("code") == "" {
		t.Error("the control failed")
	}
	if r := c.fill(pathPasskey, page, "credential", answer); r.StatusCode != http.StatusForbidden {
		t.Errorf("a second time: %d", r.StatusCode)
	}
	page = c.get(pathAuthorize, asking("prompt", "login"))
	b.clock.advance(pendingFor)
	if r := c.fill(pathPasskey, page, "credential", a.Get(t, c.optionsIn(page))); r.StatusCode != http.StatusBadRequest {
		t.Errorf("too late: %d", r.StatusCode)
	}
}

func TestPasskeyOfADisabledPerson(t *testing.T) {
	b := newBench(t, named, offering(factors.Passkey))
	a := b.passkey("eve")
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	if r := c.fill(pathPasskey, page, "credential", a.Get(t, c.optionsIn(page))); r.StatusCode != http.StatusForbidden || c.session() != "" {
		t.Errorf("%d", r.StatusCode)
	}
}

// A counter that goes back is a copy: it does not sign in, the log and the
// record say so, and the one that counts on still does.
func TestClonedPasskey(t *testing.T) {
	b := newBench(t, named, offering(factors.Passkey))
	a := b.passkey("ada")
	c := b.browser()
	use := func() result {
		page := c.get(pathAuthorize, asking("prompt", "login"))
		return c.fill(pathPasskey, page, "credential", a.Get(t, c.optionsIn(page)))
	}
	a.Count = 10
	if r := use(); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", r.StatusCode)
	}
	a.Count = 5
	if r := use(); r.StatusCode != http.StatusForbidden {
		t.Errorf("the copy signs in: %d", r.StatusCode)
	}
	if !factors.Cloned(b.ada().Passkeys[0]) || !strings.Contains(b.log.String(), "may have been copied") {
		t.Error("nobody is told")
	}
	a.Count = 20
	if r := use(); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the one that counts on: %d", r.StatusCode)
	}
}

// Whether a name has passkeys is told to nobody: what the page asks for is the
// same for everybody.
func TestPasskeyPageTellsNothing(t *testing.T) {
	b := newBench(t, named, offering(factors.Password, factors.Passkey))
	b.passkey("ada")
	c := b.browser()
	var seen []string
	for _, name := range []string{"ada", "bob", "nobody"} {
		page := c.get(pathAuthorize, asking("login_hint", name))
		seen = append(seen, regexp.MustCompile(`"challenge":"[^"]*"`).ReplaceAllString(c.optionsIn(page), ""))
	}
	if seen[0] != seen[1] || seen[1] != seen[2] || strings.Contains(seen[0], "allowCredentials") {
		t.Errorf("the options differ: %q", seen)
	}
}

// Without the method there is no way in by a passkey, and no page asks for one.
func TestPasskeyNotOffered(t *testing.T) {
	b := newBench(t, named, offering(factors.Passkey))
	a := b.passkey("ada")
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	b.provider.cfg.Methods = []factors.Method{factors.Password}
	if r := c.fill(pathPasskey, page, "credential", a.Get(t, c.optionsIn(page))); r.StatusCode != http.StatusBadRequest || c.session() != "" {
		t.Errorf("%d", r.StatusCode)
	}
	if page := c.get(pathAuthorize, asking()); strings.Contains(page.body, "data-options") {
		t.Error("a passkey is asked for")
	}
}
