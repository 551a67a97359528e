package mapper_test

import (
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/mapper"
)

func TestReadsTokens(t *testing.T) {
	expression := func(value string) []mapper.Rule {
		return []mapper.Rule{mapper.Expression{Attribute: "attributes.a", Value: value}}
	}
	direct := func(path string) []mapper.Rule {
		return []mapper.Rule{mapper.Direct{Attribute: "attributes.a", Source: attrs.TokenEndpointResponse, Path: path}}
	}
	for name, c := range map[string]struct {
		rules []mapper.Rule
		want  bool
	}{
		"defaults":               {nil, false},
		"a claim":                {[]mapper.Rule{mapper.Direct{Attribute: "roles", Path: "groups"}}, false},
		"the scope":              {direct("scope"), false},
		"a token":                {direct("access_token"), true},
		"inside the scope":       {direct("scope.x"), true},
		"an unknown member":      {direct("other"), true},
		"an expression":          {expression(`{attribute-source:idTokenClaims:sub}`), false},
		"an expression of scope": {expression(`{attribute-source:tokenEndpointResponse:scope}`), false},
		"one that looks at it":   {expression(`{attribute-source:tokenEndpointResponse:id_token} == null`), true},
		"a plugin":               {[]mapper.Rule{mapper.PluginRule{Name: "p", Plugin: plugin{}}}, false},
		"a plugin that sees it":  {[]mapper.Rule{mapper.PluginRule{Name: "p", Plugin: plugin{}, Sources: []string{attrs.TokenEndpointResponse}}}, true},
	} {
		p, err := mapper.New(mapper.Config{Protocol: "oidc", UserInfoInUse: true, Rules: c.rules})
		if err != nil {
			t.Fatal(name, err)
		}
		if got := p.ReadsTokens(); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
