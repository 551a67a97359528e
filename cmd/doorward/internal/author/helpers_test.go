package author_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
	"github.com/doorward/doorward/plugins"
)

// redInput is an input whose person is in the team red.
const redInput = `{"version":1,"sources":{"userInfo":{"team":"red"}},"user":{},"login":{"idp":"corp","protocol":"oidc","time":1773500966,"forceAuth":false},"config":{}}`

// host is the runtime, with a compilation cache that goes away.
func host(t *testing.T) *author.Host {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	h, err := author.OpenHost(context.Background(), plugins.Bundled, plugins.Names())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

// module is one of testdata.
func module(t *testing.T, name string) *author.Module {
	t.Helper()
	m, err := author.ReadModule(filepath.Join("testdata", name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// file writes a file below a folder and returns its path.
func file(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// project is a project that is built by copying one of testdata's modules, with
// one case.
func project(t *testing.T, guest, metadata string) *author.Project {
	t.Helper()
	dir := t.TempDir()
	source, err := filepath.Abs(filepath.Join("testdata", guest+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	file(t, dir, "plugin.json", `{"name":"`+guest+`"`+metadata+`,"x-build":{"run":["cp","`+source+`","built.bin"],"module":"built.bin"}}`)
	file(t, dir, "testdata/red/input.json", redInput)
	p, err := author.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// test runs a project's cases and returns what was counted and printed.
func test(t *testing.T, h *author.Host, p *author.Project, o author.TestOptions) (author.Tested, string) {
	t.Helper()
	var out, said bytes.Buffer
	sum, err := p.Test(context.Background(), h, o, &out, &said)
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), said.String())
	}
	return sum, out.String()
}

// advised checks that an error says what is wrong, and then what to do.
func advised(t *testing.T, err error, wrong, advice string) {
	t.Helper()
	if err == nil {
		t.Errorf("there is no error; want %q", wrong)
		return
	}
	what, then, found := strings.Cut(err.Error(), "; ")
	if !found || !strings.Contains(what, wrong) || !strings.Contains(then, advice) {
		t.Errorf("got %q, want …%s…; …%s…", err, wrong, advice)
	}
}
