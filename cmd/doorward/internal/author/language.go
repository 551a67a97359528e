// The languages that a project may be written in.

package author

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// language is how projects of one language are known, made and built.
type language struct {
	name  string
	title string
	marks []string // one of these patterns in the folder says that it is one
	steps func(p *Project, out *string) ([]step, error)
	ready []string    // what is run once in a new project; nil when nothing
	about string      // what a new project's README says of that
	check string      // how its native tests are run
	sdk   []placement // where the SDK's source goes in a new project's folder doorward
}

// placement says that files of the embedded SDKs whose names begin with from
// are copied under names that begin with to.
type placement struct{ from, to string }

// languages are in the order in which a folder is asked for their marks: a
// Rust project may hold C, not the other way round.
func languages() []*language {
	return []*language{
		{"rust", "Rust", []string{"Cargo.toml"}, rustSteps, nil, "", "cargo test", []placement{{"rust/", ""}}},
		{"assemblyscript", "AssemblyScript", []string{"asconfig.json"}, assemblyScriptSteps, []string{"npm install"}, ascAbout, "npm test", []placement{{"assemblyscript/doorward/", ""}}},
		{"go", "Go", []string{"*.go"}, goSteps, nil, "", "go test .", []placement{{"go/", "sdk/go/"}, {"abi/", "sdk/abi/"}}},
		{"c", "C", []string{"*.c", "src/*.c"}, cSteps, nil, "", "sh test.sh", []placement{{"c/", ""}}},
	}
}

// Title is the language's name for people.
func (p *Project) Title() string { return p.language.title }

// Prepare are the commands for a new project, its native tests the last.
func (p *Project) Prepare() []string {
	return append(slices.Clone(p.language.ready), p.language.check)
}

// Languages are the names that plugin new takes.
func Languages() []string { return []string{"go", "rust", "assemblyscript", "c"} }

func languageNamed(name string) (*language, error) {
	for _, l := range languages() {
		if l.name == name {
			return l, nil
		}
	}
	return nil, wrong("write one of "+strings.Join(Languages(), ", "), "there is no SDK for the language %q", name)
}

func languageOf(dir string) *language {
	for _, l := range languages() {
		for _, mark := range l.marks {
			if found, _ := filepath.Glob(filepath.Join(escapeGlob(dir), mark)); len(found) > 0 {
				return l
			}
		}
	}
	return nil
}

// escapeGlob makes a folder's name stand for itself in a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// exists reports whether there is a file or folder at a path.
func exists(elements ...string) bool {
	_, err := os.Stat(filepath.Join(elements...))
	return err == nil
}
