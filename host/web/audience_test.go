package web

import (
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// Of a token that is not for the API only its audience is told, bounded and
// printable.
func TestCheckAudience(t *testing.T) {
	jwt := func(claims map[string]any) string {
		return hosttest.Sign("none", nil, map[string]any{"alg": "none"}, claims)
	}
	for name, tt := range map[string]struct {
		token, says string // "" when it may be handed out
	}{
		"opaque":                  {"at-123", ""},
		"encrypted":               {"eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn", ""},
		"for the API":             {jwt(map[string]any{"aud": "api"}), ""},
		"for the API and more":    {jwt(map[string]any{"aud": []string{"x", "api"}}), ""},
		"for another":             {jwt(map[string]any{"aud": "graph", "sub": "canary"}), "this token is for graph, the API expects api"},
		"for others":              {jwt(map[string]any{"aud": []string{"a", "b", "c", "d", "e"}}), "this token is for a, b, c, 2 more, the API expects api"},
		"for nobody":              {jwt(map[string]any{"sub": "canary"}), "this token is for nobody (it has no aud), the API expects api"},
		"for a number":            {jwt(map[string]any{"aud": 7}), "this token is for nobody (it has no aud), the API expects api"},
		"in another case":         {jwt(map[string]any{"aud": "API"}), "this token is for API, the API expects api"},
		"for what is unprintable": {jwt(map[string]any{"aud": "a\r\nb\u202ec"}), "this token is for a??b?c, the API expects api"},
		"for what is long":        {jwt(map[string]any{"aud": strings.Repeat("a", 5000)}), "this token is for " + strings.Repeat("a", 128) + "…, the API expects api"},
	} {
		err := checkAudience(tt.token, "api")
		if tt.says == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if login.CodeOf(err) != login.CodeTokenAudience || login.HintOf(err) != "T"+tt.says[1:]+"." || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
