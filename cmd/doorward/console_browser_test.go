package main

import (
	"context"
	"encoding/json"
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

// refusing is a provider that sends everybody back and takes no code.
func refusing(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer": server.URL, "authorization_endpoint": server.URL + "/authorize", "token_endpoint": server.URL + "/token", "jwks_uri": server.URL + "/jwks",
		})
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		back := url.Values{"code": {"a-code-of-the-refusing-provider"}, "state": {r.FormValue("state")}}
		http.Redirect(w, r, r.FormValue("redirect_uri")+"?"+back.Encode(), http.StatusFound)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"invalid_client","error_description":"the client is not known here"}`))
	})
	return server.URL
}

// startWithConsole serves a host whose console opens to whoever proved their
// credentials within five minutes.
func startWithConsole(t *testing.T) *process {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := ln.Addr().(*net.TCPAddr)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf(`public_url: http://localhost:%d
listen: %s
admin_listen: 127.0.0.1:0
insecure_inline_secrets: true
console: {level: Authenticated/Fresh}
providers:
  staff:
    type: builtin
    display_name: Staff
    people_file: people.yaml
    mappers:
      - plugin: groups-to-roles
      - direct: {attribute: attributes.groups, source: userInfo, path: groups}
      - direct: {attribute: attributes.phone, source: userInfo, path: phone_number}
      - direct: {attribute: userName, source: userInfo, path: preferred_username}
      - expression: {attribute: userName, value: 'upper(user.userName)'}
  corp: {type: oidc, issuer: %s, client_id: doorward, client_secret: wrong}
plugins:
  groups-to-roles: {module: "bundled:groups-to-roles", config: {prefix: app-}}
levels:
  Authenticated/Fresh: {description: credentials proved within five minutes, step_up: true}
  Authenticated/Challenged: {description: credentials asked for within five minutes, step_up: true}
  Authenticated/Auditor: {description: nothing grants it}
