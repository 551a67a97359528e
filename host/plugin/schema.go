// The schema of its config that a module brings: it is the module's own text,
// and as hostile as its code.

package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Bounds of a schema. Each reference can double the work of a check, and a
// number with a large exponent takes memory without end.
const (
	maxSchema     = 64 << 10 // bytes
	maxReferences = 32
	maxNumber     = 24 // bytes, with an exponent of two digits
)

// schemaURL is where the schema pretends to be; nothing is loaded from there.
const schemaURL = "https://doorward.invalid/config.schema.json"

// noLoader refuses to load schemas from elsewhere.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, errors.New("a config schema must not refer to another document")
}

// checkSchema checks config against a JSON schema. The drafts' own schemas are
// built in; nothing else is loaded.
func checkSchema(schema, config []byte) error {
	if len(schema) == 0 {
		return nil
	}
	compiler, compiled, err := compileSchema(schema)
	if err != nil {
		return fmt.Errorf("the module's config schema: %s", clean(schemaFault(err), 500))
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return err
	}
	var invalid *jsonschema.ValidationError
	if err := soundly(func() error { return compiled.Validate(value) }); errors.As(err, &invalid) {
		return errors.New(clean(misfitsOf(compiler, invalid, "the config"), 1000))
	} else if err != nil {
		return fmt.Errorf("the module's config schema: %s", clean(err.Error(), 500))
	}
	return nil
}

func compileSchema(text []byte) (compiler *jsonschema.Compiler, compiled *jsonschema.Schema, err error) {
	if len(text) > maxSchema {
		return nil, nil, fmt.Errorf("its %d bytes are more than %d", len(text), maxSchema)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	references := 0
	if err := boundSchema(document, &references); err != nil {
		return nil, nil, err
	}
	compiler = jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(schemaURL, document); err != nil {
		return nil, nil, err
	}
	err = soundly(func() error {
		compiled, err = compiler.Compile(schemaURL)
		return err
	})
	return compiler, compiled, err
}

// boundSchema refuses what would make a check take for ever.
func boundSchema(value any, references *int) error {
	switch v := value.(type) {
	case json.Number:
		_, exponent, _ := strings.Cut(strings.ToLower(v.String()), "e")
		if len(v) > maxNumber || len(strings.TrimLeft(exponent, "+-0")) > 2 {
			return errors.New("a number is too long")
		}
	case []any:
		for _, element := range v {
			if err := boundSchema(element, references); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, member := range v {
			if strings.HasSuffix(name, "Ref") || name == "$ref" {
				if *references++; *references > maxReferences {
					return fmt.Errorf("it has more than %d references", maxReferences)
				}
			}
			if err := boundSchema(member, references); err != nil {
				return err
			}
		}
	}
	return nil
}

// soundly makes an error of a panic: a schema must not end the host, whatever
// the library makes of it.
func soundly(check func() error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("it cannot be checked: %v", reason)
		}
	}()
	return check()
}
