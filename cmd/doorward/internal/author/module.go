// A module on disk, and finding the one that a command is about.

package author

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// maxModule is the most that a host reads.
const maxModule = 32 << 20

// bundledScheme begins the name of a plugin that is part of the binary.
const bundledScheme = "bundled:"

// Module is a built plugin.
type Module struct {
	Path     string        // or bundled:NAME
	Name     string        // from its metadata, else from its path
	SHA256   string        // of its bytes
	Metadata *abi.Metadata // nil when it carries none that can be read

	bytes []byte
}

// Find is the module that an argument names: the file itself, bundled:NAME, or
// what the project in the folder builds to, which is built when its sources are
// newer, unless it is to be taken as it is.
func Find(ctx context.Context, h *Host, argument string, asIs bool, said io.Writer) (*Module, error) {
	if info, err := os.Stat(argument); err != nil || !info.IsDir() {
		return h.named(argument)
	}
	p, err := Open(argument)
	if err != nil {
		return nil, err
	}
	return p.Current(ctx, h, asIs, said)
}

// named is the module in a file, or the one that bundled:NAME names.
func (h *Host) named(argument string) (*Module, error) {
	name, isBundled := strings.CutPrefix(argument, bundledScheme)
	if !isBundled {
		return ReadModule(argument)
	}
	if bytes, ok := h.bundled(name); ok {
		return moduleOf(argument, name, bytes), nil
	}
	return nil, wrong("write one of "+joined(h.names), "no bundled plugin is called %q", name)
}

// ReadModule reads a module; what is in it is not checked.
func ReadModule(path string) (*Module, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, advise(err, "name a module, the folder of a plugin, or bundled:NAME")
	}
	defer file.Close()
	bytes, err := io.ReadAll(io.LimitReader(file, maxModule+1))
	switch {
	case err != nil:
		return nil, advise(err, "name a module, the folder of a plugin, or bundled:NAME")
	case len(bytes) > maxModule:
		return nil, wrong("make it smaller: a host loads no more", "%s is larger than %s", path, bytesText(maxModule))
	}
	return moduleOf(path, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), bytes), nil
}

func moduleOf(path, name string, bytes []byte) *Module {
	m := &Module{Path: path, Name: name, SHA256: digestOf(bytes), bytes: bytes}
	if section, ok, err := wasmbin.Custom(bytes, abi.MetadataSection); err == nil && ok {
		if metadata, err := abi.DecodeMetadata(section); err == nil {
			m.Metadata, m.Name = &metadata, metadata.Name
		}
	}
	return m
}
