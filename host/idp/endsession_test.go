package idp

// Signing out, by the names of the RP-Initiated OP modules of CONFORMANCE c.4.

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

func (c *browser) signedIn() bool {
	c.b.t.Helper()
	return c.back(c.get(pathAuthorize, asking("prompt", "none"))).Has("code")
}

func TestEndSession(t *testing.T) {
	const other = "https://app.example.com/bye"
	for name, test := range map[string]struct {
		params func(idToken string) url.Values
		ends   bool
		to     string // the redirect; "" for a page
	}{
		"oidcc-rp-initiated-logout": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {elsewhere}, "state": {"s&t"}}
		}, true, elsewhere + "&state=s%26t"},
		"oidcc-rp-initiated-logout-no-state": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {other}}
		}, true, other},
		"client_id agrees": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {other}, "client_id": {"app"}}
		}, true, other},
		"client_id disagrees": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {other}, "client_id": {"native"}}
		}, false, ""},
		"oidcc-rp-initiated-logout-no-post-logout-redirect-uri": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}}
		}, true, ""},
		"oidcc-rp-initiated-logout-no-params":  {func(string) url.Values { return nil }, false, ""},
		"oidcc-rp-initiated-logout-only-state": {func(string) url.Values { return url.Values{"state": {"s"}} }, false, ""},
		"oidcc-rp-initiated-logout-no-id-token-hint": {func(string) url.Values {
			return url.Values{"post_logout_redirect_uri": {other}, "client_id": {"app"}}
		}, false, ""},
		"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {"https://evil.example/"}}
		}, false, ""},
		"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {other + "?x=1"}}
		}, false, ""},
		"T10 suffix": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {other + ".evil.example"}}
		}, false, ""},
		"a sign-in's redirect URI": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {callback}}
		}, false, ""},
		"oidcc-rp-initiated-logout-modified-id-token-hint": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h[:len(h)-8] + "AAAAAAAA"}, "post_logout_redirect_uri": {other}}
		}, false, ""},
		"oidcc-rp-initiated-logout-bad-id-token-hint": {func(string) url.Values {
			return url.Values{"id_token_hint": {"bad"}, "post_logout_redirect_uri": {other}}
		}, false, ""},
		"T13 two states": {func(h string) url.Values {
			return url.Values{"id_token_hint": {h}, "post_logout_redirect_uri": {other}, "state": {"a", "b"}}
		}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c := b.browser()
			got, _ := b.redeemed(c.signIn("ada", adaPass))
			old := c.session()
			r := c.get(pathEndSession, test.params(got.IDToken))
			if r.Header.Get("Location") != test.to {
				t.Errorf("sent to %q, want %q (%d)", r.Header.Get("Location"), test.to, r.StatusCode)
			}
			if c.signedIn() == test.ends {
				t.Errorf("signed in: %v", !test.ends)
			}
			if test.ends { // T25: the record is gone, and so is the cookie
				if c.session() != "" || b.count(bucketSessions) != 0 {
					t.Error("the cookie or the record is still there")
				}
				if c.setSession(old); c.signedIn() {
					t.Error("the old cookie works again")
				}
			}
		})
	}
}

func TestEndSessionAsks(t *testing.T) {
	b := newBench(t)
	c, other := b.browser(), b.browser()
	c.signIn("ada", adaPass)
	bobs, _ := b.redeemed(other.signIn("bob", bobPass))

	page := c.get(pathEndSession, url.Values{"id_token_hint": {bobs.IDToken}, "post_logout_redirect_uri": {elsewhere}, "state": {"s"}})
	if !strings.Contains(page.body, "Ada Lovelace") || !c.signedIn() || !other.signedIn() {
		t.Fatalf("a foreign hint ended a session: %s", page.body)
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://app.example.com;") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy: %s", policy)
	}
	r := c.post(pathSignOut, url.Values{"request": {c.sealedIn(page)}})
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != elsewhere+"&state=s" || c.signedIn() {
		t.Errorf("confirmed: %d %s", r.StatusCode, r.Header.Get("Location"))
	}
	if !other.signedIn() {
		t.Error("bob's session ended too")
	}

	page = other.get(pathEndSession, nil)
	if r := other.post(pathSignOut, url.Values{"request": {other.sealedIn(page)}}); r.StatusCode != 200 || !strings.Contains(r.body, "You are signed out") || other.signedIn() {
		t.Errorf("confirmed without a hint: %d %s", r.StatusCode, r.body)
	}
}

func TestEndSessionWhenSignedOutAlready(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	got, _ := b.redeemed(c.signIn("ada", adaPass))
	params := url.Values{"id_token_hint": {got.IDToken}, "post_logout_redirect_uri": {elsewhere}}
	for range 2 {
		if r := c.get(pathEndSession, params); r.Header.Get("Location") != elsewhere {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
	if r := c.get(pathEndSession, nil); r.StatusCode != 200 || !strings.Contains(r.body, "You are signed out") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// A client's page posts the form, so the browser leaves the Lax cookie out.
func TestEndSessionByPostWithoutCookie(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	got, _ := b.redeemed(c.signIn("ada", adaPass))
	params := url.Values{"id_token_hint": {got.IDToken}, "post_logout_redirect_uri": {elsewhere}}
	if r := b.browser().post(pathEndSession, params, "Origin", "https://app.example.com"); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != elsewhere {
		t.Errorf("%d %s", r.StatusCode, r.Header.Get("Location"))
	}
	if c.signedIn() {
		t.Error("the session goes on")
	}
}

// The session ends between being read and being marked as used.
func TestEndSessionIsNotUndone(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass)
	sid, _, _ := strings.Cut(c.session(), ".")
	b.provider.cfg.People = people.Directory{Store: &watch{Store: b.store, before: map[string]func(){people.Bucket: func() {
		must(t, b.store.Apply(t.Context(), store.Op{Bucket: bucketSessions, Key: sid, Delete: true}))
	}}}}
	if c.signedIn() || b.count(bucketSessions) != 0 {
		t.Error("a use brought the session back")
	}
}
