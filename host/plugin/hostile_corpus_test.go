package plugin_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
)

// hostile assembles testdata/hostile/NAME.wat and returns the module's path.
// The first line may hold flags of the assembler: --no-check for a module that
// is not valid, or a feature that this host does not take.
func hostile(t testing.TB, name string) string {
	t.Helper()
	source := filepath.Join("testdata", "hostile", name+".wat")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".wasm")
	args := []string{"--debug-names", source, "-o", path}
	if first, _, _ := strings.Cut(string(text), "\n"); strings.HasPrefix(first, ";; --") {
		args = append(args, strings.Fields(first)[1:]...)
	}
	if out, err := exec.Command(assembler(t), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", source, err, out)
	}
	return path
}

// hostileConfig declares a guest of the corpus. Its fuel is what it has, and
// the time that it may take is no reason to fail on a busy machine.
func hostileConfig(path string, limits plugin.Limits) plugin.Config {
	if limits.Timeout == 0 {
		limits.Timeout = 30 * time.Second
	}
	if limits.Fuel == 0 {
		limits.Fuel, limits.FuelPerByte = 1_000_000, 1
	}
	limits.Concurrent = 64
	return plugin.Config{Name: "p", Module: path, Limits: limits}
}

// endless has so much fuel that only time ends a call.
var endless = plugin.Limits{Fuel: 1e12, Timeout: 100 * time.Millisecond}

// refused are the modules that do not load, with the key that is to blame and
// words of the message, … between those that do not stand together.
var refused = map[string]struct{ key, wants string }{
	"command-imports":    {"module", "it is a command and imports doorward.input_len; a command reads standard input"},
	"data-empty-outside": {"module", "out of bounds memory access by a data segment"},
	"data-outside":       {"module", "out of bounds memory access by a data segment"},
	"data-wraps":         {"module", "out of bounds memory access by a data segment"},
	"element-outside":    {"module", "out of bounds table access by an element segment"},
	"exceptions":         {"module", "exceptions (try), which is not supported"},
	"export-fuel":        {"module", `export "doorward.fuel": it is a name of the host`},
	"export-global":      {"module", `export "doorward.g0": it is a name of the host`},
	"export-index":       {"module", "unknown global 0"},
	"export-start":       {"module", `export "doorward.start": it is a name of the host`},
	"function-slice":     {"module", "unknown function 1"},
	"global-depth":       {"module", "unknown global 1"},
	"global-fuel":        {"module", "unknown global 1"},
	"import-global":      {"module", "it imports the global doorward.get"},
	"import-meter":       {"module", "doorward.meter"},
	"import-signature":   {"module", "the import doorward.get has the signature (i64, i32, i32, i32) -> (i32); it must be (i32, i32, i32, i32) -> (i32)"},
	"import-unknown":     {"module", "env.system … it offers input_len, input_read, get, output_write … doorward.http_get … wasi_snapshot_preview1.sock_open … wasi_unstable.fd_write"},
	"init-exit":          {"module", "does not start: the guest exited with status 0"},
	"init-grow":          {"module", "plugins.p.limits.memory raises it"},
	"init-loop":          {"module", "plugins.p.limits.timeout raises it"},
	"init-result":        {"module", "export _initialize has the signature () -> (i64); it must be () -> ()"},
	"init-trap":          {"module", "does not start: the guest trapped: unreachable"},
	"map-and-start":      {"module", "exports both map and _start"},
	"map-global":         {"module", "exports neither map"},
	"map-missing":        {"module", "exports neither map (a reactor) nor _start"},
	"map-params":         {"module", "export map has the signature (i64, f64) -> (i32, i32, i64); it must be () -> (i32)"},
	"memories":           {"module", "more than one memory, which is not supported"},
	"memory-function":    {"module", "does not export its memory"},
	"memory-import":      {"module", "it imports the memory env.memory"},
	"memory-initial":     {"limits.memory", "its memory begins with 4294967296 bytes and the limit is 33554432; raise it"},
	"memory-missing":     {"module", `does not export its memory as "memory"`},
	"memory64":           {"module", "64-bit memory, which is not supported"},
	"start-loop":         {"module", "plugins.p.limits.timeout raises it"},
	"start-output":       {"module", "output_write was called before map"},
	"start-signature":    {"module", "the start function has parameters or results"},
	"start-trap":         {"module", "does not start: the guest trapped: unreachable"},
	"table-import":       {"module", "it imports the table env.table"},
	"table-initial":      {"module", "its tables begin with 16000000 entries"},
	"tail-calls":         {"module", "tail calls (return_call), which is not supported"},
	"threads":            {"module", "threads (a shared memory), which is not supported"},
	"untyped":            {"module", "type mismatch: i64 where funcref is wanted"},
}

// hostileCall is a guest that loads, and what becomes of its calls.
type hostileCall struct {
	limits plugin.Limits
	config string
	kind   string // of the failure; none means that the call goes well
	wants  string // a part of the message
}

const (
	fuelSays   = "the call needed more than its fuel"
	timeSays   = "plugins.p.limits.timeout raises it"
	depthSays  = "no key raises it, the guest must recurse less"
	memorySays = "plugins.p.limits.memory raises it"
	outputSays = "plugins.p.limits.output raises it"
)

