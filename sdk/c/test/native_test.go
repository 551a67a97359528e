package test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/sdk/abi"
	"github.com/doorward/doorward/sdk/tck"
)

// The compilers of the native tests. Sanitizers are gcc's: Debian's clang has
// none without a further package. With DW_ARENA_EXACT they see each piece of
// the arena.
var compilers = map[string][]string{
	"clang":     {"clang", "-O2"},
	"sanitized": {"gcc", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"},
	"exact":     {"gcc", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DDW_ARENA_EXACT"},
}

// native compiles sources, or what else a compiler takes, together with the SDK
// and returns the program.
func native(t testing.TB, compiler string, sources ...string) string {
	t.Helper()
	command := compilers[compiler]
	if _, err := exec.LookPath(command[0]); err != nil {
		missing(t, command[0]+" is missing: install Debian's "+command[0])
	}
	// An arena is never given back, as in a guest.
	t.Setenv("ASAN_OPTIONS", "detect_leaks=0")
	out := filepath.Join(t.TempDir(), "program")
	arguments := append(command[1:len(command):len(command)], "-std=c11", "-Wall", "-Wextra", "-Werror", "-I..", "-o", out, "../doorward.c")
	run(t, nil, command[0], append(arguments, sources...)...)
	return out
}

func TestUnits(t *testing.T) {
	for compiler := range compilers {
		t.Run(compiler, func(t *testing.T) {
			said := string(run(t, nil, native(t, compiler, "testdata/unit.c")))
			if !strings.HasSuffix(said, " checks, 0 wrong\n") {
				t.Error(said)
			}
		})
	}
}

// program is a mapper with native.c as a Runner of the kit.
type program struct {
	t    testing.TB
	path string
}

func (p program) Run(_ context.Context, job tck.Job) (tck.Outcome, error) {
	output := abi.Raw(run(p.t, job.Input, p.path))
	if err := output.Check(); err != nil {
		return tck.Outcome{}, err
	}
	result, _ := output.Get("/result")
	failure, _ := output.Get("/failure")
	reason, failed := failure.Text()
	log, _ := output.Get("/log")
	lines, _ := log.Texts()
	return tck.Outcome{Result: result, Failed: failed, Reason: reason, Log: lines}, nil
}

// The conformance kit's part on reading and writing, natively.
func TestKitNatively(t *testing.T) {
	tck.Mapping(t, program{t, native(t, "exact", "-Wno-attributes", "../native.c", "../tck/tck.c", "testdata/wasi.c")}, os.DirFS("../../abi/testdata"))
}

// A guest must stay small: that is much of why one writes it in C.
func TestGuestIsSmall(t *testing.T) {
	if size := len(guest(t, "../../../examples/plugins/c")); size > 20_000 {
		t.Errorf("the example has %d bytes", size)
	}
}

// Guests need no C library and no WASI, and grow their memory only for large
// documents.
func TestGuestImportsOnlyTheHost(t *testing.T) {
	imports := imports(t, guest(t, "../../../examples/plugins/c"))
	for _, name := range imports {
		if !strings.HasPrefix(name, abi.Module+".") {
			t.Errorf("it imports %s", name)
		}
	}
	if len(imports) != 4 {
		t.Errorf("it imports %s", imports)
	}
}
