package config

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func asJSON(t *testing.T, text string) any {
	t.Helper()
	root, faults := yamltree.Parse([]byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var b bytes.Buffer
	newReader("d.yaml", keys.Config, surroundings{}).json(&b, root, "")
	value, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestTheSchemaTakesWhatTheReaderTakes(t *testing.T) {
	s := schema(t)
	for name, text := range map[string]string{"the design's": designFile, "whole": strings.Replace(wholeFile, "HTTP://Localhost", "http://localhost", 1), "least": base} {
		if err := s.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%s file: %v", name, err)
		}
	}
}

// What the schema can see, it refuses as the reader does.
func TestTheSchemaRefusesWhatTheReaderRefuses(t *testing.T) {
	s := schema(t)
	seen := 0
	for _, name := range []string{
		"unknown key", "unknown key deep", "no value", "section of text", "list of text", "flag", "number for text", "address",
		"duration", "duration without unit", "duration negative", "network", "network twice", "zone without networks", "zone priority",
		"choice", "empty text", "public_url missing", "providers missing", "providers empty", "public path", "not a url", "scheme",
		"password in url", "provider name", "saml", "oidc key of builtin", "builtin key of oidc", "issuer missing", "alg none",
		"userinfo typo", "mapper of two", "mapper of none", "mapper attribute", "mapper path", "digest", "source", "fuel", "size",
		"level segment", "grant numeric subject", "application origin", "application relative path", "application force_auth",
		"application without levels", "application forward_auth", "application refresh token", "application token",
		"header name", "header attribute", "header list", "headers too many", "console without level",
	} {
		for _, c := range faultCases {
			if c.name != name {
				continue
			}
			seen++
			if s.Validate(asJSON(t, c.text)) == nil {
				t.Errorf("%s: the schema takes\n%s", name, c.text)
			}
		}
	}
	if seen != 53 {
		t.Errorf("%d cases were looked at", seen)
	}
}
