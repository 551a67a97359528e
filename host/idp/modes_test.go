package idp

// How answers travel: response_mode (CONFORMANCE c.4, Form Post OP).

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var fields = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// posted is what a form_post page sends, to callback.
func (c *browser) posted(r result) url.Values {
	c.b.t.Helper()
	if r.StatusCode != http.StatusOK || !strings.Contains(r.body, `action="`+callback+`"`) {
		c.b.t.Fatalf("no form for the client: %d %s", r.StatusCode, r.body)
	}
	q := url.Values{}
	for _, m := range fields.FindAllStringSubmatch(r.body, -1) {
		q.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	if q.Get("iss") != c.b.issuer || q.Get("state") != "the state&=" {
		c.b.t.Errorf("the answer has iss %q and state %q", q.Get("iss"), q.Get("state"))
	}
	return q
}

func TestFormPost(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	r := c.submit(c.get(pathAuthorize, asking("response_mode", "form_post")), "ada", adaPass)
	b.redeemed(c.posted(r).Get("code"))
	policy := r.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action 'self' https://app.example.com") || strings.Contains(policy, "unsafe") || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("policy: %s", policy)
	}
	if !strings.Contains(r.body, "/assets/submit.js") || !strings.Contains(r.body, "<button") {
		t.Errorf("the page sends itself neither with nor without a script: %s", r.body)
	}
	if q := c.posted(c.get(pathAuthorize, asking("response_mode", "form_post", "prompt", "none", "max_age", "0"))); q.Get("error") != "login_required" {
		t.Errorf("an error: %v", q)
	}
	if q := c.posted(c.get(pathAuthorize, asking("response_mode", "form_post", "response_type", "token"))); q.Get("error") != "unsupported_response_type" {
		t.Errorf("an early error: %v", q)
	}
}

func TestFragment(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	r := c.submit(c.get(pathAuthorize, asking("response_mode", "fragment", "redirect_uri", callback+"?x=1")), "ada", adaPass)
	target, fragment, _ := strings.Cut(r.Header.Get("Location"), "#")
	q, err := url.ParseQuery(fragment)
	must(t, err)
	if target != callback+"?x=1" || q.Get("iss") != b.issuer || q.Get("state") != "the state&=" || q.Get("code") == "" {
		t.Errorf("%s", r.Header.Get("Location"))
	}
}
