package wasmbin_test

// The WebAssembly specification's test suite, as wazero's module carries it:
// what is valid passes and does the same when it is rewritten; what is not is
// refused.

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// suites is the folder of wazero's copies of the test suite.
func suites(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest")
}

type script struct {
	Commands []command `json:"commands"`
}

type command struct {
	Type       string  `json:"type"`
	Line       int     `json:"line"`
	Name       string  `json:"name"`
	Filename   string  `json:"filename"`
	As         string  `json:"as"`
	ModuleType string  `json:"module_type"`
	Text       string  `json:"text"`
	Expected   []value `json:"expected"`
	Action     struct {
		Type   string  `json:"type"`
		Module string  `json:"module"`
		Field  string  `json:"field"`
		Args   []value `json:"args"`
	} `json:"action"`
}

// runner runs scripts on rewritten modules.
type runner struct {
	runtime  wazero.Runtime
	snapshot bool
	later    wazero.Runtime // of version 2, in a suite of version 1
	folder   string
	modules  map[string]api.Module
	last     api.Module
	done     *counts
}

type counts struct{ modules, calls, traps, refused int }

func newRunner(t *testing.T, config wazero.RuntimeConfig, folder string, snapshot bool, done *counts) *runner {
	ctx := context.Background()
	s := &runner{
		runtime: wazero.NewRuntimeWithConfig(ctx, config), snapshot: snapshot, folder: folder,
		modules: map[string]api.Module{}, done: done,
	}
	addMeter(t, s.runtime, func(fuel api.MutableGlobal) { fuel.Set(1 << 62) })
	spectest, err := os.ReadFile(filepath.Join(folder, "..", "..", "testdata", "spectest.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.runtime.InstantiateWithConfig(ctx, spectest, wazero.NewModuleConfig().WithName("spectest")); err != nil {
		t.Fatal(err)
	}
	return s
}

// addMeter gives a runtime the host's import; slice is called with the fuel of
// the guest that calls it.
func addMeter(t testing.TB, r wazero.Runtime, slice func(fuel api.MutableGlobal)) api.Module {
	t.Helper()
	call := api.GoModuleFunc(func(_ context.Context, guest api.Module, _ []uint64) {
		slice(guest.ExportedGlobal(wasmbin.ExportFuel).(api.MutableGlobal))
	})
	meter, err := r.NewHostModuleBuilder(wasmbin.MeterModule).NewFunctionBuilder().
		WithGoModuleFunction(call, nil, nil).Export(wasmbin.MeterSlice).Instantiate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return meter
}

func TestSpecSuite(t *testing.T) {
	compiler := wazero.NewRuntimeConfigCompiler()
	for _, suite := range []struct {
		name     string
		config   wazero.RuntimeConfig
		snapshot bool
	}{
		{"v2", compiler, true},
		{"v1", compiler.WithCoreFeatures(api.CoreFeaturesV1), false},
	} {
		folder := filepath.Join(suites(t), suite.name, "testdata")
		scripts, err := filepath.Glob(filepath.Join(folder, "*.json"))
		if err != nil || len(scripts) == 0 {
			t.Fatalf("no scripts: %v", err)
		}
		var done counts
		for _, file := range scripts {
			name := strings.TrimSuffix(filepath.Base(file), ".json")
			t.Run(suite.name+"/"+name, func(t *testing.T) {
				s := newRunner(t, suite.config, folder, suite.snapshot, &done)
				defer s.runtime.Close(context.Background())
				if suite.name == "v1" {
					s.later = wazero.NewRuntimeWithConfig(context.Background(), wazero.NewRuntimeConfigInterpreter())
					defer s.later.Close(context.Background())
				}
				s.script(t, file)
			})
		}
		t.Logf("%s: %+v", suite.name, done)
		if done.modules < 700 || done.calls < 15000 || done.traps < 450 || done.refused < 900 {
			t.Errorf("%s: only %+v", suite.name, done)
		}
	}
}

func (s *runner) script(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all script
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for i, c := range all.Commands {
		as := ""
		if i+1 < len(all.Commands) && all.Commands[i+1].Type == "register" {
			as = all.Commands[i+1].As
		}
		if message := s.command(c, as); message != "" {
			t.Errorf("line %d: %s: %s", c.Line, c.Type, message)
		}
	}
}

func (s *runner) command(c command, as string) string {
	switch c.Type {
	case "module":
		s.done.modules++
		module, err := s.instantiate(c.Filename, as)
		if err != nil {
			return err.Error()
		}
		s.last = module
		if c.Name != "" {
			s.modules[c.Name] = module
		}
	case "assert_return", "action":
		s.done.calls++
		return s.returns(c)
	case "assert_trap", "assert_exhaustion":
		s.done.traps++
		return s.traps(c)
	case "assert_invalid", "assert_malformed":
		if c.ModuleType == "binary" {
			s.done.refused++
			return s.refused(c)
		}
	case "assert_unlinkable", "assert_uninstantiable":
		_, err := s.instantiate(c.Filename, "")
		// Instances stay when an element segment does not fit: wazero's choice.
		if err == nil && c.Text != "out of bounds table access" {
			return "it was instantiated"
		}
	case "register":
	default:
		return "an unknown command"
	}
	return ""
}

// refused says what is wrong when a module is not refused as it should be.
func (s *runner) refused(c command) string {
	module, err := os.ReadFile(filepath.Join(s.folder, c.Filename))
	if err != nil {
		return err.Error()
	}
	err = check(module)
	if err == nil && s.since2(c.Text, module) {
		return ""
	}
	return typed(err, len(module))
}

// since2 says whether a module that was not valid in version 1 is in 2.
func (s *runner) since2(text string, module []byte) bool {
	if s.later == nil {
		return false
	}
	compiled, err := s.later.CompileModule(context.Background(), module)
	if err == nil {
		compiled.Close(context.Background())
	}
	return err == nil || text == "multiple tables"
}

// check decodes and validates.
func check(module []byte) error {
	m, err := wasmbin.Decode(module)
	if err != nil {
		return err
	}
	return m.Validate()
}

// typed says what is wrong when an error is not one of the package's.
func typed(err error, size int) string {
	var syntax *wasmbin.SyntaxError
	var invalid *wasmbin.ValidationError
	offset := -1
	switch {
	case err == nil:
		return "it was accepted"
	case errors.As(err, &syntax) && errors.Is(err, wasmbin.ErrNotModule):
		offset = syntax.Offset
	case errors.As(err, &invalid) && errors.Is(err, wasmbin.ErrInvalid):
		offset = invalid.Offset
	}
	if offset < 0 || offset > size {
		return "an error without a place: " + err.Error()
	}
	return ""
}

// instantiate rewrites a module and does what the host does with it.
func (s *runner) instantiate(file, as string) (api.Module, error) {
	original, err := os.ReadFile(filepath.Join(s.folder, file))
	if err != nil {
		return nil, err
	}
	m, err := wasmbin.Decode(original)
	if err != nil {
		return nil, err
	}
	if string(m.Encode()) != string(original) {
		return nil, errors.New("encoding gives other bytes")
	}
	o := wasmbin.Options{TableMax: 1<<32 - 1, MaxDepth: 2000, Snapshot: s.snapshot}
	rewritten, err := m.Rewrite(o)
	if err != nil && s.snapshot && strings.Contains(err.Error(), "is not a constant") {
		o.Snapshot = false
		rewritten, err = m.Rewrite(o)
	}
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	instance, err := s.runtime.InstantiateWithConfig(ctx, rewritten.Module, wazero.NewModuleConfig().WithName(as).WithStartFunctions())
	if err != nil {
		return nil, err
	}
	for _, d := range rewritten.Data {
		if !instance.Memory().Write(d.Offset, d.Bytes) {
			return nil, errors.New("a data segment does not fit")
		}
	}
	if start := instance.ExportedFunction(wasmbin.ExportStart); start != nil {
		_, err = start.Call(ctx)
	}
	return instance, err
}

func (s *runner) module(c command) api.Module {
	if c.Action.Module != "" {
		return s.modules[c.Action.Module]
	}
	return s.last
}

func (s *runner) returns(c command) string {
	if c.Action.Type == "get" {
		got := s.module(c).ExportedGlobal(c.Action.Field).Get()
		return compare(c.Expected, []uint64{got})
	}
	got, err := s.module(c).ExportedFunction(c.Action.Field).Call(context.Background(), stackOf(c.Action.Args)...)
	if err != nil {
		return c.Action.Field + ": " + err.Error()
	}
	return compare(c.Expected, got)
}

// traps are wazero's words for the specification's.
var traps = map[string]string{
	"out of bounds memory access":   "out of bounds memory access",
	"indirect call type mismatch":   "indirect call type mismatch",
	"indirect call":                 "indirect call type mismatch",
	"undefined element":             "invalid table access",
	"undefined":                     "invalid table access",
	"out of bounds table access":    "invalid table access",
	"integer overflow":              "integer overflow",
	"invalid conversion to integer": "invalid conversion to integer",
	"integer divide by zero":        "integer divide by zero",
	"unreachable":                   "unreachable",
}

func (s *runner) traps(c command) string {
	module := s.module(c)
	_, err := module.ExportedFunction(c.Action.Field).Call(context.Background(), stackOf(c.Action.Args)...)
	if err == nil {
		return c.Action.Field + ": it returned"
	}
	if c.Type == "assert_exhaustion" {
		deep := module.ExportedGlobal(wasmbin.ExportDeep).(api.MutableGlobal)
		if deep.Get() != 1 {
			return "deep is not set: " + err.Error()
		}
		deep.Set(0)
		module.ExportedGlobal(wasmbin.ExportDepth).(api.MutableGlobal).Set(2000)
		return ""
	}
	want, known := traps[c.Text]
	if !known && strings.HasPrefix(c.Text, "uninitialized") {
		want = "invalid table access"
	}
	if want == "" || !strings.Contains(err.Error(), want) {
		return c.Action.Field + ": " + err.Error() + ", not " + c.Text
	}
	return ""
}
