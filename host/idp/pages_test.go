package idp

// The look and the language of the pages, over HTTP.

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/pages"
)

func TestLanguageOfThePages(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct{ locales, accept, want string }{
		{"-", "", `<html lang="en">`}, {"-", "de-CH,en;q=0.5", `<html lang="de">`}, {"de fr", "en", `<html lang="de">`}, {"xx", "", `<html lang="en">`},
	} {
		c1 := b.browser()
		r, err := http.NewRequest(http.MethodGet, withQuery(b.issuer+pathAuthorize, asking("ui_locales", c.locales)), nil)
		must(t, err)
		r.Header.Set("Accept-Language", c.accept)
		page := c1.do(r)
		if !strings.Contains(page.body, c.want) {
			t.Errorf("ui_locales %s, Accept-Language %s: no %s", c.locales, c.accept, c.want)
		}
		if c.locales != "de fr" {
			continue
		}
		if again := c1.submit(page, "ada", "wrong"); !strings.Contains(again.body, `<html lang="de">`) {
			t.Error("after a mistake the page changed its language")
		}
	}
}

func TestBrandOverHTTP(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Brand = pages.Brand{Name: "Plant 7", Accent: "#0a5f38", Logo: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)}
	})
	if page := b.browser().get(pathAuthorize, asking()); !strings.Contains(page.body, `src="/idp/logo?v=`) || !strings.Contains(page.body, "Plant 7") {
		t.Errorf("the sign-in page has no brand: %s", page.body)
	}
	for path, want := range map[string]string{pathBrandSheet: "--accent: #0a5f38", pathBrandLogo: "<svg"} {
		r := b.browser().get(path, nil)
		if r.StatusCode != http.StatusOK || !strings.Contains(r.body, want) || !strings.Contains(r.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %d %v %s", path, r.StatusCode, r.Header, r.body)
		}
	}
	if _, err := New(Config{Issuer: b.issuer, Store: b.store, Keys: b.ring, Brand: pages.Brand{Accent: "#ffe"}}); err == nil || !strings.Contains(err.Error(), "choose a darker colour") {
		t.Errorf("a colour that cannot be read: %v", err)
	}
}

// Failures have the look and the language of the pages.
func TestFailurePage(t *testing.T) {
	b := newBench(t)
	r, err := http.NewRequest(http.MethodGet, b.issuer+"/nowhere", nil)
	must(t, err)
	r.Header.Set("Accept-Language", "de")
	r.Header.Set("X-Request-Id", "request-7")
	page := b.browser().do(r)
	for _, want := range []string{"Unter dieser Adresse gibt es nichts", "not_found", "request-7"} {
		if page.StatusCode != http.StatusNotFound || !strings.Contains(page.body, want) {
			t.Errorf("%d, and no %q: %s", page.StatusCode, want, page.body)
		}
	}
	if said := b.log.String(); !strings.Contains(said, "request=request-7 code=not_found") {
		t.Errorf("the log does not tell the request of the page: %s", said)
	}
	if page := b.browser().get(pathEndSession, url.Values{"ui_locales": {"de"}}); !strings.Contains(page.body, "Sie sind abgemeldet") {
		t.Errorf("ui_locales of a sign-out: %d %s", page.StatusCode, page.body)
	}
}
