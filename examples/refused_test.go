package examples_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

func (p *place) checkPreflight(t *testing.T) {
	b := p.browser(t).http1()
	for _, method := range []string{http.MethodOptions, http.MethodHead, http.MethodTrace, http.MethodPost, "PROPFIND"} {
		for _, at := range []string{"https://" + wikiHost + "/", "https://" + wikiHost + "/public/x.js", "https://" + wikiHost + "/.well-known/jwks.json", "https://" + notesHost + "/api?x=/.doorward/", "https://" + wikiHost + "/.doorward", "https://" + wikiHost + "/.doorward/../x"} {
			r, err := http.NewRequest(method, at, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Origin", "https://"+wikiHost)
			r.Header.Set("Access-Control-Request-Method", "GET")
			r.Header.Set("Access-Control-Request-Headers", "x-doorward-user")
			r.Header.Set("Accept", "*/*")
			for name := range ada {
				r.Header.Set(name, "forged")
			}
			a := b.step(r)
			if a.StatusCode < 300 || a.StatusCode >= 500 || at == "https://"+wikiHost+"/" && method == http.MethodOptions && a.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s %s: %s", method, at, a.Status)
			}
			if a.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s allows another origin", method, at)
			}
		}
	}
	p.nothingArrived(t)
}

func (p *place) checkBrokenCookies(t *testing.T) {
	b := p.browser(t)
	b.signIn("https://"+wikiHost+"/", "ada")
	p.wiki.take()
	_, handle, _ := strings.Cut(b.cookies(wikiHost), "__Host-doorward=")
	if handle, _, _ = strings.Cut(handle, ";"); len(handle) < 40 {
		t.Fatalf("the cookie is %q", b.cookies(wikiHost))
	}
	const name = "__Host-doorward="
	for what, cookie := range map[string]string{
		"none": "", "empty": name, "garbage": name + "%00%ff;=;;", "truncated": name + handle[:len(handle)-1], "longer": name + handle + "A",
		"twice": name + handle + "; " + name + handle, "two": name + handle + "; " + name + strings.Repeat("A", len(handle)), "cut and quoted": name + `"` + handle[1:] + `"`,
		"lower case": "__host-doorward=" + handle, "without prefix": "doorward=" + handle, "64 KB": name + strings.Repeat("A", 64<<10), "20 KB": name + strings.Repeat("A", 20<<10),
	} {
		fresh := p.browser(t).http1()
		for _, r := range []*http.Request{page(t, "https://"+wikiHost+"/t08"), script(t, http.MethodGet, "https://"+wikiHost+"/t08", "")} {
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			r.Header.Set("X-Doorward-User", "forged")
			resp, err := fresh.http.Transport.RoundTrip(r)
			if err != nil {
				continue // the connection was closed
			}
			resp.Body.Close()
			if resp.StatusCode < 300 || resp.StatusCode > 303 && resp.StatusCode < 400 {
				t.Errorf("%s: %s", what, resp.Status)
			}
		}
	}
	p.nothingArrived(t)
}

func (p *place) checkScripts(t *testing.T) {
	b := p.browser(t)
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		a := b.step(script(t, method, "https://"+wikiHost+"/api?x=1", ""))
		if a.StatusCode != http.StatusUnauthorized || a.Header.Get("Location") != "" || a.Header.Get("Www-Authenticate") != "Bearer" {
			t.Errorf("%s: %s, Location %q, WWW-Authenticate %q", method, a.Status, a.Header.Get("Location"), a.Header.Get("Www-Authenticate"))
		}
	}
	form := page(t, "https://"+wikiHost+"/save")
	form.Method = http.MethodPost
	if a := b.step(form); a.StatusCode != http.StatusUnauthorized || a.Header.Get("Location") != "" {
		t.Errorf("a form: %s to %q", a.Status, a.Header.Get("Location"))
	}
	a := b.step(page(t, "https://"+wikiHost+"/p?x=1"))
	to, _ := a.Location()
	if a.StatusCode != http.StatusSeeOther || to.Host != wikiHost || to.Path != "/.doorward/start" || to.Query().Get("return_to") != "/p?x=1" {
		t.Errorf("a page: %s to %s", a.Status, to)
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the way to sign in may be kept: Cache-Control is %q", got)
	}
	p.nothingArrived(t)
}