`, at.Port, at, refusing(t))
	for name, text := range map[string][]byte{"doorward.yaml": []byte(config), "people.yaml": demoPeople} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, "serve", "--config", filepath.Join(dir, "doorward.yaml"))
}

// The console in a real browser: a test that passes, one that fails, a test
// logout, and the sessions.
func TestBrowserConsole(t *testing.T) {
	ctx := browser(t)
	p := startWithConsole(t)
	says := func(want ...string) {
		t.Helper()
		text := ask(t, ctx, chromedp.Text("main"))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("the page does not say %q:\n%s", w, text)
			}
		}
	}
	do(t, ctx, "the console sends a person to the login", chromedp.Navigate(p.URL+"/console"), chromedp.WaitVisible(`.choices`),
		chromedp.Click(`.choices li:first-child a`), typeIn("ada", "open-sesame"), chromedp.WaitVisible(`//h1[text()="Console"]`))
	shot(t, ctx, "console")
	do(t, ctx, "choose what to test", chromedp.Click(`//h2/a[text()="Test login"]`), chromedp.WaitVisible(`.choices`))
	shot(t, ctx, "console-providers")
	do(t, ctx, "choose the built-in provider", chromedp.Click(`.choices li:first-child a`), chromedp.WaitVisible(`input[name=force_auth]`))
	shot(t, ctx, "console-test-login")
	do(t, ctx, "a test that passes", chromedp.Click(`input[name=force_auth]`), chromedp.Click(`button.primary`), typeIn("grace", "open-sesame"),
		chromedp.WaitVisible(`.passed`))
	says("The login passed", "GRACE", "overwrote grace", "plugin groups-to-roles", "Authenticated/Roles/engineer", "not_granted", "userInfo", "Re-authenticated")
	shot(t, ctx, "console-passed")
	tables(t, ctx, "console-passed", "Set by: mapper 5, expression", "Until: ", "Granted by: ", "Reason: ")
	do(t, ctx, "a test logout", chromedp.Click(`//button[text()="Test logout"]`), until(`document.body.textContent.includes("Sign out") || document.body.textContent.includes("sign-out")`))
	if strings.Contains(ask(t, ctx, chromedp.Location()), "/idp/") {
		do(t, ctx, "the provider asks", chromedp.Click(`button.primary`))
	}
	do(t, ctx, "back from the test logout", until(`location.search === "?signed_out=true"`))
	says("back from the provider's sign-out")
	do(t, ctx, "a test that fails", chromedp.Navigate(p.URL+"/console/test-login/corp"), chromedp.Click(`button.primary`), chromedp.WaitVisible(`#failed`))
	says("The token endpoint did not exchange the code", "invalid_client", "the client is not known here", "client_secret_basic", "Test again")
	shot(t, ctx, "console-failed")
	do(t, ctx, "a result that is gone", chromedp.Navigate(p.URL+"/console/test-login/corp/gone"), chromedp.WaitVisible(`a.primary`))
	says("This result is gone", "ten minutes", "Test corp again")
	shot(t, ctx, "console-gone")
	other := newVisitor(t, p.URL) // another device of the same person
	resp, body := other.get("/login?idp=staff")
	other.signIn(resp, body, "ada", "open-sesame")
	do(t, ctx, "the sessions", chromedp.Navigate(p.URL+"/console/sessions"), chromedp.WaitVisible(`table`))
	says("2 live now", "Chrome on Linux", "a program", "Staff", "yours", "End this and 1 more")
	shot(t, ctx, "console-sessions")
	tables(t, ctx, "console-sessions", "Last use: ")
	do(t, ctx, "the plugins", chromedp.Click(`//nav/a[text()="Plugins"]`), chromedp.WaitVisible(`//h2[text()="Declared plugins"]`))
	says("groups-to-roles", "asked at every login", "ms")
	shot(t, ctx, "console-plugins")
	tables(t, ctx, "console-plugins", "State: ", "Calls: ", "Last failure: ")
	do(t, ctx, "one of them", chromedp.Click(`tbody a`), chromedp.WaitVisible(`//h2[text()="What it may see"]`))
	says("bundled:groups-to-roles", "reactor", "idTokenClaims", "plugins.groups-to-roles.limits.fuel", "asked at every login", "staff")
	shot(t, ctx, "console-plugin")
	tables(t, ctx, "console-plugin", "Granted: ", "Most so far: ", "Share: ")
	do(t, ctx, "back to the sessions", chromedp.Navigate(p.URL+"/console/sessions"), chromedp.WaitVisible(`table`))
	do(t, ctx, "ask before all are ended", chromedp.Click(`//button[text()="End all sessions…"]`), chromedp.WaitVisible(`//h1[text()="End all sessions?"]`))
	shot(t, ctx, "console-revoke-all")
	do(t, ctx, "end them", chromedp.Click(`button.primary`), chromedp.WaitVisible(`//h1[contains(., "Choose")]`))
}

// askew says of the tables of a page, at its present width, whether one is
// scrolled sideways, or has a head that does not stand above its cells.
const askew = `[...document.querySelectorAll("table.stack")].flatMap(table => {
  const complaints = [], box = table.closest(".scroll"), row = table.tBodies[0].rows[0];
  if (innerWidth < 640 && box.scrollWidth > box.clientWidth) complaints.push("a table scrolls sideways");
  if (innerWidth > 640) [...table.tHead.rows[0].cells].forEach((head, i) => {
    if (Math.abs(head.getBoundingClientRect().left - row.cells[i].getBoundingClientRect().left) > 1) complaints.push(head.textContent + " is not above its cells");
  });
  return complaints;
}).join("; ")`

// captions is what the cells of a table say before their own text.
const captions = `[...document.querySelectorAll("table.stack td[data-label]")].map(cell =>
  getComputedStyle(cell, "::before").content !== "none" ? cell.dataset.label + ": " + cell.textContent : "").join("\n")`

// tables looks at a page's tables on wide and narrow screens. On a narrow one
// they are lists whose cells say want.
func tables(t *testing.T, ctx context.Context, name string, want ...string) {
	t.Helper()
	for _, width := range []int64{360, 1200} {
		do(t, ctx, "a screen's width", chromedp.EmulateViewport(width, 800))
		if complaints := ask(t, ctx, chromedp.Evaluate[string](askew)); complaints != "" {
			t.Errorf("%s, %d wide: %s", name, width, complaints)
		}
		said := ask(t, ctx, chromedp.Evaluate[string](captions))
		for _, w := range want {
			if strings.Contains(said, w) != (width == 360) {
				t.Errorf("%s, %d wide, the captions are:\n%s", name, width, said)
			}
		}
	}
}
