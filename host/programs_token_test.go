package host_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

const reachingPrograms = `applications:
  cli:
    clients: [device, loopback]
    tokens: [access_token]
    resources:
      https://orders.example.com: {by: resource, scope: [read, write]}
      https://bills.example.com: {by: exchange}
  panel: {clients: [device]}
` + levels

// asks for an access token with a bearer.
func (p program) tokenFor(bearer, resource string) answer {
	p.t.Helper()
	form := url.Values{}
	if resource != "" {
		form.Set("resource", resource)
	}
	r := p.request(http.MethodPost, "/session/token", form.Encode())
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Accept", "application/json")
	return p.do(r)
}

// A program without a secret is handed access tokens for the APIs that the
// configuration names, out of its own session, and none that is good for more.
func TestPrograms_AccessTokensForAPIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.Refreshing = hosttest.Refreshing{Offered: true, Rotate: true}
	}), settings{Rest: reachingPrograms})
	p, bearer := s.program("cli"), s.bearer("cli")
	for _, api := range []string{"https://orders.example.com", "https://bills.example.com"} {
		a := p.tokenFor(bearer, api)
		var got handedToken
		if a.StatusCode != http.StatusOK || json.Unmarshal([]byte(a.Body), &got) != nil || got.AccessToken == "" {
			t.Fatalf("%s: %s %s\n%s", api, a.Status, a.Body, s.log)
		}
		if aud := audOf(t, got.AccessToken); aud != api {
			t.Errorf("%s: the token is for %s", api, aud)
		}
	}
	if n := len(s.audited("token")); n != 2 {
		t.Errorf("%d hand-outs are audited", n)
	}
	for name, c := range map[string]struct {
		bearer, resource, code string
	}{
		"the sign-in's own":       {bearer, "", "resource_unknown"},
		"an API that is not here": {bearer, "https://elsewhere.example.com", "resource_unknown"},
		"another's program":       {s.bearer("panel"), "https://orders.example.com", "client_unauthorized"},
		"a bearer of nothing":     {"cli." + strings.Repeat("A", 43), "https://orders.example.com", "session_missing"},
	} {
		if a := p.tokenFor(c.bearer, c.resource); a.code() != c.code || strings.Contains(a.Body, "access_token") {
			t.Errorf("%s: %s %s", name, a.Status, a.Body)
		}
	}
	if a := p.as(bearer, "/session"); strings.Contains(a.Body, `"at-`) {
		t.Errorf("the session document has a token:\n%s", a.Body)
	}
}

// Each session has its own sign-in at the provider: the program's sign-out and
// its tokens are not the browser's.
func TestPrograms_TheirTokensAreTheirOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.Refreshing = hosttest.Refreshing{Offered: true, Rotate: true}
	}), settings{Rest: reachingPrograms})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	first := s.bearer("cli")
	p := s.program("cli")
	second := p.redeem(b.codeFor(p).Get("code")).bearer(t)
	digests := []any{p.knows(first).IdPAttributes["tokenEndpointResponse"]["refresh_token"], p.knows(second).IdPAttributes["tokenEndpointResponse"]["refresh_token"],
		b.session().IdPAttributes["tokenEndpointResponse"]["refresh_token"]}
	for i, digest := range digests {
		if digest == nil || slices.Index(digests, digest) != i {
			t.Errorf("refresh tokens are %v", digests)
		}
	}
	p.send("/client/revoke", "token", first)
	if !p.knows(second).Authenticated || !b.session().Authenticated {
		t.Error("a program's sign-out ended another session")
	}
	for name, pairs := range map[string][]string{"another's": {"client_id", "panel", "token", second}, "nothing": {"token", "nothing"}} {
		if a := p.send("/client/revoke", pairs...); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if got := p.send("/client/revoke").failed(t); got != "invalid_request" {
		t.Errorf("without a token: %s", got)
	}
	if !p.knows(second).Authenticated {
		t.Error("another program's sign-out ended the session")
	}
}