// called are the modules that load.
var called = map[string]hostileCall{
	"command-exit":               {kind: "guest", wants: "exited with status 3"},
	"contained-deep":             {},
	"contained-descriptors":      {},
	"contained-exports":          {},
	"contained-host-indirect":    {},
	"contained-host-is-map":      {},
	"contained-initialize-again": {},
	"contained-log":              {limits: plugin.Limits{Fuel: 10_000_000}},
	"contained-memory":           {},
	"contained-multi-value":      {},
	"contained-segments":         {},
	"contained-sleep":            {},
	"contained-table-grow":       {limits: plugin.Limits{Fuel: 10_000_000}},
	"error-flood":                {kind: "fuel", wants: fuelSays},
	"exit":                       {kind: "guest", wants: "exited with status 0"},
	"fail":                       {kind: "guest", wants: "map returned -2147483648; its reason is in the trace"},
	"leak-member":                {config: `{"claim":"/sources/idTokenClaims/sub"}`, kind: "result", wants: "unknown member"},
	"leak-source":                {config: `{"claim":"/sources/idTokenClaims/sub"}`, kind: "grant", wants: "add it to plugins.p.sources"},
	"leak-words":                 {kind: "guest", wants: "map returned 1; its reason is in the trace"},
	"loop":                       {kind: "fuel", wants: fuelSays},
	"loop-calls":                 {kind: "fuel", wants: fuelSays},
	"loop-clock":                 {kind: "fuel", wants: fuelSays},
	"loop-copy":                  {kind: "fuel", wants: fuelSays},
	"loop-fill":                  {kind: "fuel", wants: fuelSays},
	"loop-get":                   {kind: "fuel", wants: fuelSays},
	"loop-grow":                  {kind: "fuel", wants: fuelSays},
	"loop-grow-much":             {kind: "fuel", wants: fuelSays},
	"loop-host":                  {kind: "fuel", wants: fuelSays},
	"loop-iovecs":                {kind: "fuel", wants: fuelSays},
	"loop-log":                   {kind: "fuel", wants: fuelSays},
	"loop-poll":                  {kind: "fuel", wants: fuelSays},
	"loop-random":                {kind: "fuel", wants: fuelSays},
	"loop-references":            {kind: "fuel", wants: fuelSays},
	"loop-sleep":                 {kind: "fuel", wants: fuelSays},
	"loop-table":                 {kind: "fuel", wants: fuelSays},
	"memory-grow":                {limits: plugin.Limits{Memory: 8 << 20}, kind: "memory", wants: memorySays},
	"memory-grow-at-once":        {kind: "memory", wants: memorySays},
	"memory-grow-exit":           {kind: "memory", wants: memorySays},
	"memory-grow-trap":           {kind: "memory", wants: memorySays},
	"output-big":                 {limits: plugin.Limits{Memory: 128 << 20}, kind: "output", wants: outputSays},
	"output-deep":                {kind: "result", wants: "64 levels"},
	"output-flood":               {kind: "output", wants: outputSays},
	"output-twice":               {kind: "abi", wants: "output_write was called a second time"},
	"pointers":                   {config: `{"case":"a"}`, kind: "abi", wants: "output_write was given a range outside the memory"},
	"recurse":                    {kind: "depth", wants: depthSays},
	"recurse-caught":             {kind: "depth", wants: depthSays},
	"recurse-indirect":           {kind: "depth", wants: depthSays},
	"recurse-map":                {kind: "depth", wants: depthSays},
	"recurse-mutual":             {kind: "depth", wants: depthSays},
	"replay-slow":                {limits: plugin.Limits{Timeout: 20 * time.Millisecond}, kind: "timeout", wants: timeSays},
	"touch-table":                {kind: "fuel", wants: fuelSays},
	"trap":                       {kind: "trap", wants: "the guest trapped: unreachable"},
	"trap-convert":               {kind: "trap", wants: "invalid conversion to integer"},
	"trap-divide":                {kind: "trap", wants: "integer divide by zero"},
	"trap-fill":                  {kind: "fuel", wants: fuelSays}, // charged before it traps
	"trap-indirect":              {kind: "trap", wants: "invalid table access"},
	"trap-indirect-outside":      {kind: "trap", wants: "invalid table access"},
	"trap-late":                  {kind: "trap", wants: "the guest trapped: unreachable"},
	"trap-load":                  {kind: "trap", wants: "out of bounds memory access"},
	"trap-signature":             {kind: "trap", wants: "indirect call type mismatch"},
	"ungranted":                  {kind: "grant", wants: "add it to plugins.p.sources"},
	"ungranted-escaped":          {kind: "grant", wants: "add it to plugins.p.sources"},
}

// timed are modules of called that have so much fuel that time ends them.
var timed = []string{"loop", "loop-calls", "loop-copy", "loop-fill", "loop-get", "loop-grow", "loop-grow-much", "loop-host", "loop-iovecs", "loop-log", "loop-poll", "loop-random", "loop-sleep", "loop-table", "touch-table"}

// Each module of the corpus is in one of the tables.
func TestHostileCorpusIsComplete(t *testing.T) {
	sources, err := filepath.Glob("testdata/hostile/*.wat")
	if err != nil || len(sources) != len(refused)+len(called)+len(marking)+1 {
		t.Errorf("%d sources, %v; the tables have %d, %d and %d, and good is in none of them", len(sources), err, len(refused), len(called), len(marking))
	}
	for _, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".wat")
		_, atLoad := refused[name]
		_, inCall := called[name]
		_, marks := marking[name]
		if !atLoad && !inCall && !marks && name != "good" {
			t.Errorf("%s is in no table", name)
		}
	}
}
