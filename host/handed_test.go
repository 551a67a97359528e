package host_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

const (
	tillSecret = "till-secret: 100% +& long enough"
	bankSecret = "bank-secret-long-enough"
	servers    = `
applications:
  till: {origins: ["https://till.example.test"], secret: "till-secret: 100% +& long enough", tokens: [access_token]}
  bank: {origins: ["https://bank.example.test"], secret: bank-secret-long-enough, tokens: [id_token]}
  mute: {origins: ["https://mute.example.test"], secret: mute-secret-long-enough}
  open: {origins: ["https://open.example.test"]}
`
)

// newServers is a site whose provider's tokens are known.
func newServers(t *testing.T) (*site, *browser) {
	t.Helper()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.AccessToken, k.RefreshToken = "canary-access-token-ABCDEF", "canary-refresh-token-ABCDEF"
	}), settings{Top: trusting + "\nsession: {idle: 2h, absolute: 8h}", Provider: "refresh: {mode: off}\nmappers: [{direct: {attribute: attributes.copy, source: tokenEndpointResponse, path: refresh_token}}]", Rest: levels + servers})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for _, app := range []string{"till", "bank", "mute", "open"} {
		if got := b.handedOver("https://" + app + ".example.test/.doorward/start?return_to=/"); got != "https://"+app+".example.test/" {
			t.Fatalf("%s: %s", app, got)
		}
	}
	return s, b
}

// basic is HTTP Basic authentication as RFC 6749, section 2.3.1, has it.
func basic(name, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(name)+":"+url.QueryEscape(secret)))
}

// served is a request of an application's server, with the person's cookie.
func (b *browser) served(method, app, path string, authorization ...string) answer {
	b.t.Helper()
	r := b.request(method, "https://"+app+".example.test/.doorward"+path, "")
	r.Header.Set("Accept", "application/json")
	r.Header["Authorization"] = authorization
	return b.do(r)
}

