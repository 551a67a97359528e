package main

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/cmd/doorward/internal/proxy"
	"github.com/doorward/doorward/host/hosttest/chromium"
)

// echo is an application that shows what reached it.
func echo(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		headers, _ := json.MarshalIndent(r.Header, "", " ")
		fmt.Fprintf(w, "<!doctype html><link rel=icon href=data:,><h1>%s %s</h1><pre>%s</pre>", name, r.URL.Path, html.EscapeString(string(headers)))
	})
}

// free is a loopback address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// hostFor runs a host at listen with applications by their origins.
func hostFor(t *testing.T, listen string, applications map[string]string) *process {
	t.Helper()
	dir, lines := t.TempDir(), ""
	for name, origin := range applications {
		lines += fmt.Sprintf("\n  %s: {origins: [%q], paths: [/]}", name, origin)
	}
	_, port, _ := net.SplitHostPort(listen)
	text := fmt.Sprintf(`public_url: http://localhost:%s
listen: %s
admin_listen: 127.0.0.1:0
trusted_proxies: [127.0.0.1]
providers:
  staff: {type: builtin, display_name: Staff, people_file: people.yaml}
  partner: {type: oidc, display_name: Partner, issuer: "http://127.0.0.1:1", client_id: x, client_auth: none}
levels:
  Authenticated/Fresh: {description: fresh, step_up: true}
applications:%s
`, port, listen, lines)
	for name, content := range map[string][]byte{"doorward.yaml": []byte(text), "people.yaml": demoPeople} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, "serve", "--config", filepath.Join(dir, "doorward.yaml"))
}

// A login and a sign-out that begin at an application on another origin end
// there, through the built-in provider's forms and their policies.
func TestBrowserReturnsToAnotherOrigin(t *testing.T) {
	ctx := browser(t)
	wiki := httptest.NewServer(echo("Wiki"))
	t.Cleanup(wiki.Close)
	at := strings.Replace(wiki.URL, "127.0.0.1", "wiki.localhost", 1)
	p := hostFor(t, free(t), map[string]string{"wiki": at})
	back := url.QueryEscape(at + "/page")
	chromium.Do(t, ctx, "choose; the other provider is down", chromedp.Navigate(p.URL+"/login?return_to="+back),
		chromedp.WaitVisible(`//div[@class="off"][contains(., "Partner cannot be reached")]`))
	shot(t, ctx, "chooser")
	chromium.Do(t, ctx, "sign in", chromedp.Click(`.choices a`), typeIn("ada", "open-sesame"),
		chromedp.WaitVisible(`//h1[text()="Wiki /page"]`))
	chromium.Do(t, ctx, "sign out", chromedp.Navigate(p.URL+"/logout?return_to="+back), chromedp.Click(`//button[text()="Sign out"]`),
		chromedp.WaitVisible(`//h1[text()="Wiki /page"]`))
	chromium.Do(t, ctx, "the session has ended", chromedp.Navigate(p.URL), chromedp.WaitVisible(`//h1[text()="Sign in"]`))
}

// guard puts the demo's proxy before an application, and returns its address on
// the loopback name.
func guard(t *testing.T, listen, name string, application http.Handler) string {
	t.Helper()
	upstream := httptest.NewServer(application)
	t.Cleanup(upstream.Close)
	to, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(proxy.New(proxy.Config{
		Host: &url.URL{Scheme: "http", Host: listen}, HostTransport: http.DefaultTransport, Upstream: to, Transport: http.DefaultTransport,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}))
	t.Cleanup(front.Close)
	return strings.Replace(front.URL, "127.0.0.1", name, 1)
}

// cookies are all cookies of the browser's first profile.
func cookies(t *testing.T, ctx context.Context) []*network.Cookie {
	t.Helper()
	return chromium.Ask(t, ctx, chromedp.Action[[]*network.Cookie](func(ctx context.Context, target *chromedp.Target) ([]*network.Cookie, error) {
		all, err := cdp.Call(ctx, target, storage.GetCookies, storage.GetCookiesParams{})
		return all.Cookies, err
	}))
}

// sessionSaid is what the session document at origin says now.
func sessionSaid(t *testing.T, ctx context.Context, origin string) string {
	t.Helper()
	chromium.Do(t, ctx, "read the session", chromedp.Navigate(origin+"/.doorward/session"))
	return chromium.Ask(t, ctx, chromedp.Text("body"))
}

// choosing holds on the page where one chooses how to sign in.
const choosing = `document.querySelector(".choices a") !== null`

