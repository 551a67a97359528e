package host_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/plugins"
)

// salted is a module that differs from another in nothing but its digest.
func salted(module []byte, salt int) []byte {
	content := fmt.Sprintf("\x04salt%08d", salt)
	return append(append(slices.Clone(module), 0, byte(len(content))), content...)
}

// BenchmarkColdStart is how long a host takes to have ten plugins ready whose
// compiled code lies in its cache: the bundled ones, as often as it takes.
func BenchmarkColdStart(b *testing.B) {
	dir := b.TempDir()
	text := "public_url: https://login.example.com\nproviders: {b: {type: builtin}}\nplugins:\n"
	names := plugins.Names()
	for i := range 10 {
		name := names[i%len(names)]
		file := filepath.Join(dir, fmt.Sprintf("%d.wasm", i))
		module, _ := plugins.Bundled(name)
		if err := os.WriteFile(file, salted(module, i), 0o600); err != nil {
			b.Fatal(err)
		}
		text += fmt.Sprintf("  p%d: {module: %s, sources: [idTokenClaims, userInfo, authnResponse], config: %s}\n", i, file, cmp.Or(configOf[name], "{}"))
	}
	cfg, err := config.Parse("doorward.yaml", []byte(text), os.LookupEnv, os.ReadFile)
	if err != nil {
		b.Fatal(err)
	}
	cache := filepath.Join(dir, "cache")
	start := func() {
		stop, err := host.LoadRules(context.Background(), host.Options{Config: cfg}, cache)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		stop()
		b.StartTimer()
	}
	start() // fills the cache
	b.ResetTimer()
	for range b.N {
		start()
	}
}

// configOf is the least config that a bundled plugin takes, where it is not {}.
var configOf = map[string]string{"static-table": `{lookup: /userInfo/sub, csv: "sub,roles\nx,y"}`}

// BenchmarkHotSwap is one swap of a module while 64 people log in without
// pause: what it takes, and what the longest of their calls took, during swaps
// and without one.
func BenchmarkHotSwap(b *testing.B) {
	runtime, err := plugin.NewRuntime(context.Background(), plugin.RuntimeConfig{CacheDir: filepath.Join(b.TempDir(), "cache"), ReplayKey: make([]byte, 32)})
	if err != nil {
		b.Fatal(err)
	}
	defer runtime.Close(context.Background())
	module, _ := plugins.Bundled("groups-to-roles")
	path := filepath.Join(b.TempDir(), "p.wasm")
	install := func(salt int) {
		if err := os.WriteFile(path+".new", salted(module, salt), 0o600); err != nil {
			b.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			b.Fatal(err)
		}
	}
	install(0)
	declared := plugin.Config{Name: "p", Module: path, Limits: plugin.Limits{Concurrent: 64, Timeout: 10 * time.Second}}
	slot, err := runtime.OpenSlot(context.Background(), declared, nil)
	if err != nil {
		b.Fatal(err)
	}
	crowd := newCrowd(b, slot, 64)
	time.Sleep(time.Second)
	without := crowd.longest.Swap(0)
	crowd.calls.Store(0)
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		install(i + 1)
		b.StartTimer()
		if err := slot.Reload(context.Background(), declared); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	crowd.end()
	b.ReportMetric(float64(crowd.calls.Load())/float64(b.N), "logins/op")
	b.ReportMetric(float64(crowd.failed.Load()), "failed")
	b.ReportMetric(float64(crowd.longest.Load())/1e6, "longest-ms")
	b.ReportMetric(float64(without)/1e6, "longest-without-ms")
}

// crowd is people who log in without pause.
type crowd struct {
	stop                   atomic.Bool
	calls, failed, longest atomic.Int64
	group                  sync.WaitGroup
}

func newCrowd(b *testing.B, slot *plugin.Slot, people int) *crowd {
	doc := login.Document{Login: login.Login{IdP: "corp", Protocol: "oidc"}, ReceivedAt: time.Unix(1_700_000_000, 0)}
	var err error
	claims := `{"sub":"alice","groups":["app-admin","staff"],"padding":"` + strings.Repeat("x", 3800) + `"}`
	if doc.Sources, err = doc.Sources.With(attrs.IDTokenClaims, []byte(claims)); err != nil {
		b.Fatal(err)
	}
	c := &crowd{}
	for range people {
		c.group.Go(func() {
			for !c.stop.Load() {
				began := time.Now()
				if _, err := slot.Map(context.Background(), login.PluginCall{Document: doc}); err != nil {
					c.failed.Add(1)
				}
				c.calls.Add(1)
				if took := int64(time.Since(began)); took > c.longest.Load() {
					c.longest.Store(took)
				}
			}
		})
	}
	return c
}

func (c *crowd) end() {
	c.stop.Store(true)
	c.group.Wait()
}