// An application's server is shown the tokens that it is granted, and no other
// of them, wherever it stands.
func TestHanded_TokensThatAreGranted(t *testing.T) {
	t.Parallel()
	s, b := newServers(t)
	for _, c := range []struct {
		app, authorization string
		access, id         bool
	}{
		{"till", "", false, false}, {"bank", "", false, false}, {"mute", "", false, false},
		{"till", basic("till", tillSecret), true, false}, {"bank", basic("bank", bankSecret), false, true}, {"mute", basic("mute", "mute-secret-long-enough"), false, false},
	} {
		var lines []string
		if c.authorization != "" {
			lines = []string{c.authorization}
		}
		a := b.served(http.MethodGet, c.app, "/session", lines...)
		d := decode(t, a)
		response := d.IdPAttributes["tokenEndpointResponse"]
		access, _ := response["access_token"].(string)
		id, _ := response["id_token"].(string)
		if !d.Authenticated || (access == "canary-access-token-ABCDEF") != c.access || (strings.Count(id, ".") == 2) != c.id || !c.access && !strings.HasPrefix(access, "sha256:") {
			t.Errorf("%s: access_token %s, id_token %.20s", c.app, access, id)
		}
		if strings.Contains(a.Body, "canary-refresh") || !c.access && strings.Contains(a.Body, "canary-access") {
			t.Errorf("%s is told too much: %s", c.app, a.Body)
		}
	}
	for app, authorization := range map[string]string{"till": basic("till", tillSecret), "bank": basic("bank", bankSecret), "mute": basic("mute", "mute-secret-long-enough"), "open": ""} {
		a := b.served(http.MethodPost, app, "/session/token", authorization)
		if app != "till" {
			if a.StatusCode != http.StatusUnauthorized || a.code() != string(login.CodeClientUnauthorized) {
				t.Errorf("%s: %s %q", app, a.Status, a.code())
			}
			missing := "applications.NAME.tokens of the configuration must list"
			if app == "open" {
				missing = "a + is sent as %2B" // it authenticates with nothing
			}
			if !strings.Contains(a.Body, missing) {
				t.Errorf("%s is not told what is missing: %s", app, a.Body)
			}
			continue
		}
		var got map[string]any
		if json.Unmarshal([]byte(a.Body), &got) != nil || a.StatusCode != http.StatusOK || len(got) != 3 || got["access_token"] != "canary-access-token-ABCDEF" || got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 {
			t.Errorf("%s %s", a.Status, a.Body)
		}
		checkHeaders(t, a)
	}
	// The token of a session that ended, or that has expired, is handed to nobody.
	s.idp.Clock.Advance(time.Hour)
	if a := b.served(http.MethodPost, "till", "/session/token", basic("till", tillSecret)); a.StatusCode != http.StatusConflict || a.code() != string(login.CodeTokenUnavailable) {
		t.Errorf("an expired token: %s %s", a.Status, a.Body)
	}
	b.postStep("/logout", nil)
	if a := b.served(http.MethodPost, "till", "/session/token", basic("till", tillSecret)); a.StatusCode != http.StatusUnauthorized || a.code() != string(login.CodeSessionMissing) {
		t.Errorf("after a sign-out: %s %s", a.Status, a.Body)
	}
	if a := b.served(http.MethodGet, "till", "/session", basic("till", tillSecret)); a.Body != nobody {
		t.Errorf("after a sign-out: %s %s", a.Status, a.Body)
	}
	for _, secret := range []string{"canary", tillSecret, bankSecret, base64.StdEncoding.EncodeToString([]byte("bank:" + bankSecret))} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

// Who gives a wrong name or secret gets nothing, not even what they would get
// without; nor does anybody on an origin that is not theirs.
func TestHanded_WrongCredentials(t *testing.T) {
	t.Parallel()
	s, b := newServers(t)
	good := basic("till", tillSecret)
	for name, c := range map[string]struct {
		app  string
		auth []string
	}{
		"another secret": {"till", []string{basic("till", "wrong")}}, "no secret": {"till", []string{basic("till", "")}}, "cut": {"till", []string{basic("till", tillSecret[:20])}}, "longer": {"till", []string{basic("till", tillSecret+"x")}},
		"another application's secret": {"till", []string{basic("till", bankSecret)}}, "another application": {"till", []string{basic("bank", bankSecret)}}, "not its origin": {"bank", []string{good}},
		"unknown": {"till", []string{basic("nobody", tillSecret)}}, "upper case": {"till", []string{basic("TILL", tillSecret)}}, "empty": {"till", []string{basic("", "")}}, "no secret configured": {"open", []string{basic("open", "")}},
		"not encoded": {"till", []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("till:"+tillSecret))}}, "no scheme": {"till", []string{strings.TrimPrefix(good, "Basic ")}},
		"two": {"till", []string{good, good}}, "two, one wrong": {"till", []string{good, basic("till", "x")}}, "blank": {"till", []string{""}}, "Basic alone": {"till", []string{"Basic"}}, "Basic and a space": {"till", []string{"Basic "}},
		"no colon": {"till", []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("till"))}}, "garbage": {"till", []string{"Basic %%%"}}, "a tab": {"till", []string{strings.Replace(good, " ", "\t", 1)}}, "two spaces": {"till", []string{strings.Replace(good, " ", "  ", 1)}},
		"a comma": {"till", []string{good + ", " + good}}, "unpadded": {"till", []string{strings.TrimRight(good, "=") + "A"}}, "null": {"till", []string{basic("till\x00", tillSecret)}}, "long": {"till", []string{basic("till", strings.Repeat("x", 9000))}},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			path := map[string]string{http.MethodGet: "/session", http.MethodPost: "/session/token"}[method]
			a := b.served(method, c.app, path, c.auth...)
			if a.StatusCode != http.StatusUnauthorized || a.code() != string(login.CodeClientUnauthorized) || strings.Contains(a.Body, "alice") || strings.Contains(a.Body, "canary") || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("%s, %s: %s %q", name, method, a.Status, a.code())
			}
		}
	}
	r := b.request(http.MethodGet, "/session", "") // the host's own origin is no application's here
	r.Header.Set("Authorization", good)
	r.Header.Set("Accept", "application/json")
	if a := b.do(r); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("at the host: %s", a.Status)
	}
	if a := s.browser().served(http.MethodPost, "till", "/session/token", good); a.code() != string(login.CodeSessionMissing) {
		t.Errorf("without the person's cookie: %s %q", a.Status, a.code())
	}
	for _, scheme := range []string{"basic ", "BASIC "} {
		if a := b.served(http.MethodPost, "till", "/session/token", scheme+strings.TrimPrefix(good, "Basic ")); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", scheme, a.Status)
		}
	}
}

