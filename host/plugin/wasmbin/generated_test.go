package wasmbin_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// Random programs do the same when they are rewritten, and use at least as
// much fuel as they run instructions.
func TestRandomProgramsAreTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	same, engine := 0, newGenerated(t)
	for range 500 {
		data := make([]byte, 40+random.IntN(400))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		if engine.compare(t, data) {
			same++
		}
	}
	if same < 60 {
		t.Errorf("only %d programs ended", same)
	}
}

func FuzzGenerated(f *testing.F) {
	f.Add([]byte("any bytes"))
	engine := newGenerated(f)
	f.Fuzz(func(t *testing.T, data []byte) { engine.compare(t, data) })
}

type generated struct{ runtime wazero.Runtime }

func newGenerated(t testing.TB) *generated {
	r := wazero.NewRuntimeWithConfig(context.Background(), wazero.NewRuntimeConfigCompiler())
	t.Cleanup(func() { r.Close(context.Background()) })
	return &generated{r}
}

// compare runs a program as it is, counted and rewritten. It says whether the
// program came to an end.
func (e *generated) compare(t *testing.T, data []byte) bool {
	plain := generate(data, false)
	if err := check(plain); err != nil {
		t.Fatalf("%x: %v", data, err)
	}
	g := &metered{Rewritten: rewrite(t, plain, wasmbin.Options{TableMax: 100, MaxDepth: 40}), slice: 100, budget: 20_000}
	g.startIn(t, e.runtime)
	defer g.Close(context.Background())
	var want []string
	var fuel []int64
	for i := range genFunctions {
		results, used, err := g.call(fmt.Sprintf("f%d", i), 3, 5)
		if g.global(wasmbin.ExportDeep) == 1 || g.budget < g.slice {
			return false
		}
		want = append(want, show(results)+cause(err))
		fuel = append(fuel, used)
		if err != nil {
			break
		}
	}
	got, _ := e.run(t, plain, len(want))
	if !slices.Equal(got, want) {
		t.Errorf("%x: %q, rewritten %q", data, got, want)
	}
	_, counts := e.run(t, generate(data, true), len(want))
	for i := range counts {
		most := fuel[i]
		if most == 0 { // a function without a check, called by the host
			most = 64
		}
		if counts[i] > most {
			t.Errorf("%x: %d instructions ran for fuel of %d", data, counts[i], fuel[i])
		}
	}
	return true
}

func (e *generated) run(t *testing.T, module []byte, calls int) (seen []string, counts []int64) {
	ctx := context.Background()
	guest, err := e.runtime.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close(ctx)
	before := int64(0)
	for i := range calls {
		results, err := guest.ExportedFunction(fmt.Sprintf("f%d", i)).Call(ctx, 3, 5)
		seen = append(seen, show(results)+cause(err))
		count := int64(uint32(guest.ExportedGlobal("count").Get()))
		counts = append(counts, count-before)
		before = count
	}
	return seen, counts
}
