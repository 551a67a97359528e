package plugin_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

func TestModuleFromAURL(t *testing.T) {
	module := guestWriting([]byte(`{"set":{"roles":["far"]}}`))
	sum := sha256.Sum256(module)
	digest := hex.EncodeToString(sum[:])
	asked := 0
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(module) }))
	defer plain.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/p.wasm", func(w http.ResponseWriter, _ *http.Request) { asked++; w.Write(module) })
	mux.HandleFunc("/large.wasm", func(w http.ResponseWriter, _ *http.Request) {
		for range 33 {
			w.Write(make([]byte, 1<<20))
		}
	})
	mux.Handle("/moved.wasm", http.RedirectHandler("/p.wasm", http.StatusFound))
	mux.Handle("/downgrade.wasm", http.RedirectHandler(plain.URL, http.StatusFound))
	mux.Handle("/circle.wasm", http.RedirectHandler("/circle.wasm", http.StatusFound))
	server := httptest.NewTLSServer(mux)
	defer server.Close()

	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	trust := func(c *plugin.RuntimeConfig) { c.Transport, c.CacheDir = server.Client().Transport, dir }
	pinned := func(path, digest string) plugin.Config {
		config := declare(server.URL+path, "")
		config.SHA256 = digest
		return config
	}
	runtime := newRuntime(t, trust)
	refused := map[string]string{
		"/absent.wasm":    "404",
		"/large.wasm":     "larger than 33554432 bytes",
		"/downgrade.wasm": "without https",
		"/circle.wasm":    "redirects",
	}
	for path, want := range refused {
		if _, err := runtime.Open(context.Background(), pinned(path, strings.Repeat("0", 64))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if _, err := runtime.Open(context.Background(), pinned("/p.wasm", strings.Repeat("0", 64))); err == nil || !strings.Contains(err.Error(), digest) {
		t.Errorf("another digest: got %v", err)
	}
	asked = 0
	for _, path := range []string{"/moved.wasm", "/p.wasm"} {
		if result, err := open(t, runtime, pinned(path, digest)).Map(context.Background(), signIn(t)); err != nil || len(result.Set) != 1 {
			t.Errorf("%s: got %v, %v", path, result, err)
		}
	}
	offline := func(c *plugin.RuntimeConfig) { trust(c); c.Offline = true }
	open(t, newRuntime(t, offline), pinned("/p.wasm", digest))
	_, err := newRuntime(t, func(c *plugin.RuntimeConfig) { offline(c); c.CacheDir = "" }).Open(context.Background(), pinned("/p.wasm", digest))
	if err == nil || !strings.Contains(err.Error(), "without --offline") {
		t.Errorf("offline: got %v", err)
	}
	server.Close()
	open(t, newRuntime(t, trust), pinned("/p.wasm", digest)) // a later start does not need the server
	if asked != 1 {
		t.Errorf("the server was asked %d times, want once", asked)
	}
}
