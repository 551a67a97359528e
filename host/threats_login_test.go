package host_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// An answer that does not belong to a login of this browser ends in a page
// with its code, before anything is spent.
func TestT15_state(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		knobs func(*hosttest.Knobs)
		open  func(b *browser, q url.Values) answer
		code  login.Code
	}{
		"missing": {nil, func(b *browser, q url.Values) answer {
			q.Del("state")
			return b.callback(q)
		}, login.CodeStateMissing},
		"missing with an error": {nil, func(b *browser, _ url.Values) answer {
			return b.callback(url.Values{"error": {"access_denied"}})
		}, login.CodeStateMissing},
		"no parameters": {nil, func(b *browser, _ url.Values) answer {
			return b.callback(nil)
		}, login.CodeStateMissing},
		"empty": {nil, func(b *browser, q url.Values) answer {
			q.Set("state", "")
			return b.callback(q)
		}, login.CodeStateMissing},
		"no form encoding": {nil, func(b *browser, q url.Values) answer {
			return b.step("/callback/corp?code=x&state=%zz")
		}, login.CodeParameterInvalid},
		"control characters": {nil, func(b *browser, q url.Values) answer {
			q.Set("state", "\x00\r\n;=,\xff")
			return b.callback(q)
		}, login.CodeStateUnknown},
		"long": {nil, func(b *browser, q url.Values) answer {
			q.Set("state", strings.Repeat("s", 16<<10))
			return b.callback(q)
		}, login.CodeStateUnknown},
		"cut": {nil, func(b *browser, q url.Values) answer {
			q.Set("state", q.Get("state")[:42])
			return b.callback(q)
		}, login.CodeStateUnknown},
		"made up": {func(k *hosttest.Knobs) { k.StateParam = hosttest.Wrong }, (*browser).callback, login.CodeStateUnknown},
		"twice": {nil, func(b *browser, q url.Values) answer {
			q.Add("state", q.Get("state"))
			return b.callback(q)
		}, login.CodeParameterDuplicate},
		"code twice": {nil, func(b *browser, q url.Values) answer {
			q.Add("code", "another")
			return b.callback(q)
		}, login.CodeParameterDuplicate},
		"another browser": {nil, func(b *browser, q url.Values) answer {
			return b.site.browser().callback(q)
		}, login.CodeStateUnknown},
		"iss of another":           {func(k *hosttest.Knobs) { k.IssParam = hosttest.Wrong }, (*browser).callback, login.CodeIssuerMismatch},
		"iss promised and missing": {func(k *hosttest.Knobs) { k.IssPromised = true }, (*browser).callback, login.CodeIssuerMismatch},
		"iss of another with an error": {func(k *hosttest.Knobs) { k.IssParam, k.Error = hosttest.Wrong, "access_denied" },
			(*browser).callback, login.CodeIssuerMismatch},
		"expired, twice": {nil, func(b *browser, q url.Values) answer { // once is begun anew
			b.site.idp.Clock.Advance(11 * time.Minute)
			again, err := b.callback(q).Location()
			if err != nil {
				b.t.Fatal(err)
			}
			q = query(b.approve(again))
			b.site.idp.Clock.Advance(11 * time.Minute)
			return b.callback(q)
		}, login.CodeStateExpired},
		"no code": {nil, func(b *browser, q url.Values) answer {
			q.Del("code")
			return b.callback(q)
		}, login.CodeCodeMissing},
		"posted": {nil, func(b *browser, q url.Values) answer {
			return b.post("/callback/corp", q)
		}, login.CodeParameterInvalid},
		"another callback": {nil, func(b *browser, q url.Values) answer {
			return b.step("/callback/nobody?" + q.Encode())
		}, login.CodeIssuerMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			idp := hosttest.NewProvider(t)
			if c.knobs != nil {
				idp.Set(c.knobs)
			}
			s := newSite(t, idp, settings{})
			b := s.browser()
			a := c.open(b, query(b.approve(b.begin("/login?idp=corp"))))
			s.refused(b, a, c.code)
			if n := idp.Calls(hosttest.Token); n != 0 {
				t.Errorf("the token endpoint was called %d times", n)
			}
		})
	}
}

// An answer that signed someone in works once, even for whoever kept the
// login's cookie, and a replay ends nothing.
func TestT15_replay(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	q := query(b.approve(b.begin("/login?idp=corp")))
	kept := b.jar.Cookies(home())
	if a := b.callback(q); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s\n%s", a.Status, a.Body)
	}
	handle := b.handle()
	s.idp.ResetCalls()
	if a := b.callback(q); a.code() != string(login.CodeStateUnknown) {
		t.Errorf("without the login's cookie: %s %q", a.Status, a.code())
	}
	thief := s.browser()
	for who, b := range map[string]*browser{"the same browser": b, "another": thief} {
		b.jar.SetCookies(home(), kept)
		a := b.callback(q)
		s.helpful(a, string(login.CodeStateSpent))
		if len(a.Cookies()) != 0 {
			t.Errorf("%s: cookies were set: %v", who, a.Cookies())
		}
	}
	if n := s.idp.Calls(hosttest.Token); n != 0 {
		t.Errorf("the token endpoint was called %d times", n)
	}
	if b.handle() != handle || !b.session().Authenticated || thief.session().Authenticated {
		t.Error("the replay ended the session, or made another")
	}
}

