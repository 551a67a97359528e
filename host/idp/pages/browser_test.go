package pages

// A headless Chromium.

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest/chromium"

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

// browser starts a headless Chromium that reports as a failure what its
// console says, and every request to elsewhere than home.
func browser(t *testing.T, home string) context.Context {
	t.Helper()
	return chromium.Start(t, chromium.Options{Home: home, Quiet: []string{"/favicon.ico"}, Within: 4 * time.Minute})
}

func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
