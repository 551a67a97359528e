package js_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest/chromium"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// popups starts a headless Chromium that blocks popups as a person's does.
func popups(t *testing.T) context.Context {
	t.Helper()
	ctx := chromium.Start(t, chromium.Options{
		Flags: map[string]any{"disable-popup-blocking": false, "ignore-certificate-errors": true}, Within: 3 * time.Minute,
	})
	chromium.Ask(t, ctx, chromedp.Title())
	return ctx
}

// tab is one tab, or popup, of a person's browser. What its console says is a
// failure: a script or request that a policy blocked is one.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func attach(t *testing.T, in context.Context, opts ...chromedp.ContextOption) (*tab, error) {
	ctx, err := chromium.Attach(t, in, chromium.Options{Quiet: []string{"status of 4", "status of 502"}}, opts...)
	return &tab{t, ctx}, err
}

// person is a browser without a cookie: its first tab.
func person(t *testing.T, browser context.Context) *tab {
	t.Helper()
	return open(t, browser, chromedp.WithNewBrowserContext())
}

func open(t *testing.T, in context.Context, opts ...chromedp.ContextOption) *tab {
	t.Helper()
	at, err := attach(t, in, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// another is a second tab of the same person.
func (at *tab) another() *tab {
	at.t.Helper()
	return open(at.t, at.ctx)
}

// do runs the actions; a failure shows the page it happened on.
func (at *tab) do(what string, actions ...chromium.Action) {
	at.t.Helper()
	step, cancel := context.WithTimeout(at.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(step, actions...); err != nil {
		look, cancel := context.WithTimeout(at.ctx, time.Second)
		defer cancel()
		url, _ := chromedp.Run(look, chromedp.Location())
		text, _ := chromedp.Run(look, chromedp.Text("body"))
		at.t.Fatalf("%s: %v\nat %s:\n%s", what, err, url, text)
	}
}

// set assigns the page's variables before something is clicked.
func set(js string) chromium.Action { return chromium.Until("(" + js + ", true)") }

// read evaluates an expression, awaited when it is a promise, into a value.
func read[T any](at *tab, js string) (value T) {
	at.t.Helper()
	ctx, cancel := context.WithTimeout(at.ctx, 15*time.Second)
	defer cancel()
	wrapped := "(async () => JSON.stringify(await (" + js + ")) ?? 'null')()"
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](wrapped, chromedp.EvalAwaitPromise))
	if err != nil {
		at.t.Fatalf("%s: %v", js, err)
	}
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		at.t.Fatalf("%s: %v in %s", js, err, text)
	}
	return value
}

// popup runs the actions, which open a window, and is that window.
func (at *tab) popup(what string, actions ...chromium.Action) *tab {
	at.t.Helper()
	before := at.windows()
	at.do(what, actions...)
	var failed error
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(30 * time.Millisecond) {
		for id, address := range at.windows() {
			if _, old := before[id]; old || !strings.HasPrefix(address, "http") {
				continue
			}
			// The browser may be about to move the window to another process.
			opened, err := attach(at.t, at.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
			if err == nil {
				return opened
			}
			failed = err
		}
	}
	at.t.Fatalf("%s: no window was opened that stays open: %v; the login came to %s", what, failed,
		read[json.RawMessage](at, "[window.done, window.refused, window.result]"))
	return nil
}

// windows are the addresses of what this person has open.
func (at *tab) windows() map[target.ID]string {
	at.t.Helper()
	list, err := chromedp.Targets(at.ctx)
	if err != nil {
		at.t.Fatal(err)
	}
	own := chromedp.FromContext(at.ctx).BrowserContextID
	found := map[target.ID]string{}
	for _, info := range list {
		if info.Type == "page" && info.BrowserContextID == own {
			found[info.TargetID] = info.URL
		}
	}
	return found
}

// closed waits until so many windows are open.
func (at *tab) closed(left int) {
	at.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); len(at.windows()) != left; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			at.t.Fatalf("open are %v", at.windows())
		}
	}
}

// signIn fills in the built-in provider's form.
func (at *tab) signIn(name string) {
	at.t.Helper()
	at.do("sign in as "+name, chromedp.WaitVisible("input[name=username]"), chromedp.SetValue("input[name=username]", name),
		chromedp.SendKeys("input[name=password]", "open-sesame"+kb.Enter))
}