// A login that was begun with one provider is not finished by another's
// answer: the code would go to the wrong token endpoint (mix-up, RFC 9700,
// section 4.4).
func TestT15_another_provider(t *testing.T) {
	t.Parallel()
	corp, other := hosttest.NewProvider(t), hosttest.NewProvider(t)
	other.Clock = corp.Clock
	s := newSite(t, corp, settings{Rest: provider("other", other)})
	for begun, at := range map[string]string{"corp": "other", "other": "corp"} {
		b := s.browser()
		to := b.step("/login?idp=" + begun)
		authorize, _ := to.Location()
		q := query(b.approve(authorize))
		s.refused(b, b.step("/callback/"+at+"?"+q.Encode()), login.CodeIssuerMismatch)
		if uri := authorize.Query().Get("redirect_uri"); uri != publicURL+"/callback/"+begun {
			t.Errorf("%s was sent the redirect_uri %s", begun, uri)
		}
	}
	if n := corp.Calls(hosttest.Token) + other.Calls(hosttest.Token); n != 0 {
		t.Errorf("a token endpoint was called %d times", n)
	}
}

// The attacker signs in, stops before the callback, and has the victim's
// browser open it.
func TestT16_login_csrf(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	attacker, victim, stranger := s.browser(), s.browser(), s.browser()
	victim.get("/login?idp=corp")
	handle := victim.handle()
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "mallory-0000" })
	callback := attacker.approve(attacker.begin("/login?idp=corp"))
	s.idp.ResetCalls()
	for who, b := range map[string]*browser{"signed in": victim, "signed out": stranger} {
		for _, r := range []*http.Request{b.request(http.MethodGet, callback, ""), b.request(http.MethodPost, callback, query(callback).Encode())} {
			a := b.do(r)
			if a.code() != string(login.CodeStateUnknown) || a.StatusCode != http.StatusBadRequest || len(a.Cookies()) != 0 {
				t.Errorf("%s, %s: %s %q %v", who, r.Method, a.Status, a.code(), a.Cookies())
			}
		}
	}
	if d := victim.session(); victim.handle() != handle || d.User.ID != "alice-7f3a" {
		t.Errorf("the victim is now %q", d.User.ID)
	}
	if stranger.session().Authenticated || s.idp.Calls(hosttest.Token) != 0 {
		t.Error("the attacker's code was spent")
	}
}

// The attacker's code under the victim's own state meets the victim's PKCE
// verifier and, at a provider that checks none, the victim's nonce.
func TestT16_code_injection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pkce bool
		code login.Code
	}{"with PKCE": {true, login.CodeExchangeFailed}, "without PKCE": {false, login.CodeIDTokenInvalid}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t), settings{})
			attacker, victim := s.browser(), s.browser()
			stolen := attacker.begin("/login?idp=corp")
			if !c.pkce {
				q := stolen.Query()
				q.Del("code_challenge")
				stolen.RawQuery = q.Encode()
			}
			code := query(attacker.approve(stolen)).Get("code")
			q := query(victim.approve(victim.begin("/login?idp=corp")))
			q.Set("code", code)
			s.refused(victim, victim.callback(q), c.code)
		})
	}
}

// callback opens the address that the provider corp sends browsers back to.
func (b *browser) callback(q url.Values) answer {
	b.t.Helper()
	return b.step("/callback/corp?" + q.Encode())
}

// handle is the value of the browser's session cookie.
func (b *browser) handle() string {
	if c := b.cookie(sessionCookie); c != nil {
		return c.Value
	}
	return ""
}

const sessionCookie = "__Host-doorward"

// refused holds a login that must have failed against what that means: a
// helpful page, and nobody signed in.
func (s *site) refused(b *browser, a answer, code login.Code) {
	s.t.Helper()
	s.helpful(a, string(code))
	if b.handle() != "" || b.session().Authenticated {
		s.t.Error("somebody is signed in")
	}
	if len(s.audited("login")) != 0 {
		s.t.Error("a login was audited")
	}
}

// query is the query of an address.
func query(address string) url.Values {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	return u.Query()
}

// home is the start page's address.
func home() *url.URL {
	u, _ := url.Parse(publicURL + "/")
	return u
}
