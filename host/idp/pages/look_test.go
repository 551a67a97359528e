package pages

// The gallery in a browser: what is hard to read, where the focus is, and
// pictures when DOORWARD_SHOTS names a folder.

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// view is how somebody looks at a page.
type view struct {
	name   string
	width  int64
	scheme string
}

var views = []view{{"wide", 1200, "light"}, {"phone", 360, "light"}, {"dark", 1200, "dark"}, {"phone-dark", 360, "dark"}}

// looks are how the gallery is looked through: every way when pictures are
// wanted, otherwise each language, width and scheme once.
func looks(some ...view) []view {
	if os.Getenv("DOORWARD_SHOTS") != "" {
		return views
	}
	return some
}

func TestBrowserGallery(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser opens every page")
	}
	home := serveGallery(t, newPages(t))
	ctx := browser(t, home)
	lookThrough(t, ctx, home, "en", "", looks(views[0]))
	lookThrough(t, ctx, home, "de", "", looks(views[3]))
}

func TestBrowserBrandedGallery(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser opens every page")
	}
	home := serveGallery(t, newPages(t, func(c *Config) { c.Brand = plant7 }))
	ctx := browser(t, home)
	lookThrough(t, ctx, home, "en", "branded-", looks(views[1]))
	lookThrough(t, ctx, home, "de", "branded-", looks(views[2]))
}

//go:embed testdata/well.js
var wellFormed string

func lookThrough(t *testing.T, ctx context.Context, home, language, prefix string, looks []view) {
	t.Helper()
	hard, dir := chromium.Readable, os.Getenv("DOORWARD_SHOTS")
	for _, v := range looks {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}}}
		chromium.Do(t, ctx, "emulate "+v.name, chromedp.EmulateViewport(v.width, 800), chromium.Call(emulation.SetEmulatedMedia, media),
			chromium.Call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
		for _, s := range gallery() {
			name := fmt.Sprintf("%s%s-%s-%s", prefix, s.name, language, v.name)
			if s.name == "form-post" {
				continue // it leaves at once
			}
			chromium.Do(t, ctx, name, chromedp.Navigate(home+"/show/"+language+"/"+s.name), chromedp.WaitVisible("h1"),
				chromium.Until(fmt.Sprintf(`(document.activeElement.name ?? "") === %q`, s.focus)))
			for _, js := range []string{hard, wellFormed} {
				if found := eval[string](t, ctx, js); found != "" {
					t.Errorf("%s: %s", name, found)
				}
			}
			if dir != "" {
				picture(t, ctx, filepath.Join(dir, name+".png"))
			}
		}
	}
}

func picture(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o600); err != nil {
		t.Fatal(err)
	}
}
