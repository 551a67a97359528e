package plugin_test

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

// held counts the mappings and descriptors of images in this process.
func held(t *testing.T) (mappings, files int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range open {
		if to, _ := os.Readlink("/proc/self/fd/" + file.Name()); bytes.Contains([]byte(to), []byte("doorward-image")) {
			files++
		}
	}
	return bytes.Count(maps, []byte("doorward-image")), files
}

// What a plugin maps is unmapped when it is closed or replaced, whatever
// became of its calls.
func TestReloadsLeakNoMemory(t *testing.T) {
	runtime := newRuntime(t)
	mappings, files := held(t)
	slot, err := runtime.OpenSlot(context.Background(), declare("mark.wasm", `{"mark":7}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 30 {
		module := []string{"mark.wasm", "trapmap.wasm", "replay.wasm", "command.wasm", "trapinit.wasm", "exit.wasm"}[n%6]
		_ = slot.Reload(context.Background(), declare(module, `{"mark":7}`)) // trapinit does not load
		for range 3 {
			_, _ = slot.Plugin().Run(context.Background(), jobOf(`{"mark":7}`))
		}
	}
	during, _ := held(t)
	if runtime.Isolation() != plugin.IsolationCopy && during == mappings {
		t.Error("nothing is mapped while a plugin is open: the test proves nothing")
	}
	if err := slot.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if m, f := held(t); m != mappings || f != files {
		t.Errorf("%d mappings and %d files before, %d and %d after", mappings, files, m, f)
	}
}
