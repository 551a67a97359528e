package plugin_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// What a config breaks of its schema is said in words that say what to write,
// and without the config's values.
func TestAConfigThatDoesNotFit(t *testing.T) {
	const schema = `{
	  "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/elsewhere",
	  "type": "object", "additionalProperties": false,
	  "oneOf": [{"required": ["csv"]}, {"required": ["rows"]}],
	  "anyOf": [{"required": ["csv"]}, {"required": ["rows"]}, {"required": ["key", "file"]}],
	  "properties": {
	    "csv": {"type": "string", "maxLength": 20}, "file": false, "key": {"pattern": "^k"}, "delimiter": {"enum": [",", "\t"]},
	    "list": {"minItems": 2, "maxItems": 2},
	    "rows": {"type": "object", "additionalProperties": {"$ref": "#/$defs/row"}},
	    "one": {"oneOf": [{"minLength": 1}, {"maxLength": 9}]}
	  },
	  "$defs": {
	    "row": {"type": "object", "additionalProperties": false, "properties": {
	      "roles": {"anyOf": [{"$ref": "#/$defs/role"}, {"type": "array", "items": {"$ref": "#/$defs/role"}}]}}, "patternProperties": {"^x\\.": true}},
	    "role": {"type": "string"}
	  }
	}`
	runtime := newRuntime(t)
	for name, test := range map[string]struct{ config, wants string }{
		"misspelt":           {`{"csv": "", "kye": "hunter2"}`, "the config: there is no member kye (it knows key, one, csv, file, list, rows, delimiter)"},
		"two misspelt":       {`{"csv": "", "lits": 1, "kye": 2}`, "there is no member kye, lits (it knows key, "},
		"misspelt below":     {`{"rows": {"a": {"Role": "hunter2"}}}`, `/rows/a: there is no member Role (it knows roles, names that match ^x\.)`},
		"neither":            {`{}`, "the config: exactly one of csv or rows is needed, and none is there"},
		"at least one":       {`{}`, "the config: at least one of csv, rows or key with file is needed, and none is there"},
		"both":               {`{"csv": "hunter2", "rows": {}}`, "the config: exactly one of csv or rows is needed, and csv and rows are both there"},
		"both forms":         {`{"csv": "", "one": "hunter2"}`, "/one: it has more than one of the forms of which the schema's oneOf allows exactly one"},
		"none of the types":  {`{"rows": {"a": {"roles": 71717171717}}}`, "/rows/a/roles: want string or array, got number"},
		"one of the types":   {`{"rows": {"a": {"roles": ["x", 71717171717]}}}`, "guest.wasm: /rows/a/roles/1: want string, got number"},
		"length":             {`{"csv": "hunter2hunter2hunter2"}`, "/csv: it breaks the schema's rule maxLength: 20"},
		"items":              {`{"csv": "", "list": ["hunter2"]}`, "/list: it breaks the schema's rule minItems: 2"},
		"pattern":            {`{"csv": "", "key": "hunter2"}`, "/key: it breaks the schema's rule pattern: ^k"},
		"value":              {`{"csv": "", "delimiter": "hunter2"}`, `/delimiter: want one of ",", "\t"`},
		"what must not be":   {`{"csv": "", "file": "hunter2"}`, "/file: it must not be there"},
		"another type of it": {`{"csv": 71717171717}`, "/csv: want string, got number"},
	} {
		t.Run(name, func(t *testing.T) {
			err := fits(t, runtime, schema, test.config)
			if err == nil || !strings.Contains(err.Error(), test.wants) {
				t.Errorf("got  %v\nwant %s", err, test.wants)
			} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "71717171717") {
				t.Errorf("%q holds a value of the config", err)
			}
		})
	}
	if err := fits(t, runtime, `{"properties": {"a": {"type": "strin"}}}`, `{}`); err == nil || !strings.HasSuffix(err.Error(), `the module's config schema: /properties/a/type: want one of "array", "boolean", "integer", "null", "number", "object", "string"`) {
		t.Error(err)
	}
	if err := fits(t, runtime, schema, `{"rows": {"a": {"roles": ["x"], "x.y": 1}}}`); err != nil {
		t.Error(err)
	}
	if err := fits(t, runtime, `{"additionalProperties": false}`, `{"a": 1}`); err == nil || !strings.Contains(err.Error(), "there is no member a, nor any other") {
		t.Error(err)
	}
}

// fits loads a module that brings a schema, with a config.
func fits(t *testing.T, runtime *plugin.Runtime, schema, config string) error {
	t.Helper()
	metadata, err := json.Marshal(map[string]any{"name": "a", "config": json.RawMessage(schema)})
	if err != nil {
		t.Fatal(err)
	}
	module, err := wasmbin.WithCustom(guestWriting([]byte("{}")), abi.MetadataSection, metadata)
	if err != nil {
		t.Fatal(err)
	}
	_, err = runtime.Open(context.Background(), declare(write(t, module), config))
	return err
}
