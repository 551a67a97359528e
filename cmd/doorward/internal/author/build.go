// Building: from a project's sources to the module that a host loads.

package author

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// Built is a module that was built.
type Built struct {
	Path     string `json:"path"`
	Size     int    `json:"size"` // bytes
	SHA256   string `json:"sha256"`
	Language string `json:"language"` // empty for a build of the project's own
}

// Build runs the project's toolchain, whose messages go to said, as does the
// command line of an x-build before it runs; it strips the
// module's debug sections, puts plugin.json into it, asks the host's runtime
// whether it would load it, and writes it to Project.Module, with the time of
// the newest source. When anything fails, the module that was there stays.
func (p *Project) Build(ctx context.Context, h *Host, said io.Writer) (Built, error) {
	newest := p.newest()
	module, err := p.compile(ctx, said)
	if err != nil {
		return Built{}, err
	}
	if module, err = p.finish(module); err != nil {
		return Built{}, err
	}
	if err := h.try(ctx, p, module); err != nil {
		return Built{}, err
	}
	err = writeWhole(p.Module(), module)
	if err == nil { // a source that changed meanwhile is newer than that
		err = os.Chtimes(p.Module(), newest, newest)
	}
	if err != nil {
		return Built{}, advise(err, "make %s writable", p.Dir)
	}
	built := Built{Path: p.Module(), Size: len(module), SHA256: digestOf(module)}
	if p.language != nil {
		built.Language = p.language.name
	}
	return built, nil
}

// Write prints what was built.
func (b Built) Write(w io.Writer) {
	fmt.Fprintf(w, "%s  %s\nsha256: %s\n", b.Path, bytesText(int64(b.Size)), b.SHA256)
}

// Current is the project's module, built when it is older than the sources.
// With asIs nothing is built, so no command of the folder runs.
func (p *Project) Current(ctx context.Context, h *Host, asIs bool, said io.Writer) (*Module, error) {
	switch {
	case asIs && !exists(p.Module()):
		return nil, wrong("run doorward plugin build, or leave out --no-build; both run the folder's code", "there is no %s", p.Module())
	case !asIs && p.stale():
		if _, err := p.Build(ctx, h, said); err != nil {
			return nil, err
		}
	}
	return ReadModule(p.Module())
}

// compile runs the toolchain and returns what it made.
func (p *Project) compile(ctx context.Context, said io.Writer) ([]byte, error) {
	temp, err := os.MkdirTemp("", "doorward-plugin-")
	if err != nil {
		return nil, advise(err, "make the folder for temporary files writable, or name another with TMPDIR")
	}
	defer os.RemoveAll(temp)
	out := filepath.Join(temp, "guest.wasm")
	steps, err := p.steps(&out)
	if err != nil {
		return nil, err
	}
	if p.custom != nil {
		fmt.Fprintf(said, "x-build in %s runs %s\n", filepath.Join(p.Dir, metadataFile), commandLine(p.custom.run))
	}
	for _, s := range steps {
		if err := s.do(ctx, p.Dir, said); err != nil {
			return nil, err
		}
	}
	return readOne(out)
}

// readOne reads the one file that matches a pattern.
func readOne(pattern string) ([]byte, error) {
	found, _ := filepath.Glob(pattern)
	if len(found) != 1 {
		return nil, wrong("see that it builds one module: a Rust crate needs crate-type = [\"cdylib\"]", "the toolchain left %d modules at %s", len(found), pattern)
	}
	module, err := os.ReadFile(found[0])
	return module, advise(err, "make it readable")
}

// steps are the commands that make the module at *out, or leave it elsewhere
// and say where in *out, a pattern.
func (p *Project) steps(out *string) ([]step, error) {
	if p.custom != nil {
		*out = filepath.Join(p.Dir, p.custom.module)
		return []step{{run: p.custom.run, missing: "install it, or change x-build in plugin.json"}}, nil
	}
	if p.language == nil {
		return nil, wrong(`add a source (*.go, Cargo.toml, asconfig.json, *.c), say in plugin.json what builds it: "x-build":{"run":["COMMAND"],"module":"FILE"}, or take the module that is there with --no-build`,
			"no language is recognised in %s", p.Dir)
	}
	return p.language.steps(p, out)
}

// finish strips a module and gives it its metadata.
func (p *Project) finish(module []byte) ([]byte, error) {
	module, err := strip(module)
	if err == nil {
		module, err = wasmbin.WithCustom(module, abi.MetadataSection, p.section)
	}
	if err != nil {
		return nil, wrong("see that the toolchain makes a core module for WebAssembly 2.0, not a component", "what the toolchain made cannot be read: %w", err)
	}
	return module, nil
}

func digestOf(module []byte) string {
	sum := sha256.Sum256(module)
	return hex.EncodeToString(sum[:])
}

// writeWhole writes a file that is either the old one or the new one.
func writeWhole(path string, content []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), ".part-")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone when it was renamed
	_, err = part.Write(content)
	if closed := part.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(part.Name(), 0o644)
	}
	if err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}
