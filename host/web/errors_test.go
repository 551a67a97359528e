package web

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

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

// What the framework makes of a request that it cannot read is the client's
// fault, and no error of ours.
func TestT22_framework_errors(t *testing.T) {
	for _, err := range []*fiber.Error{
		fiber.ErrBadRequest, fiber.ErrNotFound, fiber.ErrMethodNotAllowed, fiber.ErrRequestTimeout,
		fiber.ErrRequestEntityTooLarge, fiber.ErrRequestHeaderFieldsTooLarge, fiber.ErrBadGateway,
	} {
		if say := sentenceOf(codeOf(err)); say.status < 400 || say.status >= 500 {
			t.Errorf("%v is answered with %d", err, say.status)
		}
	}
	if code := codeOf(errors.New("anything else")); code != login.CodeInternal {
		t.Errorf("another error has the code %s", code)
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