func (p *place) checkOtherHost(t *testing.T) {
	b := p.browser(t)
	b.signIn("https://"+wikiHost+"/", "ada")
	p.wiki.take()
	for from, to := range map[string]string{wikiHost: notesHost, loginHost: wikiHost} {
		thief := p.browser(t).http1()
		r := page(t, "https://"+to+"/secret")
		r.Header.Set("Cookie", b.cookies(from))
		if a := thief.step(r); a.StatusCode != http.StatusSeeOther {
			t.Errorf("the cookie of %s at %s: %s", from, to, a.Status)
		}
		r = script(t, http.MethodGet, "https://"+to+"/.doorward/session", "")
		r.Header.Set("Cookie", b.cookies(from))
		if a := thief.step(r); !strings.Contains(a.Body, `"authenticated":false`) {
			t.Errorf("the cookie of %s at %s: %s", from, to, a.Body)
		}
	}
	p.nothingArrived(t)
	a := b.step(script(t, http.MethodGet, "https://"+wikiHost+"/.doorward/session", ""))
	if !strings.Contains(a.Body, `"authenticated":true`) || !strings.Contains(a.Body, `"ada"`) {
		t.Errorf("the browser itself is nobody: %s %s", a.Status, a.Body)
	}
}

func (p *place) checkRefusal(t *testing.T) {
	b := p.browser(t)
	a := b.signIn("https://"+notesHost+"/", "grace")
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.Body, "level_missing") || a.Request.URL.Host != notesHost {
		t.Errorf("grace got %s at %s\n%s", a.Status, a.Request.URL, a.Body)
	}
	if a := b.step(script(t, http.MethodGet, "https://"+notesHost+"/", "")); a.StatusCode != http.StatusForbidden {
		t.Errorf("her script got %s", a.Status)
	}
	if a := b.step(script(t, http.MethodPost, "https://"+notesHost+"/", "a=b")); a.StatusCode != http.StatusForbidden {
		t.Errorf("her form got %s", a.Status)
	}
	p.nothingArrived(t)
}

// checkQuestion asks as only the proxy may, with a session, through it.
func (p *place) checkQuestion(t *testing.T) {
	b := p.browser(t).http1()
	b.signIn("https://"+notesHost+"/", "ada")
	b.do(page(t, "https://"+wikiHost+"/"))
	p.wiki.take()
	p.notes.take()
	for _, host := range []string{wikiHost, notesHost, loginHost} {
		for _, at := range []string{
			"/.doorward/auth", "/.doorward/auth?level=Authenticated", "/.doorward/auth/", "/.doorward/%61uth", "/.doorward/./auth", "//.doorward/auth", "/.doorward//auth",
			"/.doorward/x/../auth", "/.doorward/AUTH", "/.doorward/auth-fresh", "/.doorward/auth;x", "/.doorward/auth%2f", "/%2edoorward/auth", "/auth", "/auth/", "//auth", "/%61uth", "/./auth", "/auth/envoy/", "/auth/envoy/x",
		} {
			r := odd(t, host, at)
			for name, value := range map[string]string{"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": host, "X-Forwarded-Uri": "/"} {
				r.Header.Set(name, value)
			}
			a := b.step(r)
			for name := range a.Header {
				if strings.HasPrefix(name, "X-Doorward-") || name == "Cookie" {
					t.Errorf("%s at %s answers with %s: %s", at, host, name, a.Status)
				}
			}
			for _, e := range append(p.wiki.take(), p.notes.take()...) { // an application's own path, perhaps
				told(t, e, identity{"X-Doorward-User": "ada"})
			}
		}
	}
}

func (p *place) checkDown(t *testing.T) {
	b := p.browser(t)
	b.signIn("https://"+wikiHost+"/", "ada")
	p.wiki.take()
	p.stopHost()
	var all sync.WaitGroup
	for _, r := range []*http.Request{
		page(t, "https://"+wikiHost+"/"), script(t, http.MethodGet, "https://"+wikiHost+"/", ""), script(t, http.MethodPost, "https://"+wikiHost+"/", "a=b"),
		page(t, "https://"+notesHost+"/account/x"), page(t, "https://"+wikiHost+"/.doorward/session"),
	} {
		r.Header.Set("X-Doorward-User", "forged")
		all.Go(func() {
			a, err := b.http.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			a.Body.Close()
			if a.StatusCode < 500 {
				t.Errorf("%s %s: %s", r.Method, r.URL, a.Status)
			}
		})
	}
	all.Wait()
	p.nothingArrived(t)
}
