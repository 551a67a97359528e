package pages

// A headless Chromium.

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
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
	mux.HandleFunc("POST /idp/", func(w http.ResponseWriter, r *http.Request) { // what was sent
		_ = r.ParseForm()
		_, _ = fmt.Fprintf(w, "%s?%s", r.URL.Path, r.PostForm.Encode())
	})
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
			if ev.Entry.Level == "error" && !strings.HasSuffix(ev.Entry.URL, "/favicon.ico") {
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