// Pages of exactly the applications' origins may read the session document, and
// no others.
func TestHanded_SessionAcrossOrigins(t *testing.T) {
	t.Parallel()
	_, b := newServers(t)
	ask := func(method, at, origin string) answer {
		r := b.request(method, at, "")
		r.Header.Set("Accept", "application/json")
		r.Header["Origin"] = strings.Split(origin, "|")
		return b.do(r)
	}
	for _, app := range []string{"till", "bank", "mute", "open"} {
		origin := "https://" + app + ".example.test"
		a := ask(http.MethodGet, "/session", origin)
		if got := a.Header.Values("Access-Control-Allow-Origin"); len(got) != 1 || got[0] != origin || a.Header.Get("Access-Control-Allow-Credentials") != "true" || !decode(t, a).Authenticated || strings.Contains(a.Body, "canary") {
			t.Errorf("%s: %s %v", origin, a.Status, a.Header)
		}
		a = ask(http.MethodOptions, "/session", origin)
		if a.StatusCode != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != origin || a.Header.Get("Access-Control-Allow-Methods") != "GET" || a.Header.Get("Access-Control-Allow-Headers") != "" {
			t.Errorf("preflight of %s: %s %v", origin, a.Status, a.Header)
		}
	}
	for _, origin := range []string{
		"null", "", "*", "https://evil.example", "http://till.example.test", "https://till.example.test:8443", "https://till.example.test:443", "https://TILL.example.test", "HTTPS://till.example.test", "https://till.example.test.evil.example",
		"https://eviltill.example.test", "https://a.till.example.test", "https://till.example.test/", "https://till.example.test.", "https://till.example.test@evil.example", "https://till.example.test|https://evil.example",
		"https://evil.example|https://till.example.test", "https://till.example.test https://evil.example", "https://till.example.test, https://evil.example", "till.example.test", "//till.example.test", publicURL,
	} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			a := ask(method, "/session", origin)
			if strings.Contains(origin, "|") && a.Header.Get("Access-Control-Allow-Origin") == "https://till.example.test" {
				t.Errorf("%s of %q: it counts one of two", method, origin)
			} else if a.Header.Get("Access-Control-Allow-Origin")+a.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s of %q: %v", method, origin, a.Header)
			}
		}
	}
	// What belongs to one application's origin is read by no other's pages.
	for _, path := range []string{"/.doorward/session", "/.doorward/session/events", "/.doorward/start", "/.doorward/logout"} {
		for _, origin := range []string{"https://bank.example.test", "https://evil.example", "null", publicURL} {
			if strings.HasSuffix(path, "events") {
				continue // a stream has no end to read to
			}
			if a := ask(http.MethodGet, "https://till.example.test"+path, origin); a.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s at till can be read by %s", path, origin)
			}
		}
	}
	for _, path := range []string{"/login", "/logout", "/", "/auth", "/session/token"} {
		if a := ask(http.MethodGet, path, "https://till.example.test"); a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s can be read by an application", path)
		}
	}
}
