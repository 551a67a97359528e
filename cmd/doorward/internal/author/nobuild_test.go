package author_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

// What plugin.json runs is shown first, and cannot hide in it.
func TestBuildShowsWhatXBuildRuns(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "plugin.json", `{"name":"x","x-build":{"run":["true","--to=a/b.c","","a b","\u001b[2K\rls","a\nb","\u202e"],"module":"x.bin"}}`)
	p, err := author.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := build(t, host(t), p)
	want := `x-build in ` + filepath.Join(dir, "plugin.json") + ` runs true --to=a/b.c "" "a b" "\x1b[2K\rls" "a\nb" "\u202e"` + "\n"
	if said != want {
		t.Errorf("it said %q, want %q", said, want)
	}
}

// A folder with nothing but plugin.json and the module can be used, and says why
// it cannot be built.
func TestAFolderWithoutSources(t *testing.T) {
	h, dir := host(t), t.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata", "team.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	file(t, dir, "plugin.json", `{"name":"team"}`)
	file(t, dir, "team.wasm", string(text))
	file(t, dir, "testdata/red/input.json", redInput)
	file(t, dir, "testdata/red/output.json", red)
	p, err := author.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	old := time.Unix(1_000_000_000, 0)
	if err := os.Chtimes(p.Module(), old, old); err != nil {
		t.Fatal(err)
	}
	if sum, out := test(t, h, p, author.TestOptions{AsIs: true}); sum.Passed != 1 {
		t.Error(out)
	}
	if m, err := author.Find(context.Background(), h, dir, true, &bytes.Buffer{}); err != nil || m.Path != p.Module() {
		t.Errorf("%+v, %v", m, err)
	}
	_, _, err = build(t, h, p)
	advised(t, err, "no language is recognised", "x-build")
	advised(t, err, "no language is recognised", "--no-build")
}

// With --no-build no command of the folder runs, however old the module is.
func TestNoBuildRunsNothing(t *testing.T) {
	ctx, h, p := context.Background(), host(t), project(t, "team", "")
	text, err := os.ReadFile(filepath.Join("testdata", "team.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	ran := filepath.Join(p.Dir, "ran")
	file(t, p.Dir, "plugin.json", `{"name":"team","x-build":{"run":["touch","`+ran+`"],"module":"x.bin"}}`)
	if p, err = author.Open(p.Dir); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	_, err = author.Find(ctx, h, p.Dir, true, &said)
	advised(t, err, "there is no "+p.Module(), "run doorward plugin build, or leave out --no-build")
	_, err = p.Test(ctx, h, author.TestOptions{AsIs: true}, &said, &said)
	advised(t, err, "there is no "+p.Module(), "run doorward plugin build")

	file(t, p.Dir, "team.wasm", string(text))
	file(t, p.Dir, "testdata/red/output.json", red)
	old := time.Unix(1_000_000_000, 0)
	if err := os.Chtimes(p.Module(), old, old); err != nil {
		t.Fatal(err)
	}
	if m, err := author.Find(ctx, h, p.Dir, true, &said); err != nil || m.Path != p.Module() {
		t.Errorf("%+v, %v", m, err)
	}
	if sum, out := test(t, h, p, author.TestOptions{AsIs: true}); sum.Passed != 1 {
		t.Error(out)
	}
	if _, err := os.Stat(ran); err == nil || said.Len() != 0 {
		t.Errorf("a command ran: %s", said.String())
	}
	_, _ = author.Find(ctx, h, p.Dir, false, &said)
	if _, err := os.Stat(ran); err != nil {
		t.Errorf("without it the command does not run: %v", err)
	}
}
