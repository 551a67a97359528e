package idp

// Pushed requests (RFC 9126), by the cases of CONFORMANCE c.5.

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/clients"
)

// pushes sends a request to /par as app.
func (b *bench) push(form url.Values, headers ...string) result {
	b.t.Helper()
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth("app", appSecret)
	return b.browser().post(pathPushed, form, append([]string{"Origin", "", "Authorization", r.Header.Get("Authorization")}, headers...)...)
}

func (b *bench) pushed(changes ...string) string {
	b.t.Helper()
	r := b.push(asking(changes...))
	got := object(b.t, r.body)
	if r.StatusCode != http.StatusCreated || got["expires_in"] != 90.0 || r.Header.Get("Cache-Control") != "no-store" {
		b.t.Fatalf("pushed: %d %s", r.StatusCode, r.body)
	}
	return got["request_uri"].(string)
}

func TestPushedRequest(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	uri := b.pushed("nonce", "pushed")
	if !strings.HasPrefix(uri, "urn:ietf:params:oauth:request_uri:") {
		t.Errorf("request_uri: %s", uri)
	}
	at := url.Values{"client_id": {"app"}, "request_uri": {uri}, "nonce": {"in the address"}, "redirect_uri": {"https://evil.example"}}
	code := c.back(c.submit(c.get(pathAuthorize, at), "ada", adaPass)).Get("code")
	if _, claims := b.redeemed(code); claims["nonce"] != "pushed" {
		t.Errorf("nonce: %v", claims["nonce"])
	}
	if r := c.get(pathAuthorize, at); r.StatusCode != 400 || r.Header.Get("Location") != "" {
		t.Errorf("used twice: %d %s", r.StatusCode, r.Header.Get("Location"))
	}
	if n := b.count(bucketPushed); n != 0 {
		t.Errorf("%d pushed requests are left", n)
	}
}

func TestPushedRequestByPost(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass)
	r := c.post(pathAuthorize, url.Values{"client_id": {"app"}, "request_uri": {b.pushed()}}, "Origin", "https://app.example.com")
	again, err := http.NewRequest(http.MethodGet, r.Header.Get("Location"), nil)
	must(t, err)
	if !c.back(c.do(again)).Has("code") {
		t.Errorf("%d %s", r.StatusCode, r.Header.Get("Location"))
	}
}

func TestPushedRequestsThatAreWorthNothing(t *testing.T) {
	b := newBench(t)
	for name, at := range map[string]url.Values{
		"another client's": {"client_id": {"poster"}, "request_uri": {b.pushed()}},
		"invented":         {"client_id": {"app"}, "request_uri": {pushedPrefix + newSecret()}},
		"empty":            {"client_id": {"app"}, "request_uri": {pushedPrefix}},
		"no client":        {"request_uri": {b.pushed()}},
	} {
		r := b.browser().get(pathAuthorize, at)
		if r.StatusCode != 400 || r.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.Header.Get("Location"))
		}
	}
	uri := b.pushed()
	b.clock.advance(pushedFor)
	local(t, b, b.browser().get(pathAuthorize, url.Values{"client_id": {"app"}, "request_uri": {uri}}), 400)
}

func TestPushRefusals(t *testing.T) {
	b := newBench(t)
	uri := b.pushed()
	for name, test := range map[string]struct {
		r      result
		status int
		want   string
	}{
		"no client authentication":  {b.push(asking(), "Authorization", ""), 401, "invalid_client"},
		"wrong secret":              {b.push(asking(), "Authorization", "Basic YXBwOndyb25n"), 401, "invalid_client"},
		"a request_uri within":      {b.push(asking("request_uri", uri)), 400, "invalid_request"},
		"another redirect_uri":      {b.push(asking("redirect_uri", "https://evil.example")), 400, "invalid_request"},
		"no redirect_uri":           {b.push(asking("redirect_uri", "-")), 400, "invalid_request"},
		"a fault that comes later":  {b.push(asking("response_type", "token")), 400, "unsupported_response_type"},
		"T13 a parameter twice":     {b.push(with(asking(), url.Values{"state": {"a", "b"}})), 400, "invalid_request"},
		"a bad DPoP proof":          {b.push(asking(), "DPoP", "x.y.z"), 400, "invalid_dpop_proof"},
		"by GET":                    {b.browser().get(pathPushed, asking()), 405, "invalid_request"},
		"a client that is not it":   {b.push(asking("client_id", "poster")), 401, "invalid_client"},
		"unsigned request object":   {b.push(asking("request", "eyJhbGciOiJub25lIn0.e30.")), 400, "request_not_supported"},
		"parameters in the address": {b.push(nil), 400, "invalid_request"},
	} {
		if got := object(t, test.r.body); test.r.StatusCode != test.status || got["error"] != test.want {
			t.Errorf("%s: %d %s", name, test.r.StatusCode, test.r.body)
		}
		if test.status == 401 && !strings.HasPrefix(test.r.Header.Get("WWW-Authenticate"), "Basic") {
			t.Errorf("%s: no challenge", name)
		}
	}
	if n := b.count(bucketPushed); n != 1 {
		t.Errorf("%d pushed requests are stored, want one", n)
	}
}

// A public client proves nothing, so what it stores is counted.
func TestPushedRequestsAreBounded(t *testing.T) {
	b := newBench(t)
	q := asking("client_id", "native", "redirect_uri", "com.example.native:/back")
	for range pushesAtOnce {
		b.provider.pushes.take("native")
	}
	if r := b.browser().post(pathPushed, q); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	b.pushed() // others go on
	b.clock.advance(pushedFor)
	if r := b.browser().post(pathPushed, q); r.StatusCode != http.StatusCreated {
		t.Errorf("after a while: %d %s", r.StatusCode, r.body)
	}
}

func TestClientThatMustPush(t *testing.T) {
	b := newBench(t, func(cfg *Config) {
		cfg.Clients = append(cfg.Clients, clients.Client{ID: "strict", Secret: appSecret, RedirectURIs: []string{callback}, RequirePushed: true})
	})
	c := b.browser()
	if q := c.back(c.get(pathAuthorize, asking("client_id", "strict"))); q.Get("error") != "invalid_request" {
		t.Errorf("%v", q)
	}
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth("strict", appSecret)
	uri := object(t, b.push(asking("client_id", "strict"), "Authorization", r.Header.Get("Authorization")).body)["request_uri"].(string)
	c.sealedIn(c.get(pathAuthorize, url.Values{"client_id": {"strict"}, "request_uri": {uri}}))
}
