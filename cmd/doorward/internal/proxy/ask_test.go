package proxy_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestTheHostIsAskedAboutTheRequestAsItCame(t *testing.T) {
	h := newHouse(t)
	resp, body := h.send(t, "PUT", "/vault/a%20b?x=1;2&y=%zz&&", http.Header{
		"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "User-Agent": nil, "Range": {"bytes=0-1"},
		"Cookie": {"theme=dark; doorward-1=x"}, "X-Forwarded-For": {"10.0.0.1"}, "X-Forwarded-Uri": {"/other"},
		"X-Forwarded-Host": {"other"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Method": {"GET"}, "Forwarded": {"for=10.0.0.1"},
	}, strings.NewReader("the body"))
	if resp.StatusCode != 200 || body != "ok" || h.lastBody != "the body" {
		t.Fatalf("%s %q, and the application got %q", resp.Status, body, h.lastBody)
	}
	questions, reached := h.seen()
	asked := questions[0]
	for name, want := range map[string]string{
		"X-Forwarded-Method": "PUT", "X-Forwarded-Proto": "http", "X-Forwarded-Host": asked.Header.Get("X-Forwarded-Host"),
		"X-Forwarded-Uri": "/vault/a%20b?x=1;2&y=%zz&&", "X-Forwarded-For": "127.0.0.1",
		"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Cookie": "theme=dark; doorward-1=x",
	} {
		if got := asked.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := asked.Header.Get("X-Forwarded-Host"); got != strings.TrimPrefix(h.URL, "http://") {
		t.Errorf("X-Forwarded-Host: %q", got)
	}
	if asked.Method != "GET" || asked.Header.Get("Range")+asked.Header.Get("Forwarded") != "" || asked.ContentLength != 0 {
		t.Errorf("asked with %s %v", asked.Method, asked.Header)
	}
	if got := reached[0].RequestURI; got != "/vault/a%20b?x=1;2&y=%zz&&" {
		t.Errorf("the application was asked for %q, which is not what the host was asked about", got)
	}
}

func TestLevelsAreAskedForByPath(t *testing.T) {
	for path, want := range map[string][]string{
		"/": {"Public"}, "/x": {"Public"}, "/vaults": {"Public"}, "/vault": {"A/Fresh", "A/Two"},
		"/vault/": {"A/Fresh", "A/Two"}, "/vault/in": {"A/Fresh", "A/Two"}, "/vault/open": nil, "/vault/open/x?level=A": nil,
	} {
		h := newHouse(t)
		h.send(t, "GET", path, nil, nil)
		asked, _ := h.seen()
		if got := asked[0].URL.Query()["level"]; !slices.Equal(got, want) {
			t.Errorf("%s asks for %q, want %q", path, got, want)
		}
	}
}
