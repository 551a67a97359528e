package test

import (
	"fmt"
	"strings"
	"testing"
)

// A document larger than the arena's first piece makes the memory grow, and
// what grew is used again by the next call.
func TestArenaGrowsOnce(t *testing.T) {
	h := newHost(t, guest(t, "../tck"))
	list := strings.TrimSuffix(strings.Repeat(`"some group",`, 15_000), ",")
	input := []byte(`{"sources":{"userInfo":{"groups":[` + list + `]}},"config":{"do":"texts","pointer":"/sources/userInfo/groups"}}`)
	var sizes []uint32
	for range 3 {
		if err := h.run(input); err != nil {
			t.Fatal(err)
		}
		if want := `{"set":{"attributes":{"ok":true,"value":[` + list + `]}}}`; string(h.output) != want {
			t.Fatalf("got %d bytes, want %d", len(h.output), len(want))
		}
		sizes = append(sizes, h.memory.Size())
	}
	if sizes[0] < 200_000 || sizes[1] != sizes[0] || sizes[2] != sizes[0] {
		t.Errorf("after each call the memory had %d bytes", sizes)
	}
}

func TestFullArenaFailsTheCall(t *testing.T) {
	h := newHost(t, guest(t, "../tck"))
	big := func(n int) error { return h.run(fmt.Appendf(nil, `{"config":{"do":"big","n":%d}}`, n)) }
	if err := big(20_000_000); err == nil || !strings.Contains(h.reason, "DW_ARENA_MAX") || len(h.output) > 0 {
		t.Errorf("got %v, %q and %d bytes", err, h.reason, len(h.output))
	}
	if err := big(3); err != nil || string(h.output) != `{"set":{"attributes":{"text":"xxx"}}}` {
		t.Errorf("after that it gave %s, %v", h.output, err)
	}
}

// A small call stays in the first page.
func TestSmallCallNeedsOnePage(t *testing.T) {
	h := newHost(t, guest(t, "../../../examples/plugins/c"))
	if err := h.run([]byte(`{"sources":{"idTokenClaims":{"groups":["a"]}}}`)); err != nil {
		t.Fatal(err)
	}
	if size := h.memory.Size(); size != 65536 {
		t.Errorf("the memory has %d bytes", size)
	}
}

func TestWhatCompilersCall(t *testing.T) {
	h := newHost(t, guest(t, "testdata/library"))
	if err := h.run([]byte(`{"login":{"time":0}}`)); err != nil || string(h.output) != `{"set":{"attributes":{"len":3,"moved":true,"order":true}}}` {
		t.Errorf("got %s, %v", h.output, err)
	}
}
