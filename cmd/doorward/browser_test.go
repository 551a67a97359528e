package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser starts a headless Chromium that reports everything its console says
// as a failure: a blocked script or style is one.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("DOORWARD_CI") != "" {
			t.Fatal("chromium is not installed: the browser tests must run here")
		}
		t.Skip("chromium is not installed: apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile(t)),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.NoFirstRun, chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	err = chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *log.EventEntryAdded:
			if ev.Entry.Level == "error" && !strings.Contains(ev.Entry.Text, "status of 4") {
				t.Errorf("browser log: %s %s", ev.Entry.Text, ev.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("browser exception: %s", ev.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

type action = chromedp.Action[chromedp.Void]

// profile is an empty user data folder. The browser's children may still write
// there while it is removed, so it is removed patiently.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "doorward-browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 50 {
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	return dir
}

// until waits until the JavaScript expression holds, across page loads.
func until(js string) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for {
			if ok, err := chromedp.Evaluate[bool](js)(ctx, target); err == nil && ok {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%w while waiting for %s", ctx.Err(), js)
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}

// call is a command of the protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// ask runs an action for its value.
func ask[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// do runs the actions; a failure shows the page it happened on.
func do(t *testing.T, ctx context.Context, what string, actions ...action) {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(step, actions...); err != nil {
		at, _ := chromedp.Run(ctx, chromedp.Location())
		text, _ := chromedp.Run(ctx, chromedp.Text("body"))
		t.Fatalf("%s: %v\nat %s:\n%s", what, err, at, text)
	}
}

//go:embed testdata/readable.js
var readable string

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
		do(t, ctx, "emulate "+view.name, chromedp.EmulateViewport(view.width, 800), call(emulation.SetEmulatedMedia, media))
		if complaints := ask(t, ctx, chromedp.Evaluate[string](readable)); complaints != "" {
			t.Errorf("%s, %s: %s", name, view.name, complaints)
		}
		dir := os.Getenv("DOORWARD_SHOTS")
		if dir == "" {
			continue
		}
		png := ask(t, ctx, chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(dir, name+"-"+view.name+".png"), png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// levelShown waits until the session page lists path as held, or as missing.
func levelShown(path string, want bool) action {
	selector := "li:not(.missing)"
	if !want {
		selector = "li.missing"
	}
	js := fmt.Sprintf(`[...document.querySelectorAll("ul.levels %s .path")].some(e => e.textContent === %q)`, selector, path)
	return until(js)
}

func typeIn(name, password string) action {
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
	do(t, ctx, "open the start page", chromedp.Navigate(p.URL), chromedp.WaitVisible(`//h1[text()="Sign in"]`))
	shot(t, ctx, "welcome")
	do(t, ctx, "begin", chromedp.Click(`.choices a`), chromedp.WaitVisible(`input[name=password]`))
	shot(t, ctx, "sign-in")
	do(t, ctx, "mistype the password", typeIn("ada", "wrong"), chromedp.WaitVisible(`#error`))
	shot(t, ctx, "sign-in-refused")
	do(t, ctx, "sign in", typeIn("ada", "open-sesame"), chromedp.WaitVisible(`#levels`),
		levelShown("Authenticated/Fresh", true), levelShown("Authenticated/Challenged", true), levelShown("Authenticated/Roles/admin", true))
	text := ask(t, ctx, chromedp.Text("main"))
	for _, want := range []string{"Hello, Ada", "engineer", "idTokenClaims", "userInfo", "left"} {
		if !strings.Contains(text, want) {
			t.Errorf("the session page does not show %q:\n%s", want, text)
		}
	}
	shot(t, ctx, "session")
	do(t, ctx, "Fresh ends on time, and the page shows it by itself", levelShown("Authenticated/Fresh", false))
	shot(t, ctx, "session-later")
	do(t, ctx, "step up", chromedp.Click(`//li[contains(., "Authenticated/Fresh")]//a`), typeIn("ada", "open-sesame"),
		levelShown("Authenticated/Fresh", true), levelShown("Authenticated/Challenged", true))
	do(t, ctx, "someone else answers a step-up", levelShown("Authenticated/Fresh", false),
		chromedp.Click(`//li[contains(., "Authenticated/Fresh")]//a`), typeIn("grace", "open-sesame"),
		chromedp.WaitVisible(`//h1[text()="Someone else answered"]`))
	shot(t, ctx, "someone-else")
	do(t, ctx, "ask before signing out", chromedp.Navigate(p.URL+"/logout"), chromedp.WaitVisible(`//h1[text()="Sign out?"]`))
	shot(t, ctx, "sign-out")
	do(t, ctx, "the session is as it was", chromedp.Click(`//a[text()="Stay signed in"]`), chromedp.WaitVisible(`//h1[text()="Hello, Ada Lovelace"]`))
	do(t, ctx, "sign out; the provider asks, since grace is signed in there", chromedp.Click(`//button[text()="Sign out"]`),
		chromedp.WaitVisible(`//h1[text()="Sign out?"]`))
	shot(t, ctx, "provider-sign-out")
	do(t, ctx, "confirm", chromedp.Click(`button.primary`), chromedp.WaitVisible(`[role=status]`))
	shot(t, ctx, "signed-out")
	do(t, ctx, "look at the session", chromedp.Navigate(p.URL+"/session"))
	if text := ask(t, ctx, chromedp.Text("body")); !strings.Contains(text, `"authenticated":false`) {
		t.Errorf("after signing out: %s", text)
	}
}

// Everything the walk needs is reached with the Tab key, in reading order, and
// what has the focus is seen.
func TestBrowserByKeyboard(t *testing.T) {
	ctx := browser(t)
	p := startDemo(t)
	press := func(keys string) action { return chromedp.KeyEvent(keys) }
	focus := func(want string) action {
		return until(fmt.Sprintf(`document.activeElement?.textContent.includes(%q) || document.activeElement?.name === %q`, want, want))
	}
	do(t, ctx, "choose the provider", chromedp.Navigate(p.URL), chromedp.WaitVisible(`h1`),
		press(kb.Tab), focus("Skip to content"), press(kb.Tab), focus("Doorward"), press(kb.Tab), focus("Sign in with"), press(kb.Enter))
	do(t, ctx, "sign in", chromedp.WaitVisible(`input[name=username]`), focus("username"),
		press("edith"), press(kb.Tab), focus("password"), press("open-sesame"), press(kb.Enter))
	do(t, ctx, "sign out", chromedp.WaitVisible(`#levels`), levelShown("Authenticated/Fresh", true),
		chromedp.Focus(`form button`), press(kb.Enter), chromedp.WaitVisible(`[role=status]`))
	do(t, ctx, "move the focus", press(kb.Tab), press(kb.Tab), press(kb.Tab))
	if ask(t, ctx, chromedp.Evaluate[string](`getComputedStyle(document.activeElement).outlineStyle`)) == "none" {
		t.Error("the focused element has no outline")
	}
}

// Without scripts the same walk works.
func TestBrowserWithoutScripts(t *testing.T) {
	ctx := browser(t)
	p := startDemo(t)
	do(t, ctx, "sign in", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}), chromedp.Navigate(p.URL+"/login"), typeIn("grace", "open-sesame"),
		chromedp.WaitVisible(`#levels`))
	if text := ask(t, ctx, chromedp.Text("ul.levels")); !strings.Contains(text, "until") {
		t.Errorf("the levels show no end: %s", text)
	}
}
