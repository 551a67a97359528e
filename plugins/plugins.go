// Package plugins carries the bundled mapper plugins inside the binary. Each
// has a folder here with its source, its plugin.json and the module built from
// them; build.go builds them. A configuration names one as bundled:NAME.
package plugins

import (
	"embed"
	"io/fs"
	"path"
)

//go:generate go run build.go

//go:embed */*.wasm
var modules embed.FS

// Bundled is the Wasm module of the bundled plugin called name, and whether
// there is one. The bytes are the caller's.
func Bundled(name string) ([]byte, bool) {
	if path.Base(name) != name {
		return nil, false
	}
	module, err := modules.ReadFile(name + "/" + name + ".wasm")
	return module, err == nil
}

// Names lists the bundled plugins, sorted.
func Names() []string {
	folders, err := fs.ReadDir(modules, ".")
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(folders))
	for _, folder := range folders {
		names = append(names, folder.Name())
	}
	return names
}
