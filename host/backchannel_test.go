package host_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// notify posts a logout token as a provider's server does.
func (s *site) notify(token string) answer {
	s.t.Helper()
	return s.notifyRaw("corp", url.Values{"logout_token": {token}}.Encode(), "application/x-www-form-urlencoded")
}

func (s *site) notifyRaw(idp, body, contentType string) answer {
	s.t.Helper()
	return s.direct(http.MethodPost, "/backchannel-logout/"+idp, http.Header{"Host": {"login.example.test"}, "Content-Type": {contentType}}, body)
}

// answered holds the answer to a notice against what providers look at.
func (s *site) answered(a answer, status int, code login.Code) {
	s.t.Helper()
	if a.StatusCode != status || a.Header.Get("Cache-Control") != "no-store" || len(a.Cookies()) != 0 {
		s.t.Errorf("%s, Cache-Control %q, want %d\n%s\n%s", a.Status, a.Header.Get("Cache-Control"), status, a.Body, s.log)
	}
	if status == http.StatusOK {
		if a.Body != "" {
			s.t.Errorf("a body: %s", a.Body)
		}
		return
	}
	var said struct {
		Error       string
		Description string `json:"error_description"`
		Code        login.Code
		RequestID   string `json:"requestId"`
	}
	if err := json.Unmarshal([]byte(a.Body), &said); err != nil || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		s.t.Fatalf("%v: %s %s", err, a.Header.Get("Content-Type"), a.Body)
	}
	want := map[int]string{http.StatusBadRequest: "invalid_request", http.StatusServiceUnavailable: "temporarily_unavailable"}[status]
	if said.Error != want || said.Code != code || said.Description == "" || !strings.Contains(s.log.String(), said.RequestID) {
		s.t.Errorf("said %+v, want %s %s", said, want, code)
	}
}

// signedIn is a browser in which sub is signed in, by the provider's session sid; it
// has none when sid is empty.
func (s *site) signedIn(sub, sid string) *browser {
	s.t.Helper()
	s.idp.Set(func(k *hosttest.Knobs) {
		k.Subject, k.SessionID, k.EditClaims = sub, sid, nil
		if sid == "" {
			k.EditClaims = func(c map[string]any) { delete(c, "sid") }
		}
	})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	return b
}

// names is a notice of exactly this person and session.
func names(sub, sid string) hosttest.Notice {
	return hosttest.Notice{EditClaims: func(c map[string]any) {
		c["sub"], c["sid"] = sub, sid
		for _, name := range []string{"sub", "sid"} {
			if c[name] == "" {
				delete(c, name)
			}
		}
	}}
}

// T28: what is named ends, and nothing else: by sub every session of the person,
// by sid those of the provider's session, by both those and the ones whose
// provider's session is not known.
func TestT28_backchannel_logout_ends_what_it_names(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sub, sid string
		ends     [4]bool
	}{
		"only sub":     {"ann", "", [4]bool{true, true, true, false}},
		"only sid":     {"", "one", [4]bool{true, false, false, false}},
		"both":         {"ann", "one", [4]bool{true, false, true, false}},
		"nobody":       {"nobody", "", [4]bool{}},
		"an empty one": {"", "none", [4]bool{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t), settings{})
			people := [4]*browser{s.signedIn("ann", "one"), s.signedIn("ann", "two"), s.signedIn("ann", ""), s.signedIn("bob", "three")}
			s.answered(s.notify(s.idp.LogoutToken(names(c.sub, c.sid))), http.StatusOK, "")
			n := 0
			for i, b := range people {
				if b.session().Authenticated == c.ends[i] {
					t.Errorf("session %d ended: %v", i, !c.ends[i])
				}
				if c.ends[i] {
					n++
				}
			}
			told := s.audited("provider_logout")
			if n == 0 {
				if len(told) != 0 {
					t.Errorf("audited %+v", told)
				}
				return
			}
			if len(told) != 1 || told[0].Provider != "corp" || told[0].Sessions != n || told[0].RequestID == "" || (told[0].Person == "") != (c.sub == "") {
				t.Errorf("audited %+v", told)
			}
			if c.sub != "" && told[0].Person != s.audited("login")[0].Person {
				t.Errorf("about %s, who signed in as %s", told[0].Person, s.audited("login")[0].Person)
			}
		})
	}
}

