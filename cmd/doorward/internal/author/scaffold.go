// A new project: a folder that builds and passes its own test at once.

package author

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/doorward/doorward/sdk"
)

// templates holds a folder for each language, and common for all of them. A
// file's name ends with .tmpl, so that no tool takes it for what it becomes.
//
//go:embed template
var templates embed.FS

// NewOptions say what is made.
type NewOptions struct {
	Name     string // of the plugin
	Language string
	Dir      string // must not be there yet; empty is Name in the working directory
	Version  string // of this binary, for the SDK's note
}

// goodName is what every language's tools take for a name; the boundary allows
// a little more.
var goodName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,62}[a-z0-9])?$`)

// New writes a project: a mapper of one function, its native test, golden
// cases, plugin.json, and the SDK's source, so that nothing has to be fetched.
// A folder that exists is never touched.
func New(o NewOptions) (*Project, error) {
	if !goodName.MatchString(o.Name) || o.Name == "doorward" {
		return nil, wrong("write lower case letters, digits and dashes, at most 64, a letter first, such as team-roles", "%q is no name for a new plugin", o.Name)
	}
	l, err := languageNamed(o.Language)
	if err != nil {
		return nil, err
	}
	dir := o.Dir
	if dir == "" {
		dir = o.Name
	}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	if err := scaffold(dir, l, o); err != nil {
		return nil, advise(err, "remove %s and try again where there is room", dir)
	}
	return Open(dir)
}

// makeFolder makes a folder that was not there, and those above it that were
// not.
func makeFolder(dir string) error {
	err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o755)
	if err == nil {
		err = os.Mkdir(dir, 0o755)
	}
	if errors.Is(err, fs.ErrExist) {
		return wrong("choose another name, or another folder with --dir", "%s exists and is left as it is", dir)
	}
	return advise(err, "choose another folder with --dir")
}

func scaffold(dir string, l *language, o NewOptions) error {
	fill := strings.NewReplacer("@NAME@", o.Name, "@CRATE@", strings.ReplaceAll(o.Name, "-", "_"),
		"@LANGUAGE@", l.title, "@CHECK@", strings.Join(append(slices.Clone(l.ready), l.check), "\n"), "@ABOUT@", l.about, "@VERSION@", o.Version)
	for _, from := range []string{"common", l.name} {
		tree, err := fs.Sub(templates, "template/"+from)
		if err != nil {
			return err
		}
		err = copyTree(tree, dir, func(name string, text []byte) (string, []byte) {
			return templateName(name), []byte(fill.Replace(string(text)))
		})
		if err != nil {
			return err
		}
	}
	return copySDK(filepath.Join(dir, "doorward"), l)
}

// templateName is what a template's file becomes. Embedding leaves out names
// that begin with a dot, so they begin with dot- there.
func templateName(name string) string {
	parts := strings.Split(strings.TrimSuffix(name, ".tmpl"), "/")
	for i, part := range parts {
		if hidden, ok := strings.CutPrefix(part, "dot-"); ok {
			parts[i] = "." + hidden
		}
	}
	return path.Join(parts...)
}

// copySDK writes the SDK's source to a folder of the project.
func copySDK(to string, l *language) error {
	return copyTree(sdk.Files, to, func(name string, text []byte) (string, []byte) {
		for _, prefix := range l.sdk {
			if inside, ok := strings.CutPrefix(name, prefix.from); ok && !unwanted(name) {
				return prefix.to + inside, text
			}
		}
		return "", nil
	})
}

// unwanted are the files of an SDK that its own tests need.
func unwanted(name string) bool {
	if strings.HasSuffix(name, "_test.go") {
		return true
	}
	for _, part := range strings.Split(path.Dir(name), "/") {
		switch part {
		case "test", "tests", "tck", "target", "node_modules", "build":
			return true
		}
	}
	return false
}

// copyTree writes the files of a tree below dir, under the names and with the
// texts that change gives them; an empty name leaves a file out.
func copyTree(tree fs.FS, dir string, change func(name string, text []byte) (string, []byte)) error {
	return fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		as, text := change(name, text)
		if as == "" {
			return nil
		}
		file := filepath.Join(dir, filepath.FromSlash(as))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, text, 0o644)
	})
}
