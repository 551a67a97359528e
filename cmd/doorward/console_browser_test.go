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

	"github.com/doorward/doorward/host/hosttest/chromium"
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
	config := fmt.Sprintf(`public_url: http://localhost:%[1]d
listen: %[2]s
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
  corp: {type: oidc, issuer: %[3]s, client_id: doorward, client_secret: wrong}
plugins:
  groups-to-roles: {module: "bundled:groups-to-roles", config: {prefix: app-}}
levels:
  Authenticated/Fresh: {description: credentials proved within five minutes, step_up: true}
  Authenticated/Challenged: {description: credentials asked for within five minutes, step_up: true}
  Authenticated/Auditor: {description: granted to somebody who never came}
  Authenticated/Cashier: {description: nothing grants it}
grants:
  - {idp: staff, iss: "http://localhost:%[1]d/idp", sub: nobody, levels: [Authenticated/Auditor]}
  - {idp: staff, iss: "http://localhost:%[1]d/idp", sub: 5e1f0000-0000-4000-8000-00000000000a, levels: [Authenticated/Auditor]}
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
		text := chromium.Ask(t, ctx, chromedp.Text("main"))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("the page does not say %q:\n%s", w, text)
			}
		}
	}
	chromium.Do(t, ctx, "the console sends a person to the login", chromedp.Navigate(p.URL+"/console"), chromedp.WaitVisible(`.choices`),
		chromedp.Click(`.choices li:first-child a`), typeIn("ada", "open-sesame"), chromedp.WaitVisible(`//h1[text()="Console"]`))
	shot(t, ctx, "console")
	chromium.Do(t, ctx, "choose what to test", chromedp.Click(`//h2/a[text()="Test login"]`), chromedp.WaitVisible(`.choices`))
	shot(t, ctx, "console-providers")
	chromium.Do(t, ctx, "choose the built-in provider", chromedp.Click(`.choices li:first-child a`), chromedp.WaitVisible(`input[name=force_auth]`))
	shot(t, ctx, "console-test-login")
	chromium.Do(t, ctx, "a test that passes", chromedp.Click(`input[name=force_auth]`), chromedp.Click(`button.primary`), typeIn("grace", "open-sesame"),
		chromedp.WaitVisible(`.passed`))
	says("The login passed", "GRACE", "overwrote grace", "plugin groups-to-roles", "Authenticated/Roles/engineer", "not_granted", "userInfo", "Re-authenticated")
	shot(t, ctx, "console-passed")
	tables(t, ctx, "console-passed", "Set by: mapper 5, expression", "Until: ", "Granted by: ", "Reason: ")
	chromium.Do(t, ctx, "a test logout", chromedp.Click(`//button[text()="Test logout"]`), chromium.Until(`document.body.textContent.includes("Sign out") || document.body.textContent.includes("sign-out")`))
	if strings.Contains(chromium.Ask(t, ctx, chromedp.Location()), "/idp/") {
		chromium.Do(t, ctx, "the provider asks", chromedp.Click(`button.primary`))
	}
	chromium.Do(t, ctx, "back from the test logout", chromium.Until(`location.search === "?signed_out=true"`))
	says("back from the provider's sign-out")
	chromium.Do(t, ctx, "a test that fails", chromedp.Navigate(p.URL+"/console/test-login/corp"), chromedp.Click(`button.primary`), chromedp.WaitVisible(`#failed`))
	says("The token endpoint did not exchange the code", "invalid_client", "the client is not known here", "client_secret_basic", "Test again")
	shot(t, ctx, "console-failed")
	chromium.Do(t, ctx, "a result that is gone", chromedp.Navigate(p.URL+"/console/test-login/corp/gone"), chromedp.WaitVisible(`a.primary`))
	says("This result is gone", "ten minutes", "Test corp again")
	shot(t, ctx, "console-gone")
	other := newVisitor(t, p.URL) // another device of the same person
	resp, body := other.get("/login?idp=staff")
	other.signIn(resp, body, "ada", "open-sesame")
	chromium.Do(t, ctx, "the sessions", chromedp.Navigate(p.URL+"/console/sessions"), chromedp.WaitVisible(`table`))
	says("2 live now", "Chrome on Linux", "a program", "Staff", "yours", "End this and 1 more")
	shot(t, ctx, "console-sessions")
	tables(t, ctx, "console-sessions", "Last use: ")
	chromium.Do(t, ctx, "the plugins", chromedp.Click(`//nav/a[text()="Plugins"]`), chromedp.WaitVisible(`//h2[text()="Declared plugins"]`))
	says("groups-to-roles", "asked at every login", "ms")
	shot(t, ctx, "console-plugins")
	tables(t, ctx, "console-plugins", "State: ", "Calls: ", "Last failure: ")
	chromium.Do(t, ctx, "one of them", chromedp.Click(`tbody a`), chromedp.WaitVisible(`//h2[text()="What it may see"]`))
	says("bundled:groups-to-roles", "reactor", "idTokenClaims", "plugins.groups-to-roles.limits.fuel", "asked at every login", "staff")
	shot(t, ctx, "console-plugin")
	tables(t, ctx, "console-plugin", "Granted: ", "Most so far: ", "Share: ")
	chromium.Do(t, ctx, "the policies", chromedp.Click(`//nav/a[text()="Policies"]`), heading("Policies"))
	says("Nobody has ever signed in as this person", "nobody can hold it")
	shot(t, ctx, "console-policies-grants")
	tables(t, ctx, "console-policies-grants", "Last sign-in: never")
	chromium.Do(t, ctx, "no playground", chromedp.Click(`//nav/a[text()="Playground"]`), heading("There is no playground"))
	shot(t, ctx, "console-no-playground")
	chromium.Do(t, ctx, "nothing to replay", chromedp.Click(`//nav/a[text()="Replay"]`), heading("Replay"))
	shot(t, ctx, "console-no-replay")
	chromium.Do(t, ctx, "back to the sessions", chromedp.Navigate(p.URL+"/console/sessions"), chromedp.WaitVisible(`table`))
	chromium.Do(t, ctx, "ask before all are ended", chromedp.Click(`//button[text()="End all sessions…"]`), chromedp.WaitVisible(`//h1[text()="End all sessions?"]`))
	shot(t, ctx, "console-revoke-all")
	chromium.Do(t, ctx, "end them", chromedp.Click(`button.primary`), chromedp.WaitVisible(`//h1[contains(., "Choose")]`))
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
		chromium.Do(t, ctx, "a screen's width", chromedp.EmulateViewport(width, 800))
		if complaints := chromium.Ask(t, ctx, chromedp.Evaluate[string](askew)); complaints != "" {
			t.Errorf("%s, %d wide: %s", name, width, complaints)
		}
		said := chromium.Ask(t, ctx, chromedp.Evaluate[string](captions))
		for _, w := range want {
			if strings.Contains(said, w) != (width == 360) {
				t.Errorf("%s, %d wide, the captions are:\n%s", name, width, said)
			}
		}
	}
}

