package pages

// What a browser sends without a script's help.

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/doorward/doorward/host/hosttest/chromium"
	"github.com/doorward/doorward/host/page"
)

// A badge reader types a number and Enter. That signs in with a badge alone,
// and goes on to the password where one is needed. No script has a part in it.
func TestBrowserBadgeReader(t *testing.T) {
	home := serveGallery(t, newPages(t))
	ctx := browser(t, home)
	chromium.Do(t, ctx, "no scripts", chromium.Call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}),
		chromium.Call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	open := func(state string) chromium.Action {
		return chromedp.Steps(chromedp.Navigate(home+"/show/en/"+state), chromium.Until(`document.activeElement.name === "badge"`))
	}
	chromium.Do(t, ctx, "a badge alone", open("sign-in-badge"), chromedp.KeyEvent("0012345"+kb.Enter),
		chromium.Until(`document.body.textContent === "/idp/sign-in?badge=0012345&credential=&do=sign-in&method=badge&request=`+sealed+`"`))
	chromium.Do(t, ctx, "badge and password", open("sign-in-badge-password"), chromedp.KeyEvent("0012345"+kb.Enter),
		chromium.Until(`document.activeElement.name === "password"`), chromedp.KeyEvent("secret"+kb.Enter),
		chromium.Until(`document.body.textContent === "/idp/sign-in?badge=0012345&credential=&do=sign-in&method=badge_password&password=secret&request=`+sealed+`"`))
	chromium.Do(t, ctx, "another way", open("sign-in-badge"), chromedp.Click(`button[name=use][value=password]`),
		chromium.Until(`document.body.textContent.includes("use=password")`))
	chromium.Do(t, ctx, "a passkey says what it needs", open("sign-in-badge"),
		chromium.Until(`document.querySelector("[data-passkey-off]").checkVisibility() && !document.querySelector("[data-passkey]").checkVisibility()`))
}

// The answer goes on by itself with a script, and by a button without.
func TestBrowserFormPost(t *testing.T) {
	p := newPages(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		if content, mediaType, ok := page.Asset(r.URL.Path); ok {
			w.Header().Set("Content-Type", mediaType)
			_, _ = w.Write(content)
			return
		}
		if err := p.Show(w, r, http.StatusOK, FormPost{Action: "/callback", Params: []Param{{"code", "c0de"}, {"state", `a"&<b>`}}}); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /callback", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.PostFormValue("state"))) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	ctx := browser(t, server.URL)
	arrived := chromium.Until(`location.pathname === "/callback" && document.body.textContent === 'a"&<b>'`)
	chromium.Do(t, ctx, "with a script", chromedp.Navigate(server.URL+"/answer"), arrived)
	chromium.Do(t, ctx, "without", chromium.Call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}),
		chromedp.Navigate(server.URL+"/answer"), chromedp.Click("button"), arrived)
}
