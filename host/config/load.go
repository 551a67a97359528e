// From a file to a Config: the whole way on one screen.

package config

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

// Load reads the configuration file at path, the files it names, and the
// environment variables it names.
//
// The error is Faults, every one of them. The Config that comes with Faults
// holds what could be read and is good only for further checks, so that a
// command can report those faults too; it is nil when nothing could be read.
// A secret file that everyone may read is a warning.
func Load(path string) (*Config, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, Faults{{File: path, Message: "cannot be read, " + reason(err) + "; write the path of a configuration file"}}
	}
	return parse(path, text, surroundings{env: os.LookupEnv, read: readFile, mode: fileMode})
}

// Parse is Load for a text called name. Relative paths in it are those of the
// folder of name. It looks environment variables up with env, and reads the
// files that the configuration names with readFile.
func Parse(name string, text []byte, env func(string) (string, bool), readFile func(string) ([]byte, error)) (*Config, error) {
	return parse(name, text, surroundings{env: env, read: readFile})
}

func parse(name string, text []byte, around surroundings) (*Config, error) {
	root, broken := yamltree.Parse(text)
	r := newReader(name, keys.Config, around)
	r.broken(broken)
	if root == nil {
		return nil, r.faults.Sort()
	}
	inline := root.Get("insecure_inline_secrets")
	r.inline = inline != nil && inline.Kind == yamltree.Bool && inline.Text == "true"

	c := &Config{file: name, places: r.places}
	r.places[""] = place{value: root}
	r.section(root, "", "", reflect.ValueOf(c).Elem())
	c.ProviderOrder = order(root.Get("providers"), c.Providers)
	r.contents(c)
	r.check(c)
	c.Warnings = r.warnings.Sort()
	if len(r.faults) > 0 {
		return c, r.faults.Sort()
	}
	return c, nil
}

func order(providers *yamltree.Node, known map[string]Provider) []string {
	var names []string
	if providers == nil {
		return nil
	}
	for _, p := range providers.Pairs {
		if _, ok := known[p.Key.Text]; ok && len(names) < len(known) {
			names = append(names, p.Key.Text)
		}
	}
	return names
}

// surroundings are what a file may refer to. mode may be nil.
type surroundings struct {
	env  func(string) (string, bool)
	read func(string) ([]byte, error)
	mode func(string) (fs.FileMode, error)
}

// readFile reads at most one byte more than any file of ours may hold.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, yamltree.MaxBytes+1))
}

func fileMode(path string) (fs.FileMode, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Mode(), nil
}

// reader is one reading of one file.
type reader struct {
	file     string
	table    keys.Table
	around   surroundings
	inline   bool // insecure_inline_secrets
	places   places
	faults   Faults
	warnings Faults
	patterns map[string]*regexp.Regexp
	filled   map[string]string // by the preset of the provider that is being read: YAML by the row's path
}

func newReader(file string, table keys.Table, around surroundings) *reader {
	return &reader{file: file, table: table, around: around, places: places{}, patterns: map[string]*regexp.Regexp{}}
}

// resolve is path relative to the folder of the file.
func (r *reader) resolve(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(r.file), path)
}

func (r *reader) broken(faults []yamltree.Fault) {
	for _, f := range faults {
		r.faults = append(r.faults, Fault{File: r.file, Line: f.Line, Column: f.Column, Message: f.Message})
	}
}

// fault reports what is wrong at n, the key or value called at.
func (r *reader) fault(n *yamltree.Node, at, format string, args ...any) {
	r.faults = append(r.faults, Fault{r.file, n.Line, n.Column, at, fmt.Sprintf(format, args...)})
}

// faultAt reports what is wrong with the key called at, or with the nearest
// one above it that the file holds.
func (r *reader) faultAt(at, format string, args ...any) {
	line, column := r.places.find(at, 0)
	r.faults = append(r.faults, Fault{r.file, line, column, at, fmt.Sprintf(format, args...)})
}

func (r *reader) warnAt(at, format string, args ...any) {
	line, column := r.places.find(at, 0)
	r.warnings = append(r.warnings, Fault{r.file, line, column, at, fmt.Sprintf(format, args...)})
}

// matches reports whether text is of pattern, one of the table's.
func (r *reader) matches(pattern, text string) bool {
	if r.patterns[pattern] == nil {
		r.patterns[pattern] = regexp.MustCompile(pattern)
	}
	return r.patterns[pattern].MatchString(text)
}

// has reports whether the file holds the key called at.
func (r *reader) has(at string) bool {
	_, ok := r.places[at]
	return ok
}
