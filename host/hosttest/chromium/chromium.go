// Package chromium drives Debian's Chromium for tests, by its protocol: a
// browser that reports what its console says, and a few actions.
package chromium

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Action is a step without a result.
type Action = chromedp.Action[chromedp.Void]

// Readable is a script that says what makes a page hard to read, nothing when
// it is all right: text without contrast, controls without a name, sideways
// scrolling.
//
//go:embed readable.js
var Readable string

// Options of a browser.
type Options struct {
	Flags  map[string]any // besides the usual ones
	Quiet  []string       // parts of texts and addresses in the console that are no failure
	Home   string         // when given, a request to another origin is a failure
	Within time.Duration  // the browser's life; two minutes
}

// Start starts a headless Chromium with an empty profile, which ends with the
// test. What its console says is a failure: a blocked script or style is one.
// Without a Chromium the test is skipped, and fails where DOORWARD_CI is set.
func Start(t *testing.T, o Options) context.Context {
	t.Helper()
	ctx := launch(t, o)
	if err := chromedp.Listen(ctx, func(ev any) { o.heard(t, ev) }); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// launch starts the browser without a tab.
func launch(t *testing.T, o Options) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("DOORWARD_CI") != "" {
			t.Fatal("chromium is not installed: the browser tests must run here")
		}
		t.Skip("chromium is not installed: apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile(t)), chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true))
	for name, value := range o.Flags {
		opts = append(opts, chromedp.Flag(name, value))
	}
	within := o.Within
	if within == 0 {
		within = 2 * time.Minute
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, within)
	t.Cleanup(cancel)
	return ctx
}

// Attach opens a tab, or takes one by opts, of the browser that in belongs to,
// and listens to it as Start does.
func Attach(t *testing.T, in context.Context, o Options, opts ...chromedp.ContextOption) (context.Context, error) {
	ctx, cancel := chromedp.NewContext(in, opts...)
	t.Cleanup(cancel)
	err := chromedp.Listen(ctx, func(ev any) { o.heard(t, ev) })
	if err == nil {
		_, err = chromedp.Run(ctx, chromedp.Title())
	}
	return ctx, err
}

func (o Options) heard(t *testing.T, ev any) {
	switch ev := ev.(type) {
	case *log.EventEntryAdded:
		if said := ev.Entry.Text + " " + ev.Entry.URL; ev.Entry.Level == "error" && !o.quiet(said) {
			t.Errorf("browser log: %s", said)
		}
	case *runtime.EventExceptionThrown:
		t.Errorf("browser exception: %s", ev.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		if o.Home != "" && !strings.HasPrefix(ev.Request.URL, o.Home+"/") && ev.Request.URL != "about:blank" {
			t.Errorf("the browser asked for %s", ev.Request.URL)
		}
	}
}

func (o Options) quiet(said string) bool {
	for _, part := range o.Quiet {
		if strings.Contains(said, part) {
			return true
		}
	}
	return false
}

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

// Until waits until the JavaScript expression holds, awaited when it is a
// promise, across page loads.
func Until(js string) Action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for {
			if ok, err := chromedp.Evaluate[bool](js, chromedp.EvalAwaitPromise)(ctx, target); err == nil && ok {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%w while waiting for %s", ctx.Err(), js)
			case <-time.After(30 * time.Millisecond):
			}
		}
	})
}

// Call is a command of the protocol as an action.
func Call[P, R any](command cdp.Command[P, R], params P) Action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// Ask runs an action for its value.
func Ask[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Do runs the actions; a failure shows the page it happened on.
func Do(t *testing.T, ctx context.Context, what string, actions ...Action) {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(step, actions...); err != nil {
		look, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		at, _ := chromedp.Run(look, chromedp.Location())
		text, _ := chromedp.Run(look, chromedp.Text("body"))
		t.Fatalf("%s: %v\nat %s:\n%s", what, err, at, text)
	}
}
