package host_test

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/config"
)

// What the host answers on its own origin cannot be an application's path there:
// a route that is not in the list would be one that doorward check does not know.
func TestEveryRouteIsAPathOfTheHost(t *testing.T) {
	known := append(slices.Clone(config.HostPaths), config.HandOverPath)
	seen := 0
	for _, file := range goFiles(t, "host/web") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		ast.Inspect(parse(t, file, 0), func(n ast.Node) bool {
			path := routePath(n)
			if path == "" || path == "/" {
				return true
			}
			seen++
			if !slices.ContainsFunc(known, func(own string) bool { return path == own || strings.HasPrefix(path, own+"/") }) {
				t.Errorf("%s routes %s, which is not under config.HostPaths", file, path)
			}
			return true
		})
	}
	if seen < 8 {
		t.Errorf("only %d routes were found", seen)
	}
}

// routePath is the literal path in a call of a method of a server's app.
func routePath(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	app, ok := method.X.(*ast.SelectorExpr)
	literal, isLiteral := call.Args[0].(*ast.BasicLit)
	if !ok || !isLiteral || app.Sel.Name != "app" {
		return ""
	}
	path, _ := strconv.Unquote(literal.Value)
	if !strings.HasPrefix(path, "/") {
		return ""
	}
	return path
}
