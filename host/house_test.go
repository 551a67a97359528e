package host_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = ".."

var rootFS = os.DirFS(root)

// atTheRoot lists what may lie at the top of the repository, besides names
// that begin with a dot and names that .gitignore leaves out.
var atTheRoot = []string{"LICENSE", "RATIONALE.md", "README.md", "Taskfile.yml", "cmd", "docs", "examples",
	"go.mod", "go.sum", "host", "plugins", "policies", "sdk"}

func TestTheRootHoldsOnlyWhatItShould(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, ".") && !ignored(t, name) && !slices.Contains(atTheRoot, name) {
			t.Errorf("%s does not belong at the root: move it, or list it in atTheRoot", name)
		}
	}
	for _, name := range []string{"LICENSE", "README.md", "RATIONALE.md", "Taskfile.yml"} {
		if _, err := fs.Stat(rootFS, name); err != nil {
			t.Errorf("%s is missing at the root", name)
		}
	}
}

// TestBodiesAreReadAsTheyCame keeps handlers from the framework's reading of a
// body, which unpacks it without a bound.
func TestBodiesAreReadAsTheyCame(t *testing.T) {
	for _, file := range repository(t) {
		if !strings.HasPrefix(file, "host/web/") && !strings.HasPrefix(file, "host/console/") || !strings.HasSuffix(file, ".go") {
			continue
		}
		text, err := fs.ReadFile(rootFS, file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("c.Body"+"()")) {
			t.Errorf("%s reads a body that is unpacked without a bound: use c.BodyRaw", file)
		}
	}
}

// machinePath finds paths that exist on one machine only. The names are in
// classes of one letter so that this file does not find itself.
var machinePath = regexp.MustCompile(`(?m)(^|[^\w.~$}-])/([w]ork|[r]oot|[h]ome/\w+|[U]sers/\w+)/`)

func TestNoFileNamesOneMachinesPaths(t *testing.T) {
	for _, file := range repository(t) {
		if path.Base(file) == "go.sum" {
			continue
		}
		text, err := fs.ReadFile(rootFS, file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(text, 0) >= 0 {
			continue // not a text file
		}
		for _, at := range machinePath.FindAllIndex(text, 3) {
			t.Errorf("%s:%d names a path of one machine: %q", file, 1+bytes.Count(text[:at[0]], []byte("\n")), text[at[0]:at[1]])
		}
	}
}

func TestTheMachinePathPatternBites(t *testing.T) {
	for text, want := range map[string]bool{
		"see /" + "work/main":               true,
		"\"/" + "root/go":                   true,
		"x=/" + "home/ann/src":              true,
		"https://example.com/" + "work/x":   false,
		"host/" + "work/x":                  false,
		"a tree with /" + "roots/ below it": false,
	} {
		if got := machinePath.MatchString(text); got != want {
			t.Errorf("%q: found %v, want %v", text, got, want)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, dir := range packageDirs(t) {
		documented, any := false, false
		for _, file := range goFiles(t, dir) {
			parsed := parse(t, file, parser.PackageClauseOnly|parser.ParseComments)
			if shipped(file, parsed) {
				any = true
				documented = documented || len(strings.Fields(parsed.Doc.Text())) > 3
			}
		}
		if any && !documented {
			t.Errorf("package %s has no doc comment: state its one job and its boundary", dir)
		}
	}
}

func TestNamesAndStartUpAreExplicit(t *testing.T) {
	for _, dir := range packageDirs(t) {
		if slices.Contains([]string{"util", "utils", "common", "manager", "helpers", "misc"}, path.Base(dir)) {
			t.Errorf("%s: name the package for what it does", dir)
		}
		for _, file := range goFiles(t, dir) {
			for _, decl := range parse(t, file, 0).Decls {
				if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s has an init function: wire it where it is used", file)
				}
			}
		}
	}
}

// A test may be skipped where a Debian package is missing, or under -short,
// but never when DOORWARD_CI is set: a function that skips must look at one of
// them.
func TestNothingIsSkippedInCI(t *testing.T) {
	for _, dir := range packageDirs(t) {
		for _, file := range goFiles(t, dir) {
			for _, decl := range parse(t, file, 0).Decls {
				f, ok := decl.(*ast.FuncDecl)
				if ok && mentions(f, "Skip", "Skipf", "SkipNow") && !mentions(f, `"DOORWARD_CI"`, "Short") {
					t.Errorf("%s: %s skips without looking at DOORWARD_CI", file, f.Name.Name)
				}
			}
		}
	}
}

// mentions reports whether f calls a method or function of one of names, or
// holds it as a literal.
func mentions(f *ast.FuncDecl, names ...string) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			called, ok := n.Fun.(*ast.SelectorExpr)
			found = found || ok && slices.Contains(names, called.Sel.Name)
		case *ast.BasicLit:
			found = found || slices.Contains(names, n.Value)
		}
		return !found
	})
	return found
}

func parse(t *testing.T, file string, mode parser.Mode) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, mode)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// repository lists every file that git would see, as slash paths from the
// root.
func repository(t *testing.T) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(rootFS, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (name == ".git" || ignored(t, name)):
			return fs.SkipDir
		case e.Type().IsRegular() && !ignored(t, name):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// ignored reads .gitignore, which holds one name a line: at the root only when
// it begins with a slash, anywhere otherwise.
func ignored(t *testing.T, name string) bool {
	t.Helper()
	text, err := fs.ReadFile(rootFS, ".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(strings.Fields(string(text)), func(line string) bool {
		anchored, candidate := strings.HasPrefix(line, "/"), name
		if !anchored {
			candidate = path.Base(name)
		}
		ok, _ := path.Match(strings.Trim(line, "/"), candidate)
		return ok
	})
}
