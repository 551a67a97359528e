// What a module says about itself, against what it was given.

package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// readMetadata returns what the module says about itself, nil when it says
// nothing.
func readMetadata(module []byte) (*abi.Metadata, error) {
	text, ok, err := wasmbin.Custom(module, abi.MetadataSection)
	if err != nil || !ok {
		return nil, err
	}
	m, err := abi.DecodeMetadata(text)
	if err != nil {
		return nil, fmt.Errorf("section %s: %w", abi.MetadataSection, err)
	}
	if m.ABI != 0 && m.ABI != abi.Version {
		return nil, fmt.Errorf("it was built for version %d of the boundary and this host speaks version %d", m.ABI, abi.Version)
	}
	return &m, nil
}

// checkMetadata compares what a module needs with what it is given.
func (c Config) checkMetadata(m *abi.Metadata) error {
	if m == nil {
		return nil
	}
	var faults []error
	for _, source := range m.Sources {
		if !slices.Contains(c.Sources, source) {
			faults = append(faults, c.fault("sources", fmt.Errorf("it needs the source %s; add it to the list", quote(source))))
		}
	}
	if m.Deny && c.SkipOnError {
		faults = append(faults, c.fault("on_error", errors.New("it may deny logins, so a failure of it must not be skipped; write fail")))
	}
	if err := checkSchema(m.Config, c.Config); err != nil {
		faults = append(faults, c.fault("config", err))
	}
	return errors.Join(faults...)
}

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
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return fmt.Errorf("the module's config schema: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(schemaURL, document); err != nil {
		return fmt.Errorf("the module's config schema: %w", err)
	}
	compiled, err := compiler.Compile(schemaURL)
	if err != nil {
		return fmt.Errorf("the module's config schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return err
	}
	var invalid *jsonschema.ValidationError
	if err := compiled.Validate(value); errors.As(err, &invalid) {
		return errors.New(strings.Join(slices.Compact(violations(invalid, nil)), "; "))
	} else if err != nil {
		return err
	}
	return nil
}

// violations lists the innermost causes: where in the config, and which rule.
// The config's values stay out of it.
func violations(e *jsonschema.ValidationError, found []string) []string {
	if len(e.Causes) == 0 && len(found) < 8 {
		at := ""
		for _, token := range e.InstanceLocation {
			at += "/" + abi.EncodeToken(token)
		}
		return append(found, or(at, "the config")+": "+violation(e.ErrorKind))
	}
	for _, cause := range e.Causes {
		found = violations(cause, found)
	}
	return found
}

func violation(rule jsonschema.ErrorKind) string {
	switch k := rule.(type) {
	case *kind.Type:
		return "want " + strings.Join(k.Want, " or ") + ", got " + k.Got
	case *kind.Required:
		return "the member " + strings.Join(k.Missing, ", ") + " is missing"
	case *kind.AdditionalProperties:
		return "there is no member " + strings.Join(k.Properties, ", ")
	case *kind.Enum:
		return fmt.Sprintf("want one of %v", k.Want)
	}
	return "it breaks the schema's rule " + strings.Join(rule.KeywordPath(), "/")
}
