package plugin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

// The query of a module's address may hold a secret, and so may that of an
// address it redirects to: no error has any of it, however the fetch fails.
func TestAnAddressOfAModuleKeepsItsSecret(t *testing.T) {
	mux := http.NewServeMux()
	redirect := func(path, to string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if from := r.Referer(); from != "" {
				t.Errorf("the server that is redirected to is told %q", from)
			}
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
	}
	redirect("/circle.wasm", "/circle.wasm?next=canary-4711")
	redirect("/downgrade.wasm", "http://127.0.0.1/p.wasm?next=canary-4711")
	redirect("/unreadable.wasm", "https://%zz/p.wasm?next=canary-4711")
	redirect("/unknown.wasm", "https://nowhere.invalid:1/p.wasm?next=canary-4711")
	mux.HandleFunc("/hangup.wasm", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/echo.wasm", func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.Close()
		connection.Write([]byte("HTTP/1.1 403 no " + r.URL.RawQuery + "\r\nContent-Length: 0\r\n\r\n"))
	})
	server := httptest.NewUnstartedServer(mux)
	server.EnableHTTP2 = false
	server.StartTLS()
	defer server.Close()
	runtime := newRuntime(t, func(c *plugin.RuntimeConfig) { c.Transport = server.Client().Transport })
	closed := httptest.NewTLSServer(nil)
	closed.Close()
	for address, want := range map[string]string{
		server.URL + "/absent.wasm":     "404 Not Found",
		server.URL + "/circle.wasm":     "more than 5 redirects",
		server.URL + "/downgrade.wasm":  "without https",
		server.URL + "/unreadable.wasm": "cannot be read",
		server.URL + "/unknown.wasm":    "nowhere.invalid",
		server.URL + "/hangup.wasm":     "EOF",
		server.URL + "/echo.wasm":       "403 Forbidden",
		closed.URL + "/p.wasm":          "refused",
		"https://%zz/p.wasm":            "%zz",
		"https://a\x7fb/p.wasm":         "control character",
	} {
		config := declare(address+"?token=canary-4711#canary-4711", "")
		config.SHA256 = strings.Repeat("0", 64)
		_, err := runtime.Open(context.Background(), config)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", address, err, want)
		} else if text := err.Error(); strings.Contains(text, "canary") || strings.Contains(text, "token") {
			t.Errorf("the secret is in %q", text)
		}
	}
	with := plugin.LoadError{Key: "k", Module: "https://user:canary-4711@m.example/p.wasm?x", Err: context.Canceled}
	if got, want := with.Error(), "k: module https://m.example/p.wasm: context canceled"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
