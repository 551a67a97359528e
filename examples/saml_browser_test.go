package examples_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// TestSAMLInTheBrowser signs in, proves it again and signs out in Chromium, with
// the partner on another site: the browser decides which cookies come along.
func TestSAMLInTheBrowser(t *testing.T) {
	f := newFederation(t, "ENCRYPT=1")
	ctx := chromium.Start(t, chromium.Options{Quiet: []string{"favicon.ico"}})
	step := func(what string, actions ...chromium.Action) {
		t.Helper()
		chromium.Do(t, ctx, what, actions...)
	}
	alice := chromedp.Click(`button[value=alice]`)
	home := chromium.Until(`location.origin === "` + f.host + `" && document.body.textContent.includes("p-7f3a91")`)
	step("open the host", chromedp.Navigate(f.host+"/"), chromedp.Click(`a.button`))
	step("sign in at the partner", chromedp.WaitVisible(`button[value=alice]`), alice, home)
	step("the page shows what came", chromium.Until(`document.body.textContent.includes("identity/claims/emailaddress")`))
	time.Sleep(1100 * time.Millisecond) // AuthnInstant counts seconds, and a new proof is in a later one
	step("the partner knows the browser, and asks again all the same", chromedp.Navigate(f.host+"/login?force_auth=true"),
		chromedp.WaitVisible(`button[value=alice]`), alice, home)
	step("sign out here and there", chromedp.Navigate(f.host+"/logout"), chromedp.Click(`main form button`),
		chromium.Until(`location.origin === "`+f.host+`" && document.body.textContent.includes("You are signed out")`))
	step("the partner asks whoever comes next", chromedp.Navigate(f.host+"/login"), chromedp.WaitVisible(`button[value=bob]`))
}
