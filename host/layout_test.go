package host_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/doorward/doorward"

// layout says what a package may import besides the standard library and
// itself. A path of this repository is that one package, or with "/..." also
// everything below it; anything else is a module. A row holds for the packages
// below it that have no row of their own.
//
// Every row below host, but for those listed in leaves, may also import what
// everyHost lists, and its own children.
var layout = map[string][]string{
	"cmd/doorward": {"github.com/spf13/cobra", "host/...", "sdk/..."},

	"host": {"host/...", "policies/...", "plugins/...", "sdk/...", "github.com/prometheus/client_golang"},

	"host/attrs":   {},
	"host/login":   {"host/attrs"},
	"host/page":    {},
	"host/near":    {},
	"host/keyring": {"golang.org/x/crypto"},
	"host/token":   {"github.com/go-jose/go-jose/v4"},

	"host/oidcrp":  {"github.com/zitadel/oidc/v3", "github.com/go-jose/go-jose/v4", "golang.org/x/oauth2", "golang.org/x/text"},
	"host/samlsp":  {"github.com/crewjam/saml", "github.com/beevik/etree", "github.com/russellhaering/goxmldsig", "github.com/mattermost/xml-roundtrip-validator"},
	"host/idtoken": {},
	"host/native":  {"host/store", "golang.org/x/crypto"},
	"host/idp": {"host/store", "github.com/zitadel/oidc/v3", "github.com/go-jose/go-jose/v4", "github.com/go-webauthn/webauthn",
		"github.com/boombuler/barcode", "github.com/pquerna/otp", "golang.org/x/crypto", "golang.org/x/oauth2", "golang.org/x/text"},

	"host/mapper": {"cel.dev/cel-go"},
	"host/plugin": {"sdk/abi", "github.com/tetratelabs/wazero", "github.com/santhosh-tekuri/jsonschema/v6", "golang.org/x/sys"},
	"host/policy": {"policies", "github.com/open-policy-agent/opa"},

	"host/session": {"host/store", "golang.org/x/crypto"},
	"host/store":   {"go.etcd.io/bbolt"},
	"host/record":  {"host/store"},

	"host/web": {"host/session", "host/policy", "host/plugin", "host/record", "host/native",
		"github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp", "github.com/prometheus/client_golang"},
	"host/console": {"host/session", "host/policy", "host/plugin", "host/record", "host/store", "host/idp/people",
		"github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp"},

	"host/config":   {"github.com/goccy/go-yaml"},
	"host/hosttest": {"github.com/go-jose/go-jose/v4", "github.com/crewjam/saml", "github.com/beevik/etree", "github.com/russellhaering/goxmldsig", "github.com/chromedp/chromedp", "github.com/chromedp/cdproto"},

	"host/hosttest/behind": {"host", "host/config", "host/hosttest"},

	"plugins":  {"sdk/..."},
	"policies": {},
	"sdk":      {"sdk/..."},
	"examples": {"host/...", "sdk/...", "policies/...", "plugins/..."},
}

var (
	// leaves are rows below host that get nothing from everyHost.
	leaves = []string{"host/attrs", "host/login", "host/page", "host/near"}
	// everyHost is open to the other rows below host.
	everyHost = []string{"host/login", "host/attrs", "host/keyring", "host/token", "host/page", "host/near",
		"golang.org/x/sync", "golang.org/x/time"}
	// testOnly packages import testing and are imported by tests alone.
	testOnly = []string{"host/hosttest", "host/hosttest/chromium", "host/store/storetest", "host/idp/factors/factorstest", "host/idp/people/peopletest", "sdk/tck"}
)

func TestImportsFollowTheLayout(t *testing.T) {
	for _, dir := range packageDirs(t) {
		for _, use := range importsOf(t, dir) {
			if fault := judge(dir, use.path); fault != "" {
				t.Errorf("%s: %s", use.pos, fault)
			}
		}
	}
}

// The judge itself must refuse what the layout is there to prevent.
func TestTheLayoutRefuses(t *testing.T) {
	for _, bad := range []struct{ dir, imported string }{
		{"host/login", module + "/host/store"},
		{"host/login", "golang.org/x/sync/errgroup"},
		{"host/attrs", module + "/host/login"},
		{"host/page", module + "/host/login"},
		{"host/session", "github.com/gofiber/fiber/v2"},
		{"host/policy", "github.com/valyala/fasthttp"},
		{"host", "github.com/gofiber/fiber/v2"},
		{"host/mapper", module + "/host/plugin"},
		{"host/plugin", module + "/host/mapper"},
		{"host/oidcrp", module + "/host/session"},
		{"host/web", module + "/host/plugin/wasmbin"},
		{"host/store", module + "/host"},
		{"host/store", "go.etcd.io/bboltish"},
		{"host/web", module + "/host/hosttest"},
		{"cmd/doorward", module + "/sdk/tck"},
		{"host/record", module + "/host/store/storetest"},
		{"host/record", "testing"},
		{"host/record", "testing/fstest"},
		{"sdk/go", module + "/host/attrs"},
		{"sdk/abi", "github.com/tetratelabs/wazero"},
		{"policies", "github.com/open-policy-agent/opa/v1/rego"},
		{"plugins/groups-to-roles", "github.com/goccy/go-yaml"},
		{"host/unheard", "fmt"},
		{"tools", "fmt"},
		{"host/store", "C"},
	} {
		if judge(bad.dir, bad.imported) == "" {
			t.Errorf("%s may import %s", bad.dir, bad.imported)
		}
	}
	for _, good := range []struct{ dir, imported string }{
		{"host/login", module + "/host/attrs"},
		{"host/plugin", module + "/host/plugin/wasmbin"},
		{"host/plugin/wasmbin", "github.com/tetratelabs/wazero/api"},
		{"host/store/storetest", "testing"},
		{"host/store/storetest", module + "/host/store"},
		{"host/web/internal/form", "github.com/gofiber/fiber/v2/utils"},
		{"plugins/groups-to-roles", module + "/sdk/go"},
		{"host", module + "/plugins"},
	} {
		if fault := judge(good.dir, good.imported); fault != "" {
			t.Error(fault)
		}
	}
}

