package plugin_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

// T45: a changed module is swapped in under load; no call fails, none sees
// anything but the old or the new; a bad one is refused and the old stays.
func TestT45_ReloadUnderLoad(t *testing.T) {
	runtime := newRuntime(t)
	path := filepath.Join(t.TempDir(), "p.wasm")
	install := func(module []byte) {
		t.Helper()
		if err := os.WriteFile(path+".new", module, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	role := func(name string) []byte { return guestWriting([]byte(`{"set":{"roles":["` + name + `"]}}`)) }
	install(role("old"))
	var outcomes []plugin.Reloaded
	slot, err := runtime.OpenSlot(context.Background(), declare(path, ""), func(r plugin.Reloaded) { outcomes = append(outcomes, r) })
	if err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			seenNew := false
			for !stop.Load() {
				result, err := slot.Map(context.Background(), signIn(t))
				if err != nil {
					t.Error(err)
					return
				}
				role := result.Set["roles"].([]string)[0]
				if role != "old" && role != "new" || seenNew && role == "old" {
					t.Errorf("got %s, after new: %v", role, seenNew)
					return
				}
				seenNew = seenNew || role == "new"
			}
		})
	}
	ctx := context.Background()
	if err := slot.Reload(ctx, declare(path, "")); err != nil { // nothing changed
		t.Error(err)
	}
	before := slot.Plugin()
	for _, bad := range [][]byte{[]byte("garbage"), fixture(t, "nomap.wasm"), fixture(t, "trapinit.wasm")} {
		install(bad)
		var load *plugin.LoadError
		if err := slot.Reload(ctx, declare(path, "")); !errors.As(err, &load) || slot.Plugin() != before {
			t.Errorf("a bad module gave %v", err)
		}
	}
	install(role("new"))
	if err := slot.Reload(ctx, declare(path, "")); err != nil {
		t.Error(err)
	}
	for range 10 {
		result, err := slot.Map(ctx, signIn(t))
		if err != nil || result.Set["roles"].([]string)[0] != "new" {
			t.Errorf("after the reload: %v, %v", result, err)
		}
	}
	stop.Store(true)
	group.Wait()
	if _, err := before.Map(ctx, signIn(t)); !errors.Is(err, plugin.ErrClosed) {
		t.Errorf("the old plugin still runs: %v", err)
	}
	if err := slot.Reload(ctx, declare(path, `{"other":1}`)); err != nil { // same bytes, another config
		t.Error(err)
	}
	want := []bool{false, false, false, false, true, true}
	if len(outcomes) != len(want) {
		t.Fatalf("%d outcomes: %+v", len(outcomes), outcomes)
	}
	for i, o := range outcomes {
		if failed := i >= 1 && i <= 3; o.Changed != want[i] || (o.Err != nil) != failed || o.Plugin != "p" {
			t.Errorf("outcome %d is %+v", i, o)
		}
	}
}

// Two plugins may share a module; closing one leaves the other.
func TestCloseLeavesOthers(t *testing.T) {
	runtime := newRuntime(t)
	a, b := open(t, runtime, declare("probe.wasm", `{"probe":5}`)), open(t, runtime, declare("probe.wasm", `{"probe":5}`))
	ctx := context.Background()
	for range 2 {
		if err := a.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	if _, err := a.Map(ctx, signIn(t)); !errors.Is(err, plugin.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	probe(t, b, signIn(t))
	if err := runtime.Close(ctx); err != nil {
		t.Error(err)
	}
	if _, err := b.Map(ctx, signIn(t)); !errors.Is(err, plugin.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if _, err := runtime.Open(ctx, declare("probe.wasm", "")); err == nil {
		t.Error("a closed runtime opened a plugin")
	}
}