// Handles at applications are dead with the session, and pages are told.
func TestT28_backchannel_logout_reaches_applications_and_pages(t *testing.T) {
	t.Parallel()
	s, b := listeners(t, settings{})
	at := []*listening{b.listen(publicEvents, ""), b.listen(wikiEvents, ""), b.listen(shopEvents, "")}
	for _, l := range at {
		l.expect("session")
	}
	wiki := b.at("wiki.example.test", sessionCookie)
	s.answered(s.notify(s.idp.LogoutToken(hosttest.Notice{})), http.StatusOK, "")
	for _, l := range at {
		l.expect("logout")
		l.expect("")
	}
	denied(t, s.auth("", having(having(pageAt("https://wiki.example.test/"), "Cookie", handleAt(wiki)), "Sec-Fetch-Mode", "cors")), http.StatusUnauthorized, login.CodeSessionMissing)
}

// A logout token works once: also at another moment, after a restart, and when it
// comes many times at once.
func TestT28_backchannel_replay(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	token := s.idp.LogoutToken(names("ann", ""))
	s.answered(s.notify(token), http.StatusOK, "")
	b := s.signedIn("ann", "one")
	s.answered(s.notify(token), http.StatusBadRequest, login.CodeLogoutTokenInvalid)
	s.stop()
	s.start()
	s.answered(s.notify(token), http.StatusBadRequest, login.CodeLogoutTokenInvalid)
	s.idp.Clock.Advance(2 * time.Minute)
	s.answered(s.notify(token), http.StatusBadRequest, login.CodeLogoutTokenInvalid)
	if !b.session().Authenticated {
		t.Error("a replayed token ended a session")
	}
	token = s.idp.LogoutToken(names("ann", ""))
	var all sync.WaitGroup
	statuses := make(chan int, 12)
	for range cap(statuses) {
		all.Go(func() { statuses <- s.notify(token).StatusCode })
	}
	all.Wait()
	close(statuses)
	counts := map[int]int{}
	for status := range statuses {
		counts[status]++
	}
	if counts[http.StatusOK] != 1 || counts[http.StatusBadRequest] != 11 || b.session().Authenticated {
		t.Errorf("answered %v, signed in %v", counts, b.session().Authenticated)
	}
}

// What is no logout token of this provider ends nothing.
func TestT28_backchannel_refusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	var idToken string
	s.idp.Set(func(k *hosttest.Knobs) {
		k.EditIDToken = func(compact string) string { idToken = compact; return compact }
	})
	b := s.signedIn("ann", "one")
	now := s.idp.Clock.Now().Unix()
	without := func(name string) hosttest.Notice {
		return hosttest.Notice{EditClaims: func(c map[string]any) { delete(c, name) }}
	}
	claim := func(name string, value any) hosttest.Notice {
		return hosttest.Notice{EditClaims: func(c map[string]any) { c[name] = value }}
	}
	for name, notice := range map[string]hosttest.Notice{
		"missing iat": without("iat"), "missing jti": without("jti"), "missing exp": without("exp"), "missing iss": without("iss"), "missing aud": without("aud"),
		"missing events": without("events"), "nonce": claim("nonce", "n"), "wrong event": claim("events", map[string]any{"x": map[string]any{}}),
		"event is true": claim("events", map[string]any{hosttest.LogoutEvent: true}), "neither": names("", ""), "old": claim("iat", now-1000), "expired": claim("exp", now-100),
		"none": {Alg: "none"}, "HS256": {Alg: "HS256"}, "bad signature": {BadSignature: true}, "another client": claim("aud", "x"), "another issuer": claim("iss", "https://x.example"),
	} {
		t.Run(name, func(t *testing.T) {
			s.answered(s.notify(s.idp.LogoutToken(notice)), http.StatusBadRequest, login.CodeLogoutTokenInvalid)
		})
	}
	good := s.idp.LogoutToken(hosttest.Notice{})
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ body, contentType string }{
		"an id token":       {"logout_token=" + idToken, form},
		"nothing":           {"", form},
		"another name":      {"token=" + good, form},
		"T13 twice":         {"logout_token=" + good + "&logout_token=" + good, form},
		"no form":           {"logout_token=%zz", form},
		"json":              {`{"logout_token":"` + good + `"}`, "application/json"},
		"a form as text":    {"logout_token=" + good, "text/plain"},
		"no content type":   {"logout_token=" + good, ""},
		"a token in itself": {good, form},
	} {
		t.Run(name, func(t *testing.T) {
			s.answered(s.notifyRaw("corp", c.body, c.contentType), http.StatusBadRequest, login.CodeLogoutTokenInvalid)
		})
	}
	s.answered(s.notifyRaw("corp", "logout_token="+strings.Repeat("a", 65<<10), form), http.StatusBadRequest, login.CodeRequestTooLarge)
	if a := s.notifyRaw("nobody", "logout_token="+good, form); a.StatusCode != http.StatusNotFound || a.code() != string(login.CodeProviderUnknown) {
		t.Errorf("an unknown provider: %s %s", a.Status, a.Body)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
		r := b.request(method, "/backchannel-logout/corp?logout_token="+good, "")
		if a := b.do(r); a.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %s", method, a.Status)
		}
	}
	if a := s.notifyRaw("corp?logout_token="+good, "", form); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a token in the address: %s", a.Status)
	}
	if !b.session().Authenticated || len(s.audited("provider_logout")) != 0 {
		t.Errorf("a session ended: %+v", s.audited("provider_logout"))
	}
	if text := s.log.String(); strings.Contains(text, good) || strings.Contains(text, good[strings.LastIndexByte(good, '.')+1:]) {
		t.Error("the log holds a token")
	}
	// What else is in the form is ignored, as the specification says.
	s.answered(s.notifyRaw("corp", "extra=1&extra=2&logout_token="+good, form+"; charset=UTF-8"), http.StatusOK, "")
	if b.session().Authenticated {
		t.Error("the session goes on")
	}
}

