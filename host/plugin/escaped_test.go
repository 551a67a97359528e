package plugin

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/doorward/doorward/sdk/abi"
)

// To compare a pointer with a long name that holds an escape costs what it
// takes: a person whose claims have one cannot make get cheap and slow.
func TestT42_LongEscapedNamesAreCharged(t *testing.T) {
	name := strings.Repeat("a", 1<<16)
	text := []byte(`{"sources":{"userInfo":{"\u0061` + name + `":1,"b":2}}}`)
	for _, pointer := range []string{"b", strings.Repeat("b", 1<<16)} {
		x := index{text: text}
		if value, found := x.find([]string{"sources", "userInfo", pointer}); found != (pointer == "b") || found && string(value) != "2" {
			t.Fatalf("%.5s: got %q, %t", pointer, value, found)
		}
		before := x.work
		x.find([]string{"sources", "userInfo", pointer})
		if again, long := x.work-before, len(pointer) > 1; long != (again >= len(name)) {
			t.Errorf("a pointer of %d bytes is charged %d for a name of %d", len(pointer), again, len(name))
		}
	}
}

// Many small containers that are looked into cost memory like what is in them.
func TestT42_ManyContainersAreBounded(t *testing.T) {
	count := maxEntries + 10
	text := []byte(`{"sources":{"userInfo":{"a":[` + strings.TrimSuffix(strings.Repeat("[],", count), ",") + `]}}}`)
	x := index{text: text}
	asked := 0
	for ; asked < count && x.entries <= maxEntries; asked++ {
		x.find([]string{"sources", "userInfo", "a", strconv.Itoa(asked), "0"})
	}
	if asked == count || len(x.nodes) > maxEntries {
		t.Errorf("%d look-ups made %d nodes and %d entries", asked, len(x.nodes), x.entries)
	}
}

// Two plugins of one login do not know each other's randomness.
func TestPluginsDrawDifferentRandomness(t *testing.T) {
	runtime, err := NewRuntime(context.Background(), RuntimeConfig{ReplayKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.Close(context.Background())
	seen := map[[32]byte]bool{}
	for _, name := range []string{"one", "two", "one"} {
		p := &Plugin{config: Config{Name: name}, runtime: runtime, engine: &engine{}}
		seen[p.newCall(abi.AppendInput(nil, abi.Input{}), "0011", imageTime).seed()] = true
	}
	if len(seen) != 2 {
		t.Errorf("%d seeds for two plugins", len(seen))
	}
}
