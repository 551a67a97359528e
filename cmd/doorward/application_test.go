package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// inPopup takes the window that open opens through then, and waits until it has
// closed itself.
func inPopup(t *testing.T, ctx context.Context, what string, open chromium.Action, then func(popup context.Context)) {
	t.Helper()
	opened := chromedp.WaitNewTarget(ctx, func(*target.Info) bool { return true })
	chromium.Do(t, ctx, what, open)
	var id target.ID
	select {
	case id = <-opened:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: no window opened", what)
	}
	popup, cancel := chromedp.NewContext(ctx, chromedp.WithTargetID(id))
	defer cancel()
	attach(t, popup)
	then(popup)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		targets, err := chromedp.Targets(ctx)
		if err != nil {
			t.Fatal(err)
		}
		gone := true
		for _, other := range targets {
			gone = gone && other.TargetID != id
		}
		if gone {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: the window stays open", what)
		}
	}
}

// attach makes a context's page before a step with a shorter life does: it would
// end with that step.
func attach(t *testing.T, ctx context.Context) {
	t.Helper()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
}

func at(address string) chromium.Action {
	return chromium.Until(fmt.Sprintf(`location.href === %q`, address))
}

func says(selector, text string) chromium.Action {
	return chromium.Until(fmt.Sprintf(`document.querySelector(%q)?.textContent.includes(%q) === true`, selector, text))
}

// levelsAre waits until the application's list of levels holds path, or not.
func levelsAre(path string, want bool) chromium.Action {
	return chromium.Until(fmt.Sprintf(`[...document.querySelectorAll("#held li")].some(e => e.textContent === %q) === %v`, path, want))
}

// The example application from the first address to signing out: back at
// exactly the address that was asked for, known by headers alone, a proof
// before each approval, and levels that end while the page is open.
func TestBrowserApplication(t *testing.T) {
	p := startDemo(t, "--policies", "testdata/short-lived")
	ctx := browser(t) // ends before the host, which the open pages listen to
	exact := p.App + "/?order=1042&x=a%20b&&y=%2F#order-1043"
	chromium.Do(t, ctx, "open the application", chromedp.Navigate(exact), chromedp.WaitVisible(`input[name=password]`))
	if where := chromium.Ask(t, ctx, chromedp.Location()); !strings.HasPrefix(where, p.URL+"/idp/") {
		t.Errorf("the password is asked for at %s", where)
	}
	chromium.Do(t, ctx, "sign in", typeIn("ada", "open-sesame"), chromedp.WaitVisible(`#held`), at(exact), levelsAre("Authenticated/Fresh", true))
	shot(t, ctx, "application")
	chromium.Do(t, ctx, "keep a cookie of the application's own", chromium.Until(`(document.cookie = "theme=dark") !== ""`),
		chromedp.Reload(), says(".headers", "theme=dark"))
	for _, part := range []string{"main", ".bar"} {
		text := chromium.Ask(t, ctx, chromedp.Text(part))
		if strings.Contains(text, "doorward-") || !strings.Contains(text, "ada") {
			t.Errorf("the application shows\n%s", text)
		}
	}
	chromium.Do(t, ctx, "the level ends, and the page hears of it", levelsAre("Authenticated/Fresh", false), levelsAre("Authenticated", true))

	approve(t, ctx, "1042", typeIn("ada", "open-sesame"))
	chromium.Do(t, ctx, "approved, after the proof", says("#said", "Order 1042 is approved. Proved at"), says("#order-1042 .done", "Approved by ada"), levelsAre("Authenticated/Fresh", true))
	shot(t, ctx, "application-approved")
	approve(t, ctx, "1043", typeIn("ada", "open-sesame"))
	chromium.Do(t, ctx, "a proof for each approval, also while the level is held", says("#order-1043 .done", "Approved by ada"))

	chromium.Do(t, ctx, "the level ends again", levelsAre("Authenticated/Fresh", false))
	chromium.Do(t, ctx, "the address itself asks for the level", chromedp.Navigate(p.App+"/approve?order=1044"), typeIn("ada", "open-sesame"),
		at(p.App+"/approve?order=1044"), says("h1", "Approve order 1044?"))
	shot(t, ctx, "application-step-up")
	chromium.Do(t, ctx, "approve without the script's help", chromedp.Click(`main button`), at(p.App+"/?approved=1044"), says("#order-1044 .done", "Approved by ada"))

	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	attach(t, tab)
	chromium.Do(t, tab, "a second page", chromedp.Navigate(p.App+"/?tab=2"), says("#user", "ada"))
	chromium.Do(t, ctx, "sign out; what is behind is closed", chromedp.Click(`.who button`), chromedp.WaitVisible(`input[name=password]`))
	chromium.Do(t, tab, "the second page is told", says("h1", "You are signed out"))
	if text := chromium.Ask(t, tab, chromedp.Text("body")); strings.Contains(text, "ada") {
		t.Errorf("the second page still shows\n%s", text)
	}
	shot(t, tab, "application-signed-out")
}

