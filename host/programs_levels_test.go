package host_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

const freshPrograms = `applications:
  cli: {clients: [device, loopback], origins: [https://cli.example.test], require: [Authenticated/Fresh]}
trusted_proxies: [127.0.0.1]
` + levels

func newFresh(t testing.TB) *site {
	return newSite(t, hosttest.NewProvider(t), settings{Rest: freshPrograms})
}

var askedACR = regexp.MustCompile(`acr_values="([^"]+)"`)

// A program whose level has ended is told so as RFC 9470 has it, and signs in
// anew with what it was told.
func TestPrograms_ALevelThatEndedIsHadAgain(t *testing.T) {
	t.Parallel()
	s := newFresh(t)
	p, b := s.program("cli"), s.browser()
	bearer := p.redeem(b.codeFor(p, "level", freshLevel).Get("code")).bearer(t)
	asks := func(bearer string) answer {
		return p.asksFor("https://cli.example.test", "/", "Bearer "+bearer)
	}
	if a := asks(bearer); a.StatusCode != http.StatusOK {
		t.Fatalf("fresh: %s %s", a.Status, a.Body)
	}
	s.idp.Clock.Advance(6 * time.Minute)
	a := asks(bearer)
	found := askedACR.FindStringSubmatch(a.Header.Get("Www-Authenticate"))
	if a.StatusCode != http.StatusUnauthorized || found == nil || a.Header.Get("Location") != "" {
		t.Fatalf("six minutes later: %s %q", a.Status, a.Header.Get("Www-Authenticate"))
	}
	again := p.redeem(b.codeFor(p, "acr_values", found[1]).Get("code")).bearer(t)
	if a := asks(again); a.StatusCode != http.StatusOK {
		t.Errorf("signed in anew: %s %s", a.Status, a.Body)
	}
	if a := asks(bearer); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("and the session before is raised: %s", a.Status)
	}
}

// Nobody sees that a program's session lacks what it asked for, so there is none;
// the page says why, and leads back.
func TestT30_a_program_whose_level_is_not_reached(t *testing.T) {
	t.Parallel()
	s := newFresh(t)
	p, b := s.program("cli"), s.browser()
	s.idp.Set(func(k *hosttest.Knobs) { k.AuthTime = hosttest.OldAuthTime })
	page := b.answers(b.get(p.authorizeAt("level", freshLevel)), "allow")
	if page.StatusCode != http.StatusForbidden || page.code() != "level_not_reached" {
		t.Fatalf("%s %s", page.Status, page.code())
	}
	var back string
	for _, link := range regexp.MustCompile(`href="([^"]+)">Back`).FindAllStringSubmatch(page.Body, -1) {
		back = html.UnescapeString(link[1])
	}
	if !strings.HasPrefix(back, redirectURI+"?") || !strings.Contains(back, "error=access_denied") || !strings.Contains(back, "state=of+the+program") {
		t.Errorf("the page leads back to %q", back)
	}
	w := p.ask("level", freshLevel)
	if a := b.answers(b.types(w.user), "allow"); a.code() != "level_not_reached" {
		t.Errorf("a device: %s", a.code())
	}
	if got := p.poll(w).failed(t); got != "authorization_pending" {
		t.Errorf("the device is told %s", got)
	}
	s.idp.Set(func(k *hosttest.Knobs) { k.AuthTime = hosttest.Honest })
	b.approves(w.user)
	s.idp.Clock.Advance(5 * time.Second)
	if d := p.knows(p.poll(w).bearer(t)); d.level(freshLevel) == nil {
		t.Errorf("held are %q", d.paths())
	}
}

func TestPrograms_WhatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	s := newFresh(t)
	p := s.program("cli")
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"an undeclared level": {[]string{"level", "Authenticated/Nowhere"}, "invalid_request"},
		"no step-up":          {[]string{"level", "Authenticated"}, "invalid_request"},
		"unknown acr":         {[]string{"acr_values", "urn:nowhere"}, "unmet_authentication_requirements"},
		"both":                {[]string{"level", freshLevel, "acr_values", freshLevel}, "invalid_request"},
		"max_age of words":    {[]string{"max_age", "soon"}, "invalid_request"},
		"unknown provider":    {[]string{"idp", "nowhere"}, "invalid_request"},
		"a long hint":         {[]string{"login_hint", strings.Repeat("a", 257)}, "invalid_request"},
	} {
		if got := p.send("/client/device_authorization", c.pairs...).failed(t); got != c.want {
			t.Errorf("a device, %s: %s, want %s", name, got, c.want)
		}
		if got := p.get(p.authorizeAt(c.pairs...)).sentBack(t); got.Get("error") != c.want || got.Get("state") == "" || got.Get("iss") != publicURL {
			t.Errorf("a program, %s: %v, want %s", name, got, c.want)
		}
	}
}

// What the program asked for reaches the provider.
func TestPrograms_TheProviderIsAskedForAFreshProof(t *testing.T) {
	t.Parallel()
	s := newFresh(t)
	p, b := s.program("cli"), s.browser()
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, pairs := range [][]string{{"level", freshLevel}, {"max_age", "0"}, {"prompt", "login consent"}} {
		a := b.answers(b.get(p.authorizeAt(append(pairs, "login_hint", "ada")...)), "allow")
		to, err := a.Location()
		if err != nil || to.Query().Get("prompt") != "login" || to.Query().Get("login_hint") != "ada" {
			t.Errorf("%q leads to %v, %v", pairs, to, err)
		}
	}
}

func TestPrograms_DescribeThemselves(t *testing.T) {
	t.Parallel()
	s := newFresh(t)
	p := s.program("cli")
	said := p.get("/.well-known/oauth-authorization-server").said(t)
	if said["issuer"] != publicURL {
		t.Errorf("issuer is %v", said["issuer"])
	}
	for _, endpoint := range []string{"authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "revocation_endpoint"} {
		at, _ := said[endpoint].(string)
		if a := p.get(strings.TrimPrefix(at, publicURL)); !strings.HasPrefix(at, publicURL+"/client/") || a.StatusCode == http.StatusNotFound {
			t.Errorf("%s is %q: %s", endpoint, at, a.Status)
		}
	}
	none := newSite(t, hosttest.NewProvider(t), settings{})
	if a := none.program("cli").get("/.well-known/oauth-authorization-server"); a.StatusCode != http.StatusNotFound {
		t.Errorf("without programs: %s", a.Status)
	}
}
