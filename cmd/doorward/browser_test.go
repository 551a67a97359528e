package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest/chromium"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser starts a headless Chromium that reports everything its console says
// as a failure, but for the answers that the pages are shown with.
func browser(t *testing.T) context.Context {
	t.Helper()
	return chromium.Start(t, chromium.Options{Quiet: []string{"status of 4"}})
}

// shot holds the page against what makes it readable: wide and on a phone, in
// the light and in the dark colour scheme. It keeps pictures when
// DOORWARD_SHOTS names a folder.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, view := range []struct {
		name   string
		width  int64
		scheme string
	}{{"wide", 1200, "light"}, {"phone", 360, "light"}, {"phone-dark", 360, "dark"}, {"dark", 1200, "dark"}} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: view.scheme}}}
		chromium.Do(t, ctx, "emulate "+view.name, chromedp.EmulateViewport(view.width, 800), chromium.Call(emulation.SetEmulatedMedia, media))
		if complaints := chromium.Ask(t, ctx, chromedp.Evaluate[string](chromium.Readable)); complaints != "" {
			t.Errorf("%s, %s: %s", name, view.name, complaints)
		}
		dir := os.Getenv("DOORWARD_SHOTS")
		if dir == "" {
			continue
		}
		png := chromium.Ask(t, ctx, chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(dir, name+"-"+view.name+".png"), png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// levelShown waits until the session page lists path as held, or as missing.
func levelShown(path string, want bool) chromium.Action {
	selector := "li:not(.missing)"
	if !want {
		selector = "li.missing"
	}
	js := fmt.Sprintf(`[...document.querySelectorAll("ul.levels %s .path")].some(e => e.textContent === %q)`, selector, path)
	return chromium.Until(js)
}

func typeIn(name, password string) chromium.Action {
	return chromedp.Steps(
		chromedp.WaitVisible("input[name=username]"),
		chromedp.SetValue("input[name=username]", name),
		chromedp.SendKeys("input[name=password]", password+kb.Enter),
	)
}

// The host's own pages in a real browser, with fresh levels that end after
// seconds instead of minutes.
func TestBrowserWalk(t *testing.T) {
	ctx := browser(t)
	p := startDemo(t, "--policies", "testdata/short-lived")
	chromium.Do(t, ctx, "open the start page", chromedp.Navigate(p.URL), chromedp.WaitVisible(`//h1[text()="Sign in"]`))
	shot(t, ctx, "welcome")
	chromium.Do(t, ctx, "begin", chromedp.Click(`.choices a`), chromedp.WaitVisible(`input[name=password]`))
	shot(t, ctx, "sign-in")
	chromium.Do(t, ctx, "mistype the password", typeIn("ada", "wrong"), chromedp.WaitVisible(`#error`))
	shot(t, ctx, "sign-in-refused")
	chromium.Do(t, ctx, "sign in", typeIn("ada", "open-sesame"), chromedp.WaitVisible(`#levels`),
		levelShown("Authenticated/Fresh", true), levelShown("Authenticated/Challenged", true), levelShown("Authenticated/Roles/admin", true))
	text := chromium.Ask(t, ctx, chromedp.Text("main"))
	for _, want := range []string{"Hello, Ada", "engineer", "idTokenClaims", "userInfo", "left"} {
		if !strings.Contains(text, want) {
			t.Errorf("the session page does not show %q:\n%s", want, text)
		}
	}
	shot(t, ctx, "session")
	chromium.Do(t, ctx, "Fresh ends on time, and the page shows it by itself", levelShown("Authenticated/Fresh", false))
	shot(t, ctx, "session-later")
	chromium.Do(t, ctx, "step up", chromedp.Click(`//li[contains(., "Authenticated/Fresh")]//a`), typeIn("ada", "open-sesame"),
		levelShown("Authenticated/Fresh", true), levelShown("Authenticated/Challenged", true))
	chromium.Do(t, ctx, "someone else answers a step-up", levelShown("Authenticated/Fresh", false),
		chromedp.Click(`//li[contains(., "Authenticated/Fresh")]//a`), typeIn("grace", "open-sesame"),
		chromedp.WaitVisible(`//h1[text()="Someone else answered"]`))
	shot(t, ctx, "someone-else")
	chromium.Do(t, ctx, "ask before signing out", chromedp.Navigate(p.URL+"/logout"), chromedp.WaitVisible(`//h1[text()="Sign out?"]`))
	shot(t, ctx, "sign-out")
	chromium.Do(t, ctx, "the session is as it was", chromedp.Click(`//a[text()="Stay signed in"]`), chromedp.WaitVisible(`//h1[text()="Hello, Ada Lovelace"]`))
	chromium.Do(t, ctx, "sign out; the provider asks, since grace is signed in there", chromedp.Click(`//button[text()="Sign out"]`),
		chromedp.WaitVisible(`//h1[text()="Sign out?"]`))
	shot(t, ctx, "provider-sign-out")
	chromium.Do(t, ctx, "confirm", chromedp.Click(`button.primary`), chromedp.WaitVisible(`[role=status]`))
	shot(t, ctx, "signed-out")
	chromium.Do(t, ctx, "look at the session", chromedp.Navigate(p.URL+"/session"))
	if text := chromium.Ask(t, ctx, chromedp.Text("body")); !strings.Contains(text, `"authenticated":false`) {
		t.Errorf("after signing out: %s", text)
	}
}

// Everything the walk needs is reached with the Tab key, in reading order, and
// what has the focus is seen.
func TestBrowserByKeyboard(t *testing.T) {
	ctx := browser(t)
	p := startDemo(t)
	press := func(keys string) chromium.Action { return chromedp.KeyEvent(keys) }
	focus := func(want string) chromium.Action {
		return chromium.Until(fmt.Sprintf(`document.activeElement?.textContent.includes(%q) || document.activeElement?.name === %q`, want, want))
	}
	chromium.Do(t, ctx, "choose the provider", chromedp.Navigate(p.URL), chromedp.WaitVisible(`h1`),
		press(kb.Tab), focus("Skip to content"), press(kb.Tab), focus("Doorward"), press(kb.Tab), focus("Sign in with"), press(kb.Enter))
	chromium.Do(t, ctx, "sign in", chromedp.WaitVisible(`input[name=username]`), focus("username"),
		press("edith"), press(kb.Tab), focus("password"), press("open-sesame"), press(kb.Enter))
	chromium.Do(t, ctx, "sign out", chromedp.WaitVisible(`#levels`), levelShown("Authenticated/Fresh", true),
		chromedp.Focus(`form button`), press(kb.Enter), chromedp.WaitVisible(`[role=status]`))
	chromium.Do(t, ctx, "move the focus", press(kb.Tab), press(kb.Tab), press(kb.Tab))
	if chromium.Ask(t, ctx, chromedp.Evaluate[string](`getComputedStyle(document.activeElement).outlineStyle`)) == "none" {
		t.Error("the focused element has no outline")
	}
}

// Without scripts the same walk works.
func TestBrowserWithoutScripts(t *testing.T) {
	ctx := browser(t)
	p := startDemo(t)
	chromium.Do(t, ctx, "sign in", chromium.Call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}), chromedp.Navigate(p.URL+"/login"), typeIn("grace", "open-sesame"),
		chromedp.WaitVisible(`#levels`))
	if text := chromium.Ask(t, ctx, chromedp.Text("ul.levels")); !strings.Contains(text, "until") {
		t.Errorf("the levels show no end: %s", text)
	}
}
