package idp

// A real browser with an authenticator makes a passkey and signs in with it.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/people"
)

type action = chromedp.Action[chromedp.Void]

// chromium starts a headless Chromium. What its console says is a failure: a
// blocked script is one.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("DOORWARD_CI") != "" {
			t.Fatal("chromium is not installed: the browser tests must run here")
		}
		t.Skip("chromium is not installed: apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	err = chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *log.EventEntryAdded:
			if ev.Entry.Level == "error" && !strings.Contains(ev.Entry.Text, "status of 403") {
				t.Errorf("browser log: %s %s", ev.Entry.Text, ev.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("browser exception: %s", ev.ExceptionDetails.Text)
		}
	})
	must(t, err)
	return ctx
}

// authenticator gives the browser one that verifies its person. touched says
// whether the person touches it at once, or not at all.
func authenticator(t *testing.T, ctx context.Context) (touched func(bool) action) {
	t.Helper()
	walk(t, ctx, "an authenticator", call(webauthn.Enable, webauthn.EnableParams{}))
	id, err := chromedp.Run(ctx, chromedp.Action[webauthn.AuthenticatorID](func(ctx context.Context, target *chromedp.Target) (webauthn.AuthenticatorID, error) {
		made, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		if err != nil {
			return "", err
		}
		return made.AuthenticatorID, nil
	}))
	must(t, err)
	return func(at bool) action {
		return call(webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: id, Enabled: at})
	}
}

func call[P, R any](command cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// walk runs the actions; a failure shows the page it happened on.
func walk(t *testing.T, ctx context.Context, what string, actions ...action) {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(step, actions...); err != nil {
		at, _ := chromedp.Run(ctx, chromedp.Location())
		text, _ := chromedp.Run(ctx, chromedp.Text("body"))
		t.Fatalf("%s: %v\nat %s:\n%s", what, err, at, text)
	}
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
			case <-time.After(30 * time.Millisecond):
			}
		}
	})
}

const (
	onAccount  = `document.querySelector("input[name=form]") !== null`
	onSignIn   = `document.querySelector("form[action$='/sign-in']") !== null`
	onPassword = `document.querySelector("#password") !== null`
	onSecond   = `document.querySelector("form[action$='/second-factor']") !== null`
	signedOut  = `document.querySelector("h1")?.textContent.includes("signed out") && document.readyState === "complete"`
)

func TestPasskeyInABrowser(t *testing.T) {
	b := newBench(t, named, offering(factors.Passkey, factors.Password), second(factors.Optional))
	ctx := chromium(t)
	touched := authenticator(t, ctx)
	account := b.issuer + pathAccount

	walk(t, ctx, "sign in with a password", chromedp.Navigate(account), chromedp.Click("button[name=use][value=password]"), until(onPassword),
		chromedp.SendKeys("#username", "ada"), chromedp.SendKeys("#password", adaPass), chromedp.Click("button[value=sign-in]"), until(onAccount))
	walk(t, ctx, "make a passkey", chromedp.SendKeys("#name", "Laptop"), chromedp.Click("button[data-passkey=create]"),
		until(`document.body.textContent.includes("Laptop")`))
	if keys := b.ada().Passkeys; len(keys) != 1 || keys[0].Name != "Laptop" {
		t.Fatalf("stored are %+v", keys)
	}
	walk(t, ctx, "sign out", chromedp.Click("button[value=sign-out]"), until(signedOut))

	walk(t, ctx, "sign in with the passkey alone", chromedp.Navigate(account), until(onSignIn), chromedp.Click("button[data-passkey=get]"), until(onAccount))
	if used := b.ada().Passkeys[0].Used; used == 0 {
		t.Error("the use is not stored")
	}

	b.clock.advance(proofFor + time.Minute)
	walk(t, ctx, "prove it again, by the passkey that the input offers", chromedp.Click("button[value=password]"), until(onSignIn),
		chromedp.Click("button[name=use][value=password]"), until(onAccount))

	b.clock.advance(proofFor + time.Minute)
	walk(t, ctx, "prove it again, with a password and the passkey", touched(false), chromedp.Click("button[value=password]"), until(onSignIn),
		chromedp.Click("button[name=use][value=password]"), until(onPassword), chromedp.SendKeys("#password", adaPass), chromedp.Click("button[value=sign-in]"),
		until(onSecond), touched(true), chromedp.Click("button[data-passkey=get]"), until(onAccount))

	b.edit("ada", func(p *people.Person) { p.Passkeys = nil })
	walk(t, ctx, "sign out again", chromedp.Click("button[value=sign-out]"), until(signedOut))
	walk(t, ctx, "a passkey that was removed", chromedp.Navigate(account), until(onSignIn), chromedp.Click("button[data-passkey=get]"),
		until(`document.querySelector("#error") !== null`))
}
