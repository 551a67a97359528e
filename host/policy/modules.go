// Reading policy files: a directory, the embedded ones, and which packages a
// policy may use.

package policy

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/policies"
)

const (
	maxFiles    = 1000
	maxFileSize = 1 << 20 // bytes
	testSuffix  = "_test.rego"
	// embeddedName begins the names of the files that ship with the host.
	embeddedName = "doorward:"
)

// ReadDir returns the .rego files below dir, tests included: their paths, dir
// first, to their texts. dir may also be one file. Names that begin with a dot
// are left out. It reads at most 1000 files of at most 1 MiB each.
func ReadDir(dir string) (map[string]string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	if !info.IsDir() {
		text, err := readFile(os.DirFS(filepath.Dir(dir)), filepath.Base(dir))
		return map[string]string{filepath.ToSlash(dir): text}, err
	}
	found, err := readAll(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("policies in %s: %w", dir, err)
	}
	modules := make(map[string]string, len(found))
	for name, text := range found {
		modules[filepath.ToSlash(filepath.Join(dir, name))] = text
	}
	return modules, nil
}

func readAll(files fs.FS) (map[string]string, error) {
	modules := map[string]string{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(path.Base(name), ".") && name != "."
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden, entry.IsDir(), path.Ext(name) != ".rego":
			return nil
		case len(modules) == maxFiles:
			return fmt.Errorf("more than %d files", maxFiles)
		}
		text, err := readFile(files, name)
		modules[name] = text
		return err
	})
	return modules, err
}

func readFile(files fs.FS, name string) (string, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return "", err
	}
	if info.Size() > maxFileSize {
		return "", fmt.Errorf("%s is larger than %d bytes", name, maxFileSize)
	}
	text, err := fs.ReadFile(files, name)
	return string(text), err
}

// embedded returns the shipped files of one folder, without their tests.
func embedded(folder string) map[string]string {
	files, err := readAll(policies.Files)
	if err != nil {
		panic(err) // the files are part of the program
	}
	kept := map[string]string{}
	for name, text := range files {
		if strings.HasPrefix(name, folder+"/") && !strings.HasSuffix(name, testSuffix) {
			kept[embeddedName+name] = text
		}
	}
	return kept
}

var (
	levelsPackage  = ast.MustParseRef("data.doorward.levels")
	libraryPackage = ast.MustParseRef("data.doorward")
)

// parseAll parses every module of cfg with what it uses of the library and,
// when asked for, the default policy.
func parseAll(cfg Config) (map[string]*ast.Module, Faults) {
	library := embedded(policies.Library)
	parsed, faults := map[string]*ast.Module{}, Faults{}
	for _, name := range slices.Sorted(maps.Keys(cfg.Modules)) {
		if strings.HasSuffix(name, testSuffix) || copyOf(library, cfg.Modules[name]) {
			continue
		}
		if strings.HasPrefix(name, embeddedName) {
			faults = append(faults, Fault{File: name, Line: 1, Column: 1, Message: "names that begin with " + embeddedName + " belong to the host: give the file another one"})
			continue
		}
		module, wrong := parse(name, cfg.Modules[name])
		if module == nil {
			faults = append(faults, wrong...)
			continue
		}
		faults = append(faults, checkPackage(module)...)
		parsed[name] = module
	}
	if cfg.DefaultPolicy {
		for name, text := range embedded(policies.Default) {
			module, wrong := parse(name, text)
			faults = append(faults, wrong...)
			parsed[name] = module
		}
	}
	return parsed, append(faults, addLibrary(parsed)...)
}

func parse(name, text string) (*ast.Module, Faults) {
	empty := Faults{{File: name, Line: 1, Column: 1, Message: "the file holds no policy; remove it"}}
	if strings.TrimSpace(text) == "" {
		return nil, empty
	}
	module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{
		ProcessAnnotation: true, Capabilities: capabilities(), RegoVersion: ast.RegoV1,
	})
	if err != nil {
		return nil, regoFaults(err)
	}
	if module == nil {
		return nil, empty
	}
	return module, nil
}

// copyOf reports whether text is one of the library's files: people keep a
// copy beside their policies so that plain OPA finds it.
func copyOf(library map[string]string, text string) bool {
	for _, own := range library {
		if own == text {
			return true
		}
	}
	return false
}

// checkPackage refuses the packages under data.doorward that are the host's,
// and names inside data.doorward.levels that the host reserves.
func checkPackage(module *ast.Module) (faults Faults) {
	pkg := module.Package
	switch {
	case !pkg.Path.HasPrefix(libraryPackage):
		return nil
	case !pkg.Path.HasPrefix(levelsPackage):
		return Faults{faultAt(pkg.Location,
			"package %s belongs to the host; use doorward.levels for grants and a name of your own for the rest", pkg.Path[1:])}
	}
	for _, segment := range pkg.Path[len(levelsPackage):] {
		if name, ok := segment.Value.(ast.String); ok && string(name) == reserved || ok && string(name) == grantRule {
			faults = append(faults, faultAt(pkg.Location, "the package name %q is reserved", string(name)))
		}
	}
	for _, rule := range module.Rules {
		if rule.Head.Ref()[0].Value.Compare(ast.Var(reserved)) == 0 {
			faults = append(faults, faultAt(rule.Loc(), "the name %q is reserved", reserved))
		}
	}
	return faults
}
