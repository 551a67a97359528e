package plugin_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
)

// cacheDir is one compilation cache for the tests that run a Go guest.
var cacheDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "doorward-plugin-test-") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := cacheDir(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func cached(t testing.TB) func(*plugin.RuntimeConfig) {
	t.Helper()
	dir, err := cacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return func(c *plugin.RuntimeConfig) { c.CacheDir = dir }
}

func bundled(config string) plugin.Config {
	c := declare("bundled:groups-to-roles", config)
	c.Limits.Timeout = 20 * time.Second
	return c
}

func TestBundledPluginMapsGroups(t *testing.T) {
	runtime := newRuntime(t, cached(t))
	var stages []plugin.Stage
	runtime2 := newRuntime(t, cached(t), func(c *plugin.RuntimeConfig) {
		c.Progress = func(p plugin.Progress) { stages = append(stages, p.Stage) }
	})
	p := open(t, runtime2, bundled(`{"prefix":"app-"}`))
	if m := p.Info().Metadata; m == nil || m.Name != "groups-to-roles" || m.Deny || p.Info().WarmUp != nil {
		t.Errorf("got %+v, warm-up %v", m, p.Info().WarmUp)
	}
	if len(stages) != 2 || stages[0] != plugin.StageCompiling || stages[1] != plugin.StageReady {
		t.Errorf("the stages were %v", stages)
	}
	result, err := p.Map(context.Background(), signIn(t))
	if err != nil || string(mustJSON(result.Set)) != `{"roles":["member","admin","reader"]}` {
		t.Errorf("got %v, %v", result, err)
	}
	_, err = runtime.Open(context.Background(), bundled(`{"prefix":7}`))
	var load *plugin.LoadError
	if !errors.As(err, &load) || load.Key != "plugins.p.config" {
		t.Errorf("got %v, want plugins.p.config", err)
	}
}

// The Go guest meets document members that it does not know, and a document
// that is larger than its first memory.
func TestBundledPluginOnALargeGreasyDocument(t *testing.T) {
	p := open(t, newRuntime(t, cached(t)), bundled(`{"keep_unmatched":true}`))
	claims := []byte(`{"grease":{"a":[1,{"b":null}]},"":0,"groups":["one"`)
	for len(claims) < 200<<10 {
		claims = append(claims, `,"one"`...)
	}
	document, err := attrs.Document{}.With(attrs.IDTokenClaims, append(claims, `]}`...))
	if err != nil {
		t.Fatal(err)
	}
	result, err := p.Map(context.Background(), login.PluginCall{Document: login.Document{Sources: document, ReceivedAt: received}})
	if err != nil || string(mustJSON(result.Set)) != `{"roles":["one"]}` {
		t.Errorf("got %v, %v", result, err)
	}
}

// A limit below what Go's runtime needs is named, not a mere trap.
func TestGoGuestOutOfMemory(t *testing.T) {
	config := bundled("")
	config.Limits.Memory = 64 << 10
	_, err := newRuntime(t, cached(t)).Open(context.Background(), config)
	var load *plugin.LoadError
	if !errors.As(err, &load) || load.Key != "plugins.p.limits.memory" {
		t.Errorf("got %v", err)
	}
	config.Limits.Memory = 3 << 20
	_, err = newRuntime(t, cached(t)).Open(context.Background(), config)
	if err == nil {
		return // it got by with that
	}
	var limit *plugin.LimitError
	if !errors.As(err, &limit) || limit.Limit != "memory" {
		t.Errorf("got %v, want the memory limit", err)
	}
}

// An entry of the compilation cache that a crash cut off is made anew.
func TestBrokenCacheDoesNotKeepAHostFromStarting(t *testing.T) {
	dir := t.TempDir()
	use := func(c *plugin.RuntimeConfig) { c.CacheDir = dir }
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	open(t, newRuntime(t, use), declare("probe.wasm", `{"probe":5}`))
	cut := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		cut++
		return os.Truncate(path, 40)
	})
	if err != nil || cut == 0 {
		t.Fatalf("%d entries, %v", cut, err)
	}
	p := open(t, newRuntime(t, use), declare("probe.wasm", `{"probe":5}`))
	if got := probe(t, p, signIn(t)); len(got) != 8 {
		t.Errorf("got %x", got)
	}
}

func TestCacheThatOthersMayWriteToIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	_, err := plugin.NewRuntime(context.Background(), plugin.RuntimeConfig{ReplayKey: replayKey, CacheDir: dir})
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want a refusal", err)
	}
}