// heading waits for a page by its heading.
func heading(text string) chromium.Action { return says("h1", text) }

// pageSays looks for words in the page.
func pageSays(t *testing.T, ctx context.Context, want ...string) {
	t.Helper()
	text := chromium.Ask(t, ctx, chromedp.Evaluate[string](`document.querySelector("main").textContent.replace(/\s+/g, " ")`))
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
}

// unfold opens what is folded: what is in it is looked at, too.
const unfold = `document.querySelectorAll("main details").forEach(d => d.open = true) || true`

// typePolicy writes a text over the one of the playground, as a person would who
// pastes it.
func typePolicy(text string) chromium.Action {
	js := fmt.Sprintf(`(() => { const t = document.getElementById("policy"); t.value = %q; t.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, text)
	return chromium.Until(js)
}

// The demo's policy is explained in the console: of a test login, of a recorded
// one, in the playground while one types, and by a replay.
func TestBrowserConsoleExplains(t *testing.T) {
	p := startDemo(t)
	ctx := browser(t)
	other, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	defer cancel()
	attach(t, other)
	chromium.Do(t, other, "edith signs in", chromedp.Navigate(p.App), typeIn("edith", "open-sesame"), says("#user", "edith"))

	chromium.Do(t, ctx, "open the policies", chromedp.Navigate(p.URL+"/console/policies"), typeIn("ada", "open-sesame"), says("h1", "Policies"))
	pageSays(t, ctx, "the default policy, which is part of this program", "doorward:default/levels.rego:12", "the person proved their credentials within five minutes",
		"Authenticated/Challenged", "can be held", "step-up")
	chromium.Do(t, ctx, "unfold", chromium.Until(unfold))
	shot(t, ctx, "console-policies")
	tables(t, ctx, "console-policies", "Rules: ", "Reach: ", "Level: ")

	chromium.Do(t, ctx, "test as edith", chromedp.Navigate(p.URL+"/console/test-login/demo"), chromedp.Click(`input[name=force_auth]`), chromedp.Click(`main button.primary`),
		typeIn("edith", "open-sesame"), says(".passed", "The login passed"))
	pageSays(t, ctx, "doorward:default/levels.rego:12", "the user has no role")
	chromium.Do(t, ctx, "unfold the whys", chromium.Until(`document.querySelectorAll("ul.why details").forEach(d => d.open = true) || true`))
	shot(t, ctx, "console-why")
	chromium.Do(t, ctx, "try other rules with it", chromedp.Click(`//a[text()="Try other rules with this login"]`), says("h1", "Playground"), chromedp.WaitVisible(`ul.why`))
	pageSays(t, ctx, "As the mappers of demo make it", "EDITH")

	chromium.Do(t, ctx, "type a rule that is wrong", typePolicy("package doorward.levels\n\ngrant contains \"Authenticated/Staff\" if input.sources.userinfo.email\n"), chromedp.WaitVisible(`.problems`))
	pageSays(t, ctx, "levels.rego:3:", `level "Authenticated/Staff" is not declared`)
	shot(t, ctx, "console-playground-wrong")
	chromium.Do(t, ctx, "type one that does not hold", typePolicy("package doorward.levels\n\n# METADATA\n# title: engineers\ngrant contains \"Authenticated/Fresh\" if \"app-engineer\" in input.sources.userInfo.groups\n"),
		chromium.Until(`document.querySelector("#outcome .short")?.closest("#outcome").textContent.includes("in input.sources.userInfo.groups")`))
	chromium.Do(t, ctx, "unfold", chromium.Until(unfold))
	pageSays(t, ctx, "engineers", `input.sources.userInfo.groups = ["staff"]`)
	shot(t, ctx, "console-playground")

	chromium.Do(t, ctx, "replay with it", chromedp.Click(`//button[contains(., "Replay recorded logins")]`), says("h1", "Replay"), chromedp.WaitVisible(`textarea[name=policy]`))
	shot(t, ctx, "console-replay-form")
	chromium.Do(t, ctx, "begin", chromedp.Click(`main button.primary`), chromedp.WaitVisible(`//h2[text()="By level"]`))
	pageSays(t, ctx, "loses Authenticated/Fresh", "what was typed in as levels.rego")
	shot(t, ctx, "console-replay")
	tables(t, ctx, "console-replay", "Lost by: ", "Logins: ", "Such as: ")

	chromium.Do(t, ctx, "look at an example", chromedp.Click(`//section[.//h2[text()="By difference"]]//td[last()]/a[1]`), says("h1", "Login "))
	pageSays(t, ctx, "doorward:default/levels.rego:12", "Authenticated/Fresh")
	chromium.Do(t, ctx, "unfold", chromium.Until(unfold))
	shot(t, ctx, "console-recorded")
	chromium.Do(t, ctx, "a login that is not recorded", chromedp.Navigate(p.URL+"/console/logins/0123456789abcdef"), chromedp.WaitVisible(`.error`))
	shot(t, ctx, "console-logins")
	chromium.Do(t, ctx, "the index", chromedp.Navigate(p.URL+"/console"), says("h1", "Console"))
	shot(t, ctx, "console-index")
}
