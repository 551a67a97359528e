package plugin_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

var join = slices.Concat[[]byte]

// code is the code of each of n turns, one after the other.
func code(n int, turn func(i int) []byte) (all []byte) {
	for i := range n {
		all = append(all, turn(i)...)
	}
	return all
}

func locals(n int) []byte { return join([]byte{1}, leb(n), []byte{i32}) }

// mapOf is a module whose map is code.
func mapOf(locals []byte, code ...[]byte) []byte {
	return module{funcs: []function{{locals: locals, code: join(code...)}}}.bytes()
}

// The engine's compiler takes a time that grows with the square of blocks, or
// with blocks times values; and nothing ends the compilation of one function.
// Modules that make use of that are refused by name, at once.
func TestT42_HostileModulesTakeLongToCompile(t *testing.T) {
	const blocks, spread, size = "blocks, loops and branches is too large", "times that of its variables and operands, is too large", "its size in bytes is too large"
	set := func(i int) []byte { return join([]byte{0x41, 1, 0x21}, leb(i)) }
	get := func(i int) []byte { return join([]byte{0x20}, leb(i)) }
	for name, test := range map[string]struct {
		module []byte
		wants  string
	}{
		"ifs":              {mapOf(nil, repeated([]byte{0x41, 0, 0x04, 0x40, 0x05, 0x0b}, 30_000), zero), blocks},
		"nested blocks":    {mapOf(nil, repeated([]byte{0x02, 0x40, 0x41, 0, 0x0d, 0}, 30_000), repeated([]byte{0x0b}, 30_000), zero), blocks},
		"loops":            {mapOf(nil, repeated([]byte{0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b}, 4000), zero), blocks},
		"nested loops":     {mapOf(nil, repeated([]byte{0x03, 0x40}, 4000), repeated([]byte{0x41, 0, 0x0d, 0, 0x0b}, 4000), zero), blocks},
		"tables of labels": {mapOf(nil, repeated(join([]byte{0x02, 0x40, 0x41, 0, 0x0e}, leb(100), repeated([]byte{0}, 101), []byte{0x0b}), 2000), zero), blocks},
		"growing":          {mapOf(nil, repeated([]byte{0x41, 0, 0x40, 0, 0x1a}, 40_000), zero), blocks},
		"variables in ifs": {mapOf(locals(3000), code(3000, func(i int) []byte { return join(get(i), []byte{0x04, 0x40}, set(i), []byte{0x0b}) }), zero), spread},
		"variables in loops": {mapOf(locals(600), repeated([]byte{0x03, 0x40}, 600), code(600, func(i int) []byte { return join(get(i), set(i), []byte{0x1a}) }),
			repeated([]byte{0x41, 0, 0x0d, 0, 0x0b}, 600), zero), spread},
		"addresses":   {mapOf(locals(4000), code(4000, func(i int) []byte { return join(get(i), []byte{0x28, 2, 0, 0x04, 0x40, 0x0b}) }), zero), spread},
		"operands":    {mapOf(nil, repeated([]byte{0x41, 0, 0x28, 0, 0}, 4000), repeated([]byte{0x41, 0, 0x04, 0x40, 0x0b}, 4000), repeated([]byte{0x6a}, 3999)), spread},
		"one long":    {mapOf(nil, zero, repeated([]byte{0x41, 1, 0x6d}, 400_000)), size},
		"many values": {mapOf(nil, repeated([]byte{0x41, 0, 0x28, 0, 0}, 200_000), repeated([]byte{0x6a}, 199_999)), size},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newRuntime(t).Open(context.Background(), hostileConfig(write(t, test.module), plugin.Limits{}))
			refusal(t, err, "plugins.p.module", test.wants)
		})
	}
}

// A module of a great many functions is compiled until the time is up; a plugin
// that runs meanwhile notices nothing.
func TestT42_HostileModuleOfManyFunctions(t *testing.T) {
	r := newRuntime(t, plugin.Compiling(200*time.Millisecond))
	good := open(t, r, hostileConfig(hostile(t, "good"), plugin.Limits{}))
	some := function{code: join(repeated([]byte{0x41, 0, 0x04, 0x40, 0x05, 0x0b}, 300), zero)}
	path := write(t, module{funcs: slices.Repeat([]function{some}, 1000)}.bytes())
	done := make(chan error)
	go func() {
		_, err := r.Open(context.Background(), hostileConfig(path, plugin.Limits{}))
		done <- err
	}()
	for {
		select {
		case err := <-done:
			refusal(t, err, "plugins.p.module", "it takes longer than 200ms to compile; make it smaller")
			return
		default:
			person{"4711"}.served(t, good)
		}
	}
}

