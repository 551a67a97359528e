package main

import (
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest/chromium"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Signing out everywhere, by the keyboard, in one browser: the other one is told
// and is signed out, too.
func TestBrowserSigningOutEverywhere(t *testing.T) {
	ctx := browser(t)
	p := startDemo(t)
	other, err := chromium.Attach(t, ctx, chromium.Options{Quiet: []string{"status of 4"}}, chromedp.WithNewBrowserContext())
	if err != nil {
		t.Fatal(err)
	}
	for _, tab := range []struct {
		name string
		in   func(what string, actions ...chromium.Action)
	}{
		{"other", func(what string, actions ...chromium.Action) { chromium.Do(t, other, what, actions...) }},
		{"this", func(what string, actions ...chromium.Action) { chromium.Do(t, ctx, what, actions...) }},
	} {
		tab.in(tab.name+": sign in", chromedp.Navigate(p.URL), chromedp.Click(`.choices a`), typeIn("ada", "open-sesame"), chromedp.WaitVisible(`#sessions`))
	}
	text := chromium.Ask(t, ctx, chromedp.Text(`section[aria-labelledby=sessions]`))
	if strings.Count(text, "Chrome on Linux") != 2 || strings.Count(text, "This browser") != 1 {
		t.Errorf("the start page lists:\n%s", text)
	}
	shot(t, ctx, "own-sessions")
	chromium.Do(t, ctx, "ask", chromedp.Click(`//a[text()="Sign out everywhere…"]`), chromedp.WaitVisible(`//h1[text()="Sign out?"]`))
	shot(t, ctx, "sign-out-everywhere")
	chromium.Do(t, ctx, "reach the button by the keyboard", chromedp.Focus(`button.primary`), chromedp.KeyEvent(kb.Tab),
		chromium.Until(`document.activeElement.textContent === "Sign out everywhere (2 sessions)" && getComputedStyle(document.activeElement).outlineStyle !== "none"`))
	shot(t, ctx, "sign-out-everywhere-focus")
	chromium.Do(t, ctx, "press it", chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//*[@role="status"][contains(., "You are signed out everywhere.")]`))
	shot(t, ctx, "signed-out-everywhere")
	chromium.Do(t, other, "the other browser is signed out", chromedp.Navigate(p.URL), chromedp.WaitVisible(`//h1[text()="Sign in"]`))
	chromium.Do(t, ctx, "what a provider that cannot be told leaves", chromedp.Navigate(p.URL+"/?signed_out=true&still=demo"), chromedp.WaitVisible(`[role=status]`))
	shot(t, ctx, "signed-out-still")
}
