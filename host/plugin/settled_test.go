package plugin

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Every call of a guest in Go begins in an allocator that has room, and not at
// the end of it: the first call from the image uses no more fuel than those
// after it in the same instance, and writes to few pages.
func TestGoGuestsAreSettled(t *testing.T) {
	p := openIn(t, "", staffInGo(t), `{"prefix":"app-"}`)
	input := benchInput(t, `{"prefix":"app-"}`)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := p.newCall(input, "x", imageTime)
	i, err := p.engine.instance(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer p.engine.pool.drop(i)
	fuel := func() int64 {
		c := p.newCall(input, "x", imageTime)
		c.begin(context.Background(), time.Minute)
		if err := p.engine.perform(i, c); err != nil {
			t.Fatal(err)
		}
		return c.fuel.used()
	}
	i.memory.space.begin()
	first, pages := fuel(), writtenPages(i, p.engine.image)
	least := first
	for range 20 {
		least = min(least, fuel())
	}
	if first > least+least/50 {
		t.Errorf("a call from the image uses %d of fuel, and %d when the instance is used again", first, least)
	}
	if pages > 24 {
		t.Errorf("a call writes to %d pages of 4 KiB", pages)
	}
}

// A guest in Go never gives memory back. There is enough for a large login, so
// that its instance need not be thrown away for having grown.
func TestGoGuestsHaveMemoryInReserve(t *testing.T) {
	p := openIn(t, "", staffInGo(t), `{"prefix":"app-"}`)
	for _, size := range []int{4, 16, 64} {
		input := grownInput(t, `{"prefix":"app-"}`, size<<10, 200)
		for range 3 {
			if _, err := p.Run(context.Background(), Job{Input: input}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if pool := p.Stats().Pool; pool.Dropped > 0 {
		t.Errorf("%d instances were thrown away", pool.Dropped)
	}
}

// staffInGo is the example mapper.
func staffInGo(t *testing.T) (module string) {
	t.Helper()
	module = filepath.Join(t.TempDir(), "staff.wasm")
	text, err := exec.Command("../../sdk/go/build-guest", "../../examples/plugins/go", module).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 && os.Getenv("DOORWARD_CI") != "1" {
		t.Skipf("%s", bytes.TrimSpace(text))
	}
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return module
}

// writtenPages counts the pages that are not as they are in the image.
func writtenPages(i *instance, image *image) (n int) {
	content := image.memory.content()
	memory, _ := i.module.Memory().Read(0, uint32(len(content)))
	for at := 0; at < len(content); at += 4 << 10 {
		if !bytes.Equal(memory[at:at+4<<10], content[at:at+4<<10]) {
			n++
		}
	}
	return n
}
