package pages

// The gallery in a browser: what is hard to read, where the focus is, and
// pictures when DOORWARD_SHOTS names a folder.

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/page"
)

// serveGallery answers /show/LANGUAGE/STATE, and what the pages load.
func serveGallery(t *testing.T, p *Pages) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+page.AssetPrefix, func(w http.ResponseWriter, r *http.Request) {
		content, mediaType, ok := page.Asset(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(content)
	})
	mux.HandleFunc("GET /idp"+StylesheetPath, p.Stylesheet)
	mux.HandleFunc("GET /idp"+LogoPath, p.Logo)
	for _, s := range gallery() {
		mux.HandleFunc("GET /show/{language}/"+s.name, func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Accept-Language", r.PathValue("language"))
			if err := p.Show(w, r, http.StatusOK, s.page); err != nil {
				t.Error(err)
			}
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // a name that passkeys accept
}

type action = chromedp.Action[chromedp.Void]

// browser starts a headless Chromium that reports as a failure what its
// console says, and every request to elsewhere than home.
func browser(t *testing.T, home string) context.Context {
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
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	err = chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *log.EventEntryAdded:
			if ev.Entry.Level == "error" {
				t.Errorf("browser log: %s %s", ev.Entry.Text, ev.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("browser exception: %s", ev.ExceptionDetails.Text)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(ev.Request.URL, home+"/") && ev.Request.URL != "about:blank" {
				t.Errorf("the browser asked for %s", ev.Request.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func call[P, R any](command cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

func do(t *testing.T, ctx context.Context, what string, actions ...action) {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(step, actions...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// complaints is what the host's own browser tests hold against a page.
func complaints(t *testing.T) string {
	t.Helper()
	js, err := os.ReadFile("../../../cmd/doorward/testdata/readable.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(js)
}

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
	hard, dir := complaints(t), os.Getenv("DOORWARD_SHOTS")
	for _, v := range looks {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}}}
		do(t, ctx, "emulate "+v.name, chromedp.EmulateViewport(v.width, 800), call(emulation.SetEmulatedMedia, media),
			call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
		for _, s := range gallery() {
			name := fmt.Sprintf("%s%s-%s-%s", prefix, s.name, language, v.name)
			if s.name == "form-post" {
				continue // it leaves at once
			}
			do(t, ctx, name, chromedp.Navigate(home+"/show/"+language+"/"+s.name), chromedp.WaitVisible("h1"),
				until(fmt.Sprintf(`(document.activeElement.name ?? "") === %q`, s.focus)))
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

// until waits until the JavaScript expression holds.
func until(js string) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for {
			if ok, err := chromedp.Evaluate[bool](js)(ctx, target); err == nil && ok {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%w while waiting for %s", ctx.Err(), js)
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}
