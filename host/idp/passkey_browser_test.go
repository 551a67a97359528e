package idp

// A real browser with an authenticator makes a passkey and signs in with it.

import (
	"context"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest/chromium"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/people"
)

// authenticator gives the browser one that verifies its person. touched says
// whether the person touches it at once, or not at all.
func authenticator(t *testing.T, ctx context.Context) (touched func(bool) chromium.Action) {
	t.Helper()
	chromium.Do(t, ctx, "an authenticator", chromium.Call(webauthn.Enable, webauthn.EnableParams{}))
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
	return func(at bool) chromium.Action {
		return chromium.Call(webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: id, Enabled: at})
	}
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
	ctx := chromium.Start(t, chromium.Options{Quiet: []string{"status of 403"}})
	touched := authenticator(t, ctx)
	account := b.issuer + pathAccount

	chromium.Do(t, ctx, "sign in with a password", chromedp.Navigate(account), chromedp.Click("button[name=use][value=password]"), chromium.Until(onPassword),
		chromedp.SendKeys("#username", "ada"), chromedp.SendKeys("#password", adaPass), chromedp.Click("button[value=sign-in]"), chromium.Until(onAccount))
	chromium.Do(t, ctx, "make a passkey", chromedp.SendKeys("#name", "Laptop"), chromedp.Click("button[data-passkey=create]"),
		chromium.Until(`document.body.textContent.includes("Laptop")`))
	if keys := b.ada().Passkeys; len(keys) != 1 || keys[0].Name != "Laptop" {
		t.Fatalf("stored are %+v", keys)
	}
	chromium.Do(t, ctx, "sign out", chromedp.Click("button[value=sign-out]"), chromium.Until(signedOut))

	chromium.Do(t, ctx, "sign in with the passkey alone", chromedp.Navigate(account), chromium.Until(onSignIn), chromedp.Click("button[data-passkey=get]"), chromium.Until(onAccount))
	if used := b.ada().Passkeys[0].Used; used == 0 {
		t.Error("the use is not stored")
	}

	b.clock.advance(proofFor + time.Minute)
	chromium.Do(t, ctx, "prove it again, by the passkey that the input offers", chromedp.Click("button[value=password]"), chromium.Until(onSignIn),
		chromedp.Click("button[name=use][value=password]"), chromium.Until(onAccount))

	b.clock.advance(proofFor + time.Minute)
	chromium.Do(t, ctx, "prove it again, with a password and the passkey", touched(false), chromedp.Click("button[value=password]"), chromium.Until(onSignIn),
		chromedp.Click("button[name=use][value=password]"), chromium.Until(onPassword), chromedp.SendKeys("#password", adaPass), chromedp.Click("button[value=sign-in]"),
		chromium.Until(onSecond), touched(true), chromedp.Click("button[data-passkey=get]"), chromium.Until(onAccount))

	b.edit("ada", func(p *people.Person) { p.Passkeys = nil })
	chromium.Do(t, ctx, "sign out again", chromedp.Click("button[value=sign-out]"), chromium.Until(signedOut))
	chromium.Do(t, ctx, "a passkey that was removed", chromedp.Navigate(account), chromium.Until(onSignIn), chromedp.Click("button[data-passkey=get]"),
		chromium.Until(`document.querySelector("#error") !== null`))
}
