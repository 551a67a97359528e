package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A login and a sign-out that begin at an application on another origin end
// there, through the built-in provider's forms and their policies.
func TestBrowserReturnsToAnotherOrigin(t *testing.T) {
	ctx := browser(t)
	wiki := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!doctype html><link rel=icon href=data:,><h1>Wiki %s</h1>", r.URL.Path)
	}))
	t.Cleanup(wiki.Close)
	at := strings.Replace(wiki.URL, "127.0.0.1", "wiki.localhost", 1)
	p := start(t, "serve", "--config", wikiConfig(t, at))
	back := url.QueryEscape(at + "/page")
	do(t, ctx, "choose; the other provider is down", chromedp.Navigate(p.URL+"/login?return_to="+back),
		chromedp.WaitVisible(`//div[@class="off"][contains(., "Partner cannot be reached")]`))
	shot(t, ctx, "chooser")
	do(t, ctx, "sign in", chromedp.Click(`.choices a`), typeIn("ada", "open-sesame"),
		chromedp.WaitVisible(`//h1[text()="Wiki /page"]`))
	do(t, ctx, "sign out", chromedp.Navigate(p.URL+"/logout?return_to="+back), chromedp.Click(`//button[text()="Sign out"]`),
		chromedp.WaitVisible(`//h1[text()="Wiki /page"]`))
	do(t, ctx, "the session has ended", chromedp.Navigate(p.URL), chromedp.WaitVisible(`//h1[text()="Sign in"]`))
}

func wikiConfig(t *testing.T, wiki string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, port, _ := net.SplitHostPort(listen)
	text := fmt.Sprintf(`public_url: http://localhost:%s
listen: %s
admin_listen: 127.0.0.1:0
providers:
  staff: {type: builtin, display_name: Staff, people_file: people.yaml}
  partner: {type: oidc, display_name: Partner, issuer: "http://127.0.0.1:1", client_id: x, client_auth: none}
levels:
  Authenticated/Fresh: {description: fresh, step_up: true}
applications:
  wiki: {origins: ["%s"], paths: [/]}
`, port, listen, wiki)
	for name, content := range map[string][]byte{"doorward.yaml": []byte(text), "people.yaml": demoPeople} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "doorward.yaml")
}