// judge says which rule of the layout an import breaks; empty when none.
func judge(dir, imported string) string {
	row, ok := rowOf(dir)
	if !ok {
		return fmt.Sprintf("%s has no row in the layout: add one here and in the design, or move the package", dir)
	}
	short, ours := strings.CutPrefix(imported, module+"/")
	if imported == module {
		short, ours = "", true
	}
	switch {
	case imported == "testing" || strings.HasPrefix(imported, "testing/"):
		if !within(dir, testOnly) {
			return fmt.Sprintf("%s imports %s outside a test: test helpers belong in one of %v", dir, imported, testOnly)
		}
	case imported == "C":
		return fmt.Sprintf("%s needs a C compiler: the product builds with Go alone", dir)
	case !ours && !strings.Contains(strings.Split(imported, "/")[0], "."):
		// the standard library
	case ours && within(short, testOnly) && !within(dir, testOnly):
		return fmt.Sprintf("%s imports %s outside a test: it is for tests only", dir, short)
	case ours && (short == row || strings.HasPrefix(short, row+"/")):
		// itself, its children, or the row's other packages
	case !slices.ContainsFunc(allowed(row), func(rule string) bool { return permits(rule, imported) }):
		return fmt.Sprintf("%s imports %s, which the row %q of the layout does not list (it lists %v)", dir, imported, row, allowed(row))
	}
	return ""
}

func allowed(row string) []string {
	if !strings.HasPrefix(row, "host/") || slices.Contains(leaves, row) {
		return layout[row]
	}
	return append(slices.Clone(layout[row]), everyHost...)
}

// rowOf finds the nearest row at or above dir. The composition root's row is
// its own: a package below host without a row has none.
func rowOf(dir string) (string, bool) {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := layout[d]; ok && (d != "host" || dir == "host") {
			return d, true
		}
	}
	return "", false
}

func permits(rule, imported string) bool {
	if first, _, _ := strings.Cut(rule, "/"); strings.Contains(first, ".") {
		return imported == rule || strings.HasPrefix(imported, rule+"/")
	}
	if tree, whole := strings.CutSuffix(rule, "/..."); whole {
		return imported == module+"/"+tree || strings.HasPrefix(imported, module+"/"+tree+"/")
	}
	return imported == module+"/"+rule
}

func within(dir string, trees []string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool {
		return dir == tree || strings.HasPrefix(dir, tree+"/")
	})
}

type use struct{ path, pos string }

// importsOf reads the imports of every file of a package, whatever system or
// architecture the file is for.
func importsOf(t *testing.T, dir string) []use {
	t.Helper()
	var uses []use
	for _, file := range goFiles(t, dir) {
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, filepath.Join(root, file), nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if !shipped(file, parsed) {
			continue
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			uses = append(uses, use{imported, fmt.Sprintf("%s:%d", file, fset.Position(spec.Pos()).Line)})
		}
	}
	return uses
}

// shipped is false for tests, and for programs that are run by their file name
// and belong to no package.
func shipped(file string, parsed *ast.File) bool {
	byHand := slices.ContainsFunc(parsed.Comments, func(c *ast.CommentGroup) bool {
		return c.Pos() < parsed.Package && c.List[0].Text == "//go:build ignore"
	})
	return !byHand && !strings.HasSuffix(file, "_test.go")
}

// packageDirs lists the directories that hold Go files, from the root, as the
// go command would see them: no testdata, nothing that starts with . or _.
func packageDirs(t *testing.T) []string {
	t.Helper()
	var dirs []string
	for _, file := range repository(t) {
		dir := path.Dir(file)
		if path.Ext(file) == ".go" && !hidden(dir) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) < 5 {
		t.Fatalf("found only the packages %v: is the test run in its folder?", dirs)
	}
	return dirs
}

func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	found, err := fs.Glob(rootFS, path.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func hidden(dir string) bool {
	return slices.ContainsFunc(strings.Split(dir, "/"), func(part string) bool {
		return part == "testdata" || part != "." && strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_")
	})
}
