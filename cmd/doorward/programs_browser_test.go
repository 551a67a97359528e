package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// A person signs a device in with the keyboard alone: they type the code, read
// the question, go on to the provider, and are told to go back.
func TestBrowserSignsInADevice(t *testing.T) {
	ctx := browser(t)
	p := startPrograms(t, t.TempDir())
	_, code := askedByDevice(t, p.URL)
	chromium.Do(t, ctx, "mistype the code", chromedp.Navigate(p.URL+"/device"), chromedp.WaitVisible(`#code`),
		chromedp.KeyEvent("bbbb-bbbb"+kb.Enter), chromedp.WaitVisible(`#why`))
	shot(t, ctx, "device-code")
	chromium.Do(t, ctx, "type the code", chromedp.Navigate(p.URL+"/device"), chromedp.WaitVisible(`#code`),
		chromedp.KeyEvent(strings.ToLower(strings.ReplaceAll(code, "-", ""))+kb.Enter), chromedp.WaitVisible(`.shown-code`))
	if shown := chromium.Ask(t, ctx, chromedp.Text(".shown-code")); strings.TrimSpace(shown) != code {
		t.Errorf("the page shows %q, and the device %q", shown, code)
	}
	shot(t, ctx, "device-question")
	chromium.Do(t, ctx, "go on", chromedp.Focus(`button[name=idp]`), chromedp.KeyEvent(kb.Enter), typeIn("ada", "open-sesame"),
		chromedp.WaitVisible(`//h1[text()="The device is signed in"]`))
	shot(t, ctx, "device-done")
	chromium.Do(t, ctx, "the browser itself is not signed in", chromedp.Navigate(p.URL), chromedp.WaitVisible(`//h1[text()="Sign in"]`))

	_, code = askedByDevice(t, p.URL)
	chromium.Do(t, ctx, "refuse one by its link", chromedp.Navigate(p.URL+"/device?user_code="+code), chromedp.WaitVisible(`#code`),
		chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`.shown-code`),
		chromedp.Click(`button[value=refuse]`), chromedp.WaitVisible(`//h1[text()="The device is not signed in"]`))
	shot(t, ctx, "device-refused")
}

// The answer reaches a program on this machine through the policies of all the
// forms between, with a password and without one; on both loopback addresses.
func TestBrowserLeadsBackToAProgram(t *testing.T) {
	ctx := browser(t)
	p := startPrograms(t, t.TempDir())
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><link rel=icon href=data:,><title>x</title><h1>code: ` + r.URL.Query().Get("error") + `</h1>`))
	}))
	t.Cleanup(local.Close)
	at := func() string {
		return p.URL + "/client/authorize?" + url.Values{
			"response_type": {"code"}, "client_id": {"cli"}, "redirect_uri": {local.URL + "/done"}, "state": {"x"},
			"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"},
		}.Encode()
	}
	chromium.Do(t, ctx, "open", chromedp.Navigate(at()), chromedp.WaitVisible(`button[name=idp]`))
	shot(t, ctx, "loopback-question")
	chromium.Do(t, ctx, "sign in", chromedp.Click(`button[name=idp]`), typeIn("ada", "open-sesame"), chromedp.WaitVisible(`//h1[text()="code: "]`))
	chromium.Do(t, ctx, "again, as the provider remembers", chromedp.Navigate(at()), chromedp.Click(`button[name=idp]`),
		chromedp.WaitVisible(`//h1[text()="code: "]`))
	chromium.Do(t, ctx, "refuse", chromedp.Navigate(at()), chromedp.Click(`button[value=refuse]`),
		chromedp.WaitVisible(`//h1[text()="code: access_denied"]`))
}
