package examples_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// seeApp opens every page of an application in a real browser, wide and narrow:
// each can be read, and what a script calls is done. DOORWARD_SHOTS=FOLDER
// keeps a picture of each.
func seeApp(t *testing.T, x running) {
	u, _ := url.Parse(x.origin)
	ctx := chromium.Start(t, chromium.Options{Quiet: []string{"403 (Forbidden)", "401 (Unauthorized)", "/favicon.ico"}})
	at := func(path, heading string, more ...chromium.Action) {
		t.Helper()
		actions := append([]chromium.Action{chromedp.Navigate(x.origin + path), chromium.Until(`document.querySelector("h1")?.textContent === "` + heading + `"`)}, more...)
		chromium.Do(t, ctx, heading, actions...)
		look(t, ctx, u.Port()+"-"+heading)
	}
	at("/", "Home")
	at("/mine", "Sign in")
	chromium.Do(t, ctx, "sign in", chromedp.SetValue(`input[name="username"]`, "grace"), chromedp.SetValue(`input[name="password"]`, "try doorward, grace"), chromedp.Click(`button[value="sign-in"]`),
		chromium.Until(`document.querySelector("h1")?.textContent === "My session"`))
	look(t, ctx, u.Port()+"-My session")
	at("/secrets", "Secrets", chromedp.Click("#save"), chromium.Until(`document.querySelector("#saved").textContent === "saved for grace"`))
	at("/admin", "You may not open this")
	at("/.doorward/logout", "Sign out?")
}

func look(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, wide := range []int64{1000, 360} {
		chromium.Do(t, ctx, "resize", chromedp.EmulateViewport(wide, 800))
		if complaints := chromium.Ask(t, ctx, chromedp.Evaluate[string](chromium.Readable)); complaints != "" {
			t.Errorf("%s, %d wide: %s", name, wide, complaints)
		}
		if dir := os.Getenv("DOORWARD_SHOTS"); dir != "" {
			shot := chromium.Ask(t, ctx, chromedp.FullScreenshot(100))
			if err := os.WriteFile(filepath.Join(dir, name+"-"+map[int64]string{1000: "wide", 360: "narrow"}[wide]+".png"), shot, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
