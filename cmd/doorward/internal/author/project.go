// A plugin project: the folder that an author works in.

package author

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/doorward/doorward/sdk/abi"
)

// metadataFile is what a project is known by: the plugin's metadata.
const metadataFile = "plugin.json"

// Project is the folder of one plugin.
type Project struct {
	Dir      string
	Metadata abi.Metadata
	section  []byte       // the metadata as the module carries it
	language *language    // nil when none is recognised: it cannot be built, only used
	custom   *customBuild // in the place of the language's build
}

// Open reads the project in dir: its plugin.json, and what language it is
// written in where that can be told.
func Open(dir string) (*Project, error) {
	p := &Project{Dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, metadataFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, wrong("name the folder of a plugin, make one with doorward plugin new, or write the file with at least {\"name\":\"…\"}",
			"there is no %s in %s", metadataFile, dir)
	}
	if err != nil {
		return nil, advise(err, "make it readable")
	}
	if err := p.readMetadata(text); err != nil {
		return nil, advise(metadataFault(filepath.Join(dir, metadataFile), text, err), "mend it; section 6 of sdk/abi/README.md lists its members")
	}
	if p.custom == nil {
		p.language = languageOf(dir)
	}
	return p, nil
}

// Name is the plugin's name.
func (p *Project) Name() string { return p.Metadata.Name }

// Module is where the built module lies.
func (p *Project) Module() string { return filepath.Join(p.Dir, p.Name()+".wasm") }

// stale reports whether a source is newer than the module.
func (p *Project) stale() bool {
	built, err := os.Stat(p.Module())
	return err != nil || p.newest().After(built.ModTime())
}

// newest is when the newest of the files that make the module was changed.
func (p *Project) newest() time.Time {
	var newest time.Time
	p.walk(func(path string, info fs.FileInfo) {
		if !strings.HasPrefix(path, "testdata") && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	})
	return newest
}

// unwatched are folders that tools fill.
var unwatched = map[string]bool{"target": true, "node_modules": true, "build": true}

// walk visits the project's own files, what is built left out, by their paths
// inside it.
func (p *Project) walk(visit func(path string, info fs.FileInfo)) {
	_ = filepath.WalkDir(p.Dir, func(path string, entry fs.DirEntry, err error) error {
		inside, _ := filepath.Rel(p.Dir, path)
		switch {
		case err != nil:
			return nil // it went away while it was looked at
		case entry.IsDir() && inside != "." && (unwatched[entry.Name()] || strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) == ".wasm" || p.custom != nil && inside == filepath.Clean(p.custom.module):
			return nil
		}
		if info, err := entry.Info(); err == nil {
			visit(inside, info)
		}
		return nil
	})
}
