package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// The console as ada, who holds its level: a test login as somebody else leaves
// her own session as it was, and she sees and ends other people's.
func TestBrowserDemoConsole(t *testing.T) {
	p := startDemo(t)
	ctx := browser(t)
	chromium.Do(t, ctx, "open the console", chromedp.Navigate(p.URL+"/console"), typeIn("ada", "open-sesame"), says("h1", "Console"), at(p.URL+"/console"))

	chromium.Do(t, ctx, "choose a provider", chromedp.Click(`//a[text()="Test login"]`), says("h1", "Test login"), chromedp.Click(`.choices a`),
		says("h1", "Test login: Doorward demo"))
	chromium.Do(t, ctx, "test as grace", chromedp.Click(`input[name=force_auth]`), chromedp.Click(`main button.primary`), typeIn("grace", "open-sesame"),
		says(".passed", "The login passed"))
	text := chromium.Ask(t, ctx, chromedp.Text("main"))
	for _, want := range []string{"grace@example.com", "idTokenClaims", "userInfo", "groups-to-roles", "Authenticated/Roles/engineer", "Authenticated/Fresh"} {
		if !strings.Contains(text, want) {
			t.Errorf("the test's result does not show %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "Authenticated/Roles/admin held") || !strings.Contains(text, `the user has no role "admin"`) {
		t.Errorf("grace is shown as an admin, or nothing says why she is none:\n%s", text)
	}
	shot(t, ctx, "demo-test-login")
	chromium.Do(t, ctx, "ada is who she was", chromedp.Navigate(p.URL), says("h1", "Hello, Ada Lovelace"))

	other, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	defer cancel()
	attach(t, other)
	chromium.Do(t, other, "edith opens the application", chromedp.Navigate(p.App), typeIn("edith", "open-sesame"), says("#user", "edith"))
	chromium.Do(t, ctx, "both are listed, and grace is not", chromedp.Navigate(p.URL+"/console/sessions"), chromium.Until(`document.querySelectorAll("tbody tr").length === 2`))
	shot(t, ctx, "demo-sessions")
	chromium.Do(t, ctx, "end edith's", chromedp.Click(`//tbody/tr[not(contains(., "yours"))]//button[1]`), says("[role=status]", "One session was ended"),
		chromium.Until(`document.querySelectorAll("tbody tr").length === 1`))
	chromium.Do(t, other, "edith's page is told", says("h1", "You are signed out"))
	if said := sessionSaid(t, other, p.App); !strings.Contains(said, `"authenticated":false`) {
		t.Errorf("edith's session goes on: %s", said)
	}
}

// Whoever lacks the console's level reads so, and which level it is.
func TestBrowserDemoConsoleIsClosedToOthers(t *testing.T) {
	p := startDemo(t)
	ctx := browser(t)
	for _, path := range []string{"/console", "/console/sessions", "/console/test-login/demo"} {
		chromium.Do(t, ctx, "open "+path, chromedp.Navigate(p.URL+path))
		if path == "/console" {
			chromium.Do(t, ctx, "sign in", typeIn("edith", "open-sesame"))
		}
		chromium.Do(t, ctx, "read why", chromium.Until(`document.querySelector(".reference")?.textContent.includes("level_missing") === true`))
		if text := chromium.Ask(t, ctx, chromedp.Text("main")); !strings.Contains(text, "Authenticated/Roles/admin") {
			t.Errorf("%s does not say what is missing:\n%s", path, text)
		}
	}
	shot(t, ctx, "console-refused")
}