// T28: nobody signs anybody out by a sid in an address: there is no front-channel
// logout here.
func TestT28_no_frontchannel_logout_by_sid(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.signedIn("ann", "one")
	for _, path := range []string{"/logout", "/frontchannel-logout/corp", "/logout/callback/corp", "/backchannel-logout/corp", "/callback/corp", "/"} {
		at := path + "?" + url.Values{"iss": {s.idp.URL}, "sid": {"one"}}.Encode()
		for _, who := range []*browser{b, s.browser()} {
			who.get(at)
			who.do(who.request(http.MethodPost, at, ""))
		}
	}
	if !b.session().Authenticated {
		t.Error("an address signed somebody out")
	}
}

// A login that was under way when the notice came is refused; the next is not.
func TestT28_backchannel_refuses_a_login_under_way(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct{ sub, sid string }{"sub": {"ann", ""}, "sid": {"", "one"}, "both": {"ann", "one"}} {
		s := newSite(t, hosttest.NewProvider(t), settings{})
		s.idp.Set(func(k *hosttest.Knobs) { k.Subject, k.SessionID = "ann", "one" })
		b := s.browser()
		callback := b.approve(b.begin("/login?idp=corp"))
		s.idp.Clock.Advance(time.Millisecond)
		s.answered(s.notify(s.idp.LogoutToken(names(of.sub, of.sid))), http.StatusOK, "")
		s.helpful(b.step(callback), string(login.CodeSessionMissing))
		if b.session().Authenticated {
			t.Errorf("%s: the login went through", name)
		}
		s.idp.Clock.Advance(time.Millisecond) // well within the second of the notice
		b.signedIn("/login?idp=corp")
	}
}

// Without the store or the keys nothing was done, and 200 would be a lie. The
// provider sends it again.
func TestT28_backchannel_without_store_or_keys(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	s.idp.Set(func(k *hosttest.Knobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.JWKS: {Status: http.StatusInternalServerError}}
	})
	token := s.idp.LogoutToken(hosttest.Notice{})
	s.answered(s.notify(token), http.StatusServiceUnavailable, login.CodeProviderDown)
	s.idp.Set(func(k *hosttest.Knobs) { k.Faults = nil })
	s.idp.Clock.Advance(30 * time.Second)
	b := s.signedIn("alice-7f3a", "provider-session-1")
	s.answered(s.notify(token), http.StatusOK, "")
	if b.session().Authenticated {
		t.Error("the token that was sent again ended nothing")
	}
	if err := s.host.CloseStore(); err != nil {
		t.Fatal(err)
	}
	s.answered(s.notify(s.idp.LogoutToken(hosttest.Notice{})), http.StatusServiceUnavailable, login.CodeStoreUnavailable)
}

// Strangers write nothing, and do not make the host ask the provider for its keys
// each time.
func TestT28_backchannel_of_strangers(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Quiet: true})
	s.signedIn("ann", "one")
	stored := func() [2]int { return [2]int{s.host.Stored("session-mark"), s.host.Stored("session-notice")} }
	for i := range 100 {
		notice := hosttest.Notice{EditHeader: func(h map[string]any) { h["kid"] = fmt.Sprint("k", i) }}
		s.answered(s.notify(s.idp.LogoutToken(notice)), http.StatusBadRequest, login.CodeLogoutTokenInvalid)
	}
	if n := s.idp.Calls(hosttest.JWKS); n > 6 {
		t.Errorf("the keys were fetched %d times", n)
	}
	if stored() != [2]int{} {
		t.Errorf("strangers left %v in the store", stored())
	}
	s.answered(s.notify(s.idp.LogoutToken(hosttest.Notice{})), http.StatusOK, "")
	if n := stored(); n[0] == 0 || n[1] != 1 {
		t.Errorf("a notice left %v in the store", n)
	}
}