// approve presses the order's button and takes the window that opens through
// actions.
func approve(t *testing.T, ctx context.Context, order string, actions ...chromium.Action) {
	t.Helper()
	inPopup(t, ctx, "approve "+order, chromedp.Click(`a[data-order="`+order+`"]`), func(popup context.Context) {
		chromium.Do(t, popup, "in the window for "+order, append([]chromium.Action{chromedp.WaitVisible(`input[name=password]`)}, actions...)...)
	})
}

// Somebody else's proof is none: the application's code does not run, and the
// session is as it was.
func TestBrowserApplicationRefusesSomeoneElsesProof(t *testing.T) {
	p := startDemo(t, "--policies", "testdata/short-lived")
	ctx := browser(t)
	chromium.Do(t, ctx, "sign in", chromedp.Navigate(p.App), typeIn("ada", "open-sesame"), chromedp.WaitVisible(`#held`), levelsAre("Authenticated/Fresh", false))
	inPopup(t, ctx, "approve", chromedp.Click(`a[data-order="1042"]`), func(popup context.Context) {
		chromium.Do(t, popup, "someone else answers", typeIn("grace", "open-sesame"), chromedp.WaitVisible(`//h1[text()="Someone else answered"]`))
		shot(t, popup, "someone-else-in-popup")
		chromium.Do(t, popup, "go back", chromedp.Click(`//a[contains(., "Back to the application")]`))
	})
	chromium.Do(t, ctx, "not approved", says("#said", "Order 1042 is not approved: someone else signed in."), says("#user", "ada"))
	if n := chromium.Ask(t, ctx, chromedp.Evaluate[int](`document.querySelectorAll(".done").length`)); n != 0 {
		t.Errorf("%d orders are approved", n)
	}
	shot(t, ctx, "application-not-approved")
}

// Without scripts the application works too: the step-up comes before a page of
// its own.
func TestBrowserApplicationWithoutScripts(t *testing.T) {
	p := startDemo(t, "--policies", "testdata/short-lived")
	ctx := browser(t) // ends before the host, which the open pages listen to
	chromium.Do(t, ctx, "sign in", chromium.Call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}),
		chromedp.Navigate(p.App+"/?x=1"), typeIn("grace", "open-sesame"), at(p.App+"/?x=1"), chromedp.WaitVisible(`#held`))
	time.Sleep(7 * time.Second) // Authenticated/Fresh has ended
	chromium.Do(t, ctx, "approve", chromedp.Click(`a[data-order="1043"]`), typeIn("grace", "open-sesame"), says("h1", "Approve order 1043?"),
		chromedp.Click(`main button`), says("#said", "Order 1043 is approved"), says("#order-1043 .done", "Approved by grace"))
}

// The application's controls are reached with the Tab key in reading order.
func TestBrowserApplicationByKeyboard(t *testing.T) {
	p := startDemo(t)
	ctx := browser(t) // ends before the host, which the open pages listen to
	chromium.Do(t, ctx, "sign in", chromedp.Navigate(p.App), typeIn("edith", "open-sesame"), chromedp.WaitVisible(`#held`))
	for _, want := range []string{"Skip to content", "Orders", "Sign out", "Approve order 1042", "Approve order 1043"} {
		chromium.Do(t, ctx, "reach "+want, chromedp.KeyEvent(kb.Tab), chromium.Until(fmt.Sprintf(`document.activeElement.textContent.trim() === %q && getComputedStyle(document.activeElement).outlineStyle !== "none"`, want)))
	}
	inPopup(t, ctx, "approve", chromedp.KeyEvent(kb.Enter), func(popup context.Context) {
		chromium.Do(t, popup, "prove", typeIn("edith", "open-sesame"))
	})
	chromium.Do(t, ctx, "approved", says("#order-1043 .done", "Approved by edith"))
}
