package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/policies"
)

type referenceVector struct {
	Name      string           `json:"name"`
	Document  string           `json:"document"`
	Reference string           `json:"reference"`
	Value     *json.RawMessage `json:"value"`
	Found     *bool            `json:"found"`
	Error     string           `json:"error"`
}

func TestClaimsRefVectors(t *testing.T) {
	var file struct {
		Documents  map[string]json.RawMessage `json:"documents"`
		References []referenceVector          `json:"references"`
	}
	raw, err := os.ReadFile("../attrs/testdata/references.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.References) < 50 {
		t.Fatalf("only %d vectors", len(file.References))
	}
	compiler := libraryCompiler(t)
	for _, v := range file.References {
		t.Run(v.Name, func(t *testing.T) {
			value, err := askRef(t, compiler, file.Documents[v.Document], v.Reference)
			switch {
			case v.Error != "":
				if err == nil {
					t.Errorf("got %v, want an error (%s)", value, v.Error)
				}
			case err != nil:
				t.Errorf("error: %v", err)
			case v.Found != nil:
				if value != nil {
					t.Errorf("got %v, want nothing", value)
				}
			case value == nil:
				t.Error("found nothing")
			default:
				want, err := ast.ValueFromReader(bytes.NewReader(wantedValue(v)))
				if err != nil {
					t.Fatal(err)
				}
				if value.Compare(want) != 0 {
					t.Errorf("got %v, want %v", value, want)
				}
			}
		})
	}
}

// wantedValue is the value's text; a null in the file leaves the pointer nil.
func wantedValue(v referenceVector) []byte {
	if v.Value == nil {
		return []byte("null")
	}
	return *v.Value
}

func libraryCompiler(t *testing.T) *ast.Compiler {
	t.Helper()
	modules := map[string]*ast.Module{}
	for name, text := range embedded(policies.Library) {
		module, faults := parse(name, text)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		modules[name] = module
	}
	compiler := newCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	return compiler
}

func askRef(t *testing.T, compiler *ast.Compiler, document json.RawMessage, reference string) (ast.Value, error) {
	t.Helper()
	sources, err := ast.ValueFromReader(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	call := ast.CallTerm(ast.NewTerm(ast.MustParseRef("data.doorward.claims.ref")), ast.StringTerm(reference))
	body, err := compiler.QueryCompiler().Compile(ast.NewBody(ast.Equality.Expr(ast.NewTerm(answer), call)))
	if err != nil {
		t.Fatal(err)
	}
	input := ast.NewObject(ast.Item(ast.StringTerm("sources"), ast.NewTerm(sources)))
	results, err := topdown.NewQuery(body).WithCompiler(compiler).WithInput(ast.NewTerm(input)).
		WithTime(time.Unix(1, 0)).WithStrictBuiltinErrors(true).Run(context.Background())
	if err != nil || len(results) == 0 {
		return nil, err
	}
	return results[0][answer].Value, nil
}

// The host parses constant references by attrs.ParseReference at load; the
// library must agree with it on every text that people could write.
func FuzzClaimsRefAgreesWithAttrs(f *testing.F) {
	for _, seed := range []string{
		"{attribute-source:idTokenClaims:email}", "{idp-attributes:a.b}", `{attribute-source:userInfo:["a"].b[0]}`,
		"{multi-attribute-source:userInfo:a:b/c.d}", "{attribute-source:idTokenClaims:a[01]}", `{idp-attributes:["\ud800"]}`,
	} {
		f.Add(seed)
	}
	modules := map[string]*ast.Module{}
	for name, text := range embedded(policies.Library) {
		modules[name], _ = parse(name, text)
	}
	compiler := newCompiler()
	compiler.Compile(modules)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 || !utf8.ValidString(text) {
			return
		}
		_, wrong := attrs.ParseReference(text)
		_, err := askRef(t, compiler, json.RawMessage(`{}`), text)
		if (wrong == nil) != (err == nil) {
			t.Errorf("%q: attrs says %v, the library says %v", text, wrong, err)
		}
	})
}
