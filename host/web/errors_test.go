package web

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

// Every code has a status, a sentence that a person can act on, and its row
// in the documentation.
func TestEveryCodeHasItsSentence(t *testing.T) {
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := declaredCodes(t)
	if len(codes) != len(sentences) {
		t.Errorf("%d codes, %d sentences", len(codes), len(sentences))
	}
	for _, code := range codes {
		s, ok := sentences[code]
		if !ok {
			t.Errorf("%s has no sentence", code)
			continue
		}
		if s.status < 400 || s.status > 599 || s.title == "" || !strings.HasSuffix(s.text, ".") {
			t.Errorf("%s: %+v", code, s)
		}
		if row := fmt.Sprintf("| `%s` | %d | %s |", code, s.status, s.text); !strings.Contains(string(page), row) {
			t.Errorf("docs/errors.md lacks the row\n%s", row)
		}
	}
}

func declaredCodes(t *testing.T) (codes []login.Code) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../login/fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Code" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, login.Code(text))
		}
		return true
	})
	return codes
}
