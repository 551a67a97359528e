// The shape of a policy's input, so that a misspelt member fails at load.

package policy

import (
	_ "embed"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

//go:embed input.schema.json
var inputSchema []byte

// InputSchema is the JSON schema (draft 7) of a policy's input. Claim objects
// are open in it; everything else is closed.
func InputSchema() []byte { return append([]byte(nil), inputSchema...) }

var schemas = sync.OnceValue(func() *ast.SchemaSet {
	var schema any
	if err := util.UnmarshalJSON(inputSchema, &schema); err != nil {
		panic(err) // the file is part of the program
	}
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, schema)
	return set
})