// One session, and a handle for each origin: signing in at one application is
// enough for both, what one holds opens nothing at the other, and signing out
// at one ends both.
func TestBrowserTwoApplications(t *testing.T) {
	listen := free(t)
	wiki, notes := guard(t, listen, "wiki.localhost", echo("Wiki")), guard(t, listen, "127.0.0.1", echo("Notes"))
	p := hostFor(t, listen, map[string]string{"wiki": wiki, "notes": notes})
	ctx := browser(t)
	exact := wiki + "/page?x=%2F+1&y#part-2"
	chromium.Do(t, ctx, "sign in at the wiki", chromedp.Navigate(exact), chromedp.Click(`.choices a`), typeIn("ada", "open-sesame"),
		says("h1", "Wiki /page"), chromium.Until(fmt.Sprintf(`location.href === %q`, exact)))
	chromium.Do(t, ctx, "the notes open without a question", chromedp.Navigate(notes+"/list"), says("h1", "Notes /list"))
	for _, at := range []string{exact, notes} {
		chromium.Do(t, ctx, "open "+at, chromedp.Navigate(at), says("h1", "/"))
		if text := chromium.Ask(t, ctx, chromedp.Text("pre")); strings.Contains(text, "doorward-") || strings.Contains(text, "Cookie") || !strings.Contains(text, `"ada"`) {
			t.Errorf("%s got %s", at, text)
		}
		if said := sessionSaid(t, ctx, strings.Join(strings.SplitN(at, "/", 4)[:3], "/")); !strings.Contains(said, `"authenticated":true`) {
			t.Errorf("%s: %s", at, said)
		}
	}
	theft(t, ctx, p.URL, wiki, notes)
	chromium.Do(t, ctx, "sign out at the wiki", chromedp.Navigate(wiki+"/.doorward/logout"), says("h1", "Sign out?"))
	shot(t, ctx, "sign-out-at-application")
	chromium.Do(t, ctx, "confirm", chromedp.Click(`//button[text()="Sign out"]`), chromium.Until(choosing))
	chromium.Do(t, ctx, "the notes ask again", chromedp.Navigate(notes+"/list"), chromium.Until(choosing))
	for _, at := range []string{wiki, notes} {
		if said := sessionSaid(t, ctx, at); !strings.Contains(said, `"authenticated":false`) {
			t.Errorf("after signing out, %s: %s", at, said)
		}
	}
}

// theft tries what the wiki's handle opens at the notes, in another browser:
// nothing, under any name, with a code that was made for the notes neither.
func theft(t *testing.T, ctx context.Context, host, wiki, notes string) {
	t.Helper()
	thief, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	defer cancel()
	attach(t, thief)
	port := func(at string) string { return at[strings.LastIndex(at, ":")+1:] }
	all := cookies(t, ctx)
	named := func(name string) *network.Cookie {
		i := slices.IndexFunc(all, func(c *network.Cookie) bool { return c.Name == name })
		if i < 0 {
			t.Fatalf("no cookie %s among %v", name, all)
		}
		return all[i]
	}
	handle := named("doorward-" + port(wiki))
	if !handle.HTTPOnly || handle.Domain != "wiki.localhost" || handle.Path != "/" || handle.SameSite != network.CookieSameSiteLax {
		t.Errorf("the handle is kept as %+v", handle)
	}
	stolen := []*network.CookieParam{
		{Name: "doorward-" + port(wiki), Value: handle.Value, URL: notes}, {Name: "doorward-" + port(notes), Value: handle.Value, URL: notes},
		{Name: "doorward-" + port(host), Value: handle.Value, URL: host}, {Name: handle.Name, Value: handle.Value, URL: wiki},
	}
	chromium.Do(t, thief, "bring the stolen cookies", chromium.Call(network.SetCookies, network.SetCookiesParams{Cookies: stolen}))
	if said := sessionSaid(t, thief, wiki); !strings.Contains(said, `"authenticated":true`) {
		t.Fatalf("the handle is none: %s", said) // else what follows shows nothing
	}
	closed := func(what string) {
		if said := sessionSaid(t, thief, notes); !strings.Contains(said, `"authenticated":false`) {
			t.Errorf("%s: %s", what, said)
		}
		chromium.Do(t, thief, what, chromedp.Navigate(notes+"/list"), chromium.Until(choosing))
		chromium.Do(t, thief, what, chromedp.Navigate(host), says("h1", "Sign in"))
	}
	closed("the wiki's handle at the notes")
	v := newVisitor(t, notes)
	own := named("doorward-" + port(host))
	v.http.Jar.SetCookies(&url.URL{Scheme: "http", Host: "localhost"}, []*http.Cookie{{Name: own.Name, Value: own.Value}})
	v.http.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(req.URL.Path, "/finish") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	resp, _ := v.get("/.doorward/start?return_to=%2Flist")
	finish := resp.Header.Get("Location")
	if !strings.HasPrefix(finish, notes+"/.doorward/finish?") || !strings.Contains(finish, "code=") {
		t.Fatalf("no code was made: %s to %q", resp.Status, finish)
	}
	chromium.Do(t, thief, "come with the code", chromedp.Navigate(finish), chromium.Until(choosing))
	chromium.Do(t, thief, "come with the code to the wiki", chromedp.Navigate(strings.Replace(finish, notes, wiki, 1)), says("h1", "Wiki /"))
	closed("with the code")
	v.http.CheckRedirect = nil
	if resp, body := v.get(strings.TrimPrefix(finish, notes)); !strings.Contains(body, "<h1>Notes /list</h1>") || !strings.Contains(body, "&#34;ada&#34;") {
		t.Errorf("whoever began the hand-over could not end it: %s\n%s", resp.Status, body)
	}
}