// Modules that no text can express are refused by what is wrong with them.
func TestT42_HostileBytes(t *testing.T) {
	good := mapOf(nil, zero)
	imports := func(n int) []byte { // of get, with a wrong type
		entry := join(name("doorward"), name("get"), []byte{0, 0})
		at := 8 + 2 + int(good[9]) // behind the types
		return join(good[:at], sectionOf(2, join(leb(n), repeated(entry, n))), good[at:])
	}
	elements := func(n int) []byte { // passive ones, each a reference that every instance holds
		return module{funcs: []function{{code: zero}}, elements: join([]byte{1, 1, 0}, leb(n), make([]byte, n))}.bytes()
	}
	tables := func(n, size int) []byte {
		return module{funcs: []function{{code: zero}}, tables: join(leb(n), repeated(join([]byte{0x70, 0}, leb(size)), n))}.bytes()
	}
	for name, test := range map[string]struct {
		module []byte
		wants  string
	}{
		"empty":              {nil, "not a core Wasm module"},
		"HTML":               {[]byte("<html>\x1b[0m"), "not a core Wasm module"},
		"a component":        {[]byte("\x00asm\x0d\x00\x01\x00"), "a component"},
		"cut off":            {good[:len(good)-3], "unexpected end"},
		"50 MB":              {join(good, sectionOf(0, join(name("x"), make([]byte, 50<<20)))), "33554432"},
		"a section too long": {join(good, []byte{11, 0xff, 0xff, 0xff, 0xff, 0x0f}), "unexpected end"},
		"an endless number":  {join(good[:8], []byte{1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}), "an integer is longer than its type"},
		"four billion types": {join(good[:8], []byte{1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f}), "the number of types is too large"},
		"sections twice":     {join(good, good[8:]), "stands twice or out of order"},
		"bad UTF-8":          {bytes.Replace(good, []byte("memory"), []byte("mem\xffry"), 1), "a name is not valid UTF-8"},
		"locals":             {mapOf([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f, i32}, zero), "the number of a function's locals is too large"},
		"imports":            {imports(60_000), "must be (i32, i32, i32, i32) -> (i32)"},
		"passive elements":   {elements(4_000_000), "entries of element segments is too large"},
		"sixteen tables":     {tables(16, 200_000), "its tables begin with 3200000 entries"},
		"a thousand tables":  {tables(1000, 1), "the number of tables is too large"},
		"a long export": {module{funcs: []function{{code: zero}}, exported: 1, exports: join(name("doorward."+strings.Repeat("\x1b\n", 1<<20)), []byte{0, 0})}.bytes(),
			`export "doorward.\x1b\n`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newRuntime(t).Open(context.Background(), hostileConfig(write(t, test.module), plugin.Limits{}))
			refusal(t, err, "plugins.p.module", test.wants)
		})
	}
}

// Bytes that differ from a module's at some places are refused, or do no harm.
func TestT42_HostileMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	rt := newRuntime(t, plugin.Grace(50*time.Millisecond))
	original := fixture(t, "probe.wasm")
	loaded := 0
	for range 300 {
		mutated := bytes.Clone(original)
		for range 1 + r.IntN(3) {
			mutated[8+r.IntN(len(mutated)-8)] = byte(r.Uint32())
		}
		config := hostileConfig(write(t, mutated), plugin.Limits{Timeout: 50 * time.Millisecond})
		p, err := rt.Open(context.Background(), config)
		if err != nil {
			refusal(t, err, "plugins.p.module", "")
			continue
		}
		loaded++
		_, err = p.Map(context.Background(), signIn(t))
		if err != nil {
			mustFail[error](t, err)
		}
		if kind := plugin.FailureKind(err); kind == plugin.KindOther {
			t.Errorf("%x: %v", mutated, err)
		}
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if loaded == 0 {
		t.Error("none of them loads: the test proves little")
	}
}

// The engine writes the names of thirty functions into each trap; a guest with
// names of megabytes must not make the host write them.
func TestT42_HostileNames(t *testing.T) {
	long := strings.Repeat("ü", 4<<20)
	m := module{funcs: []function{{code: []byte{0x10, 0}}}, rest: nameSection(long)}.bytes()
	p := open(t, newRuntime(t), hostileConfig(write(t, m), plugin.Limits{}))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := p.Map(context.Background(), signIn(t))
	runtime.ReadMemStats(&after)
	if limit := mustFail[*plugin.LimitError](t, err); limit.Limit != "depth" {
		t.Errorf("got %+v", limit)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("the call took %d MB", used>>20)
	}
}

// nameSection gives function 0 a name.
func nameSection(of string) []byte {
	list := join([]byte{1, 0}, name(of))
	return sectionOf(0, join(name("name"), []byte{1}, leb(len(list)), list))
}

// A schema that would take for ever, or for ever nest, is refused or ends.
func TestT42_HostileSchemas(t *testing.T) {
	laughs := `{"$defs":{"a0":{"type":"object"}`
	for i := 1; i <= 40; i++ {
		laughs += fmt.Sprintf(`,"a%d":{"allOf":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%d"}]}`, i, i-1, i-1)
	}
	laughs += `},"$ref":"#/$defs/a40"}`
	for name, schema := range map[string]string{
		"itself":      `{"$ref":"#"}`,
		"all of self": `{"allOf":[{"$ref":"#"}]}`,
		"in a circle": `{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"anyOf":[{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}`,
		"dynamic":     `{"$dynamicAnchor":"x","$dynamicRef":"#x"}`,
		"laughs":      laughs,
		"nested":      strings.Repeat(`{"not":`, 60) + `{}` + strings.Repeat(`}`, 60),
		"pattern":     `{"properties":{"a":{"pattern":"((((a{0,1000}){0,1000}){0,1000}){0,1000})"}}}`,
		"matches":     `{"properties":{"a":{"pattern":"(a|a)*(a|a)*(a|a)*$"}}}`,
		"a number":    `{"properties":{"a":{"maxLength":1e999999999}}}`,
		"a fraction":  `{"properties":{"n":{"multipleOf":1e-999999999}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			m, err := wasmbin.WithCustom(guestWriting([]byte("{}")), abi.MetadataSection, []byte(`{"name":"a","config":`+schema+`}`))
			if err != nil {
				t.Fatal(err)
			}
			config := hostileConfig(write(t, m), plugin.Limits{})
			config.Config = []byte(`{"a":"` + strings.Repeat("a", 10_000) + `!","n":1}`)
			rt := newRuntime(t)
			done := make(chan error, 1)
			go func() {
				_, err := rt.Open(context.Background(), config)
				done <- err
			}()
			select {
			case err := <-done:
				if err != nil {
					refusal(t, err, "plugins.p.config", "schema")
				}
			case <-time.After(10 * time.Second):
				t.Fatal("it is not checked after ten seconds")
			}
		})
	}
}
