package host_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// initiated goes to the host as a third party sends the browser, by method, and
// follows nothing.
func (b *browser) initiated(method string, params url.Values, header ...string) answer {
	b.t.Helper()
	follow := b.http.CheckRedirect
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.http.CheckRedirect = follow }()
	at, body := "/login/initiate?"+params.Encode(), ""
	if method == http.MethodPost {
		at, body = "/login/initiate", params.Encode()
	}
	r := b.request(method, at, body)
	r.Header.Set("Origin", "https://third.example") // anybody may
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.do(r)
}

// The module of the OpenID conformance suite, by GET and by POST: the login that
// somebody else began ends where they said.
func TestThirdPartyInitiatedLogin(t *testing.T) {
	t.Run("oidcc-client-test-3rd-party-init-login", func(t *testing.T) {
		t.Parallel()
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for target, want := range map[string]string{"https://wiki.example.com/start?x=1": "https://wiki.example.com/start?x=1", publicURL + "/session": publicURL + "/session", "": "/"} {
				s := newSite(t, hosttest.NewProvider(t), returning)
				b := s.browser()
				params := url.Values{"iss": {s.idp.URL}, "login_hint": {"ann@example.com"}, "target_link_uri": {target}, "unknown": {"1", "2"}, "idp": {"nobody"}, "return_to": {"https://evil.example"}}
				a := b.initiated(method, params)
				to, err := a.Location()
				if err != nil || a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to.String(), s.idp.URL+"/authorize?") {
					t.Fatalf("%s: %s %v\n%s", method, a.Status, to, a.Body)
				}
				if q := to.Query(); q.Get("login_hint") != "ann@example.com" || q.Has("prompt") || q.Get("redirect_uri") != publicURL+"/callback/corp" {
					t.Errorf("%s: the provider is asked %s", method, to)
				}
				if end := b.step(b.approve(to)); end.StatusCode != http.StatusSeeOther || end.Header.Get("Location") != want {
					t.Errorf("%s: the login ends with %s at %q, want %q", method, end.Status, end.Header.Get("Location"), want)
				}
				if !b.session().Authenticated {
					t.Errorf("%s: nobody is signed in", method)
				}
			}
		}
	})
}

// iss names a configured provider exactly, or nothing begins.
func TestThirdPartyInitiatedLogin_TheIssuerIsExact(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Builtin: "sign_in: {methods: [password]}"})
	for name, params := range map[string]url.Values{
		"none": {}, "empty": {"iss": {""}}, "a slash more": {"iss": {s.idp.URL + "/"}}, "upper case": {"iss": {strings.ToUpper(s.idp.URL)}}, "its name": {"iss": {"corp"}},
		"another": {"iss": {"https://evil.example"}}, "a prefix": {"iss": {s.idp.URL[:len(s.idp.URL)-1]}}, "a suffix": {"iss": {s.idp.URL + ".evil.example"}}, "a space": {"iss": {" " + s.idp.URL}},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			b := s.browser()
			if a := b.initiated(method, params); a.code() != string(login.CodeProviderUnknown) || a.Header.Get("Location") != "" || b.pending() != 0 {
				t.Errorf("%s by %s: %s %q", name, method, a.Status, a.code())
			}
		}
	}
	if a := s.browser().initiated(http.MethodGet, url.Values{"iss": {publicURL + "/idp"}}); !strings.HasPrefix(a.Header.Get("Location"), publicURL+"/idp/authorize?") {
		t.Errorf("the built-in provider: %s %s", a.Status, a.Header.Get("Location"))
	}
	// What stands in the address of a POST is not read.
	b := s.browser()
	if a := b.do(b.request(http.MethodPost, "/login/initiate?"+url.Values{"iss": {s.idp.URL}}.Encode(), "x=1")); a.code() != string(login.CodeProviderUnknown) {
		t.Errorf("%s", a.Status)
	}
}

// T09, T13: neither the target nor a second value of a parameter leads a browser
// astray.
func TestT09_ThirdPartyInitiatedLogin(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), returning)
	accepted, refused := vectors(t)
	for _, target := range refused {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			b := s.browser()
			a := b.initiated(method, url.Values{"iss": {s.idp.URL}, "target_link_uri": {target}})
			if a.StatusCode != http.StatusBadRequest || a.code() != string(login.CodeReturnRefused) || a.Header.Get("Location") != "" || b.pending() != 0 {
				t.Errorf("%q by %s: %s %q", target, method, a.Status, a.code())
			}
		}
	}
	for _, v := range accepted {
		if a := s.browser().initiated(http.MethodGet, url.Values{"iss": {s.idp.URL}, "target_link_uri": {v.Target}}); a.StatusCode != http.StatusSeeOther {
			t.Errorf("%q: %s %q", v.Target, a.Status, a.code())
		}
	}
	for _, name := range []string{"iss", "login_hint", "target_link_uri"} {
		params := url.Values{"iss": {s.idp.URL}}
		params[name] = append(params[name], "/", "/")
		if a := s.browser().initiated(http.MethodPost, params); a.code() != string(login.CodeParameterDuplicate) {
			t.Errorf("T13 %s twice: %s %q", name, a.Status, a.code())
		}
	}
	for _, hint := range []string{strings.Repeat("a", 257), "a\nb", "a\x00b"} {
		if a := s.browser().initiated(http.MethodGet, url.Values{"iss": {s.idp.URL}, "login_hint": {hint}}); a.code() != string(login.CodeParameterInvalid) {
			t.Errorf("the hint %q: %s %q", hint, a.Status, a.code())
		}
	}
}

// It is answered in no frame, and says so to browsers that do not say where they
// show it.
func TestThirdPartyInitiatedLogin_InNoFrame(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	params := url.Values{"iss": {s.idp.URL}}
	for _, dest := range []string{"iframe", "frame", "embed", "object"} {
		b := s.browser()
		if a := b.initiated(http.MethodPost, params, "Sec-Fetch-Dest", dest); a.code() != string(login.CodeOriginRefused) || b.pending() != 0 {
			t.Errorf("%s: %s %q", dest, a.Status, a.code())
		}
	}
	a := s.browser().initiated(http.MethodGet, params, "Sec-Fetch-Dest", "document")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", a.Status, a.Header)
	}
}

// An application that demands a new proof gets it, whoever began the login.
func TestThirdPartyInitiatedLogin_KeepsWhatAnApplicationDemands(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: "\napplications:\n  wiki: {origins: [https://wiki.example.com], force_auth: enable}\n"})
	a := s.browser().initiated(http.MethodGet, url.Values{"iss": {s.idp.URL}, "target_link_uri": {"https://wiki.example.com/"}, "force_auth": {"false"}})
	if to, err := a.Location(); err != nil || to.Query().Get("prompt") != "login" {
		t.Errorf("the provider is asked %s", to)
	}
}
