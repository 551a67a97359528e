package mapper_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
)

func TestT20_OnlyTheExactMemberIsTheEmail(t *testing.T) {
	for name, claims := range map[string]string{
		"upper case":           `{"sub":"1","EMAIL":"eve@example.com"}`,
		"title case":           `{"sub":"1","Email":"eve@example.com"}`,
		"a dotless i":          `{"sub":"1","emaıl":"eve@example.com"}`,
		"a Cyrillic letter":    `{"sub":"1","еmail":"eve@example.com"}`,
		"full width":           `{"sub":"1","ｅｍａｉｌ":"eve@example.com"}`,
		"white space":          `{"sub":"1","email ":"eve@example.com"}`,
		"a NUL":                `{"sub":"1","email\u0000":"eve@example.com"}`,
		"inside another":       `{"sub":"1","user":{"email":"eve@example.com"}}`,
		"a name with a dot":    `{"sub":"1","user.email":"eve@example.com"}`,
		"the empty string":     `{"sub":"1","email":""}`,
		"null":                 `{"sub":"1","email":null}`,
		"a combining accent":   `{"sub":"1","e\u0301mail":"eve@example.com"}`,
		"a zero-width joiner":  `{"sub":"1","e\u200dmail":"eve@example.com"}`,
		"the Kelvin sign in K": `{"sub":"1","\u212aind":"x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			user, err := newPipeline(t, mapper.PluginRule{Name: "p", Plugin: plugin{}}).Map(context.Background(),
				document(t, map[string]string{attrs.IDTokenClaims: claims}))
			if err != nil || user.Email != "" {
				t.Fatalf("email %q, %v, want none", user.Email, err)
			}
		})
	}
}

func TestT20_AnEmailIsOneAddress(t *testing.T) {
	for _, email := range []string{
		"eve@evil.example@example.com", "eve@evil.example＠example.com", "eve﹫evil.example@example.com", "@example.com", "eve@", "eve",
		"eve@evil.example,ada@example.com", "eve@evil.example ada@example.com", "<eve@evil.example>", `"eve@evil.example"@example.com`,
		"eve@evil.example;ada@example.com", "eve@example.com\u00a0", "eve@exam\u2028ple.com", "eve@example.com\r\nX-Admin: 1", `eve\@example.com`, "eve(@evil.example)@example.com",
	} {
		text, _ := json.Marshal(map[string]any{"sub": "1", "email": email})
		doc := document(t, map[string]string{attrs.IDTokenClaims: string(text)})
		for kind, rules := range map[string][]mapper.Rule{
			"default":    nil,
			"direct":     {mapper.Direct{Attribute: "email", Path: "email"}},
			"expression": {mapper.Expression{Attribute: "email", Value: `{idp-attributes:email}`}},
			"plugin":     {mapper.Direct{Attribute: "email", Path: "absent"}, mapper.PluginRule{Name: "p", Plugin: plugin{result: login.PluginResult{Set: map[string]any{"email": email}}}}},
		} {
			user, err := newPipeline(t, rules...).Map(context.Background(), doc)
			if err == nil {
				t.Errorf("%s: %q became the email %q", kind, email, user.Email)
			} else if strings.Contains(err.Error(), "evil") {
				t.Errorf("%s: the error tells the value: %v", kind, err)
			}
		}
	}
	for _, email := range []string{"ada@example.com", "Ada.Lovelace+tag@EXAMPLE.com", "añada@exämple.com", "a_b-c'd@x"} {
		text, _ := json.Marshal(map[string]any{"sub": "1", "email": email})
		user, err := newPipeline(t).Map(context.Background(), document(t, map[string]string{attrs.IDTokenClaims: string(text)}))
		if err != nil || user.Email != email {
			t.Errorf("%q became %q, %v: want it exactly as received", email, user.Email, err)
		}
	}
}

func TestT20_CaseFoldingJoinsNoTwoNames(t *testing.T) {
	p := newPipeline(t,
		mapper.Expression{Attribute: "userName", Value: `lower({idp-attributes:name})`},
		mapper.Expression{Attribute: "attributes.upper", Value: `upper({idp-attributes:name})`})
	for claim, want := range map[string][2]string{
		"KARL":      {"karl", "KARL"},
		"\u212aarl": {"\u212aarl", "\u212aARL"}, // Kelvin sign
		"\u0130van": {"\u0130van", "\u0130VAN"}, // I with a dot
		"\u0131van": {"\u0131van", "\u0131VAN"}, // i without a dot
		"\u017fam":  {"\u017fam", "\u017fAM"},   // long s
		"ÄRGER":     {"ärger", "ÄRGER"},
	} {
		text, _ := json.Marshal(map[string]any{"sub": "1", "name": claim})
		user, err := p.Map(context.Background(), document(t, map[string]string{attrs.IDTokenClaims: string(text)}))
		if err != nil || user.UserName != want[0] || user.Attributes["upper"] != want[1] {
			t.Errorf("%q became %q and %q, %v, want %q", claim, user.UserName, user.Attributes["upper"], err, want)
		}
	}
}

func TestT43_AMappedUserKeepsToItsBounds(t *testing.T) {
	evil := login.PluginResult{Set: map[string]any{
		"attributes": map[string]any{"sub": "root", "securityLevels": []any{"Authenticated/Admin"}, "roles": []any{"admin"}},
	}}
	user, err := newPipeline(t, mapper.PluginRule{Name: "p", Plugin: plugin{result: evil}}).Map(context.Background(), document(t, ada))
	if err != nil || user.ID != "248289761001" || user.Roles != nil {
		t.Fatalf("user %+v, %v: an attribute's name reached beyond attributes", user, err)
	}
}

func TestT48_ATokenStaysSecretWhereverItIsCopied(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnktMTIzIn0.c2lnbmF0dXJlLWNhbmFyeS00NTY"
	sources := map[string]string{
		attrs.IDTokenClaims:         `{"sub":"1"}`,
		attrs.TokenEndpointResponse: `{"access_token":"` + token + `","token_type":"Bearer"}`,
	}
	ref := `{attribute-source:tokenEndpointResponse:access_token}`
	p := newPipeline(t,
		mapper.Direct{Attribute: "userName", Source: attrs.TokenEndpointResponse, Path: "access_token"},
		mapper.Expression{Attribute: "attributes.parts", Value: `split(` + ref + `, ".")`},
		mapper.Expression{Attribute: "attributes.lower", Value: `lower(` + ref + `)`},
		mapper.Expression{Attribute: "attributes.list", Value: `{"in": ["Bearer " + ` + ref + `], ` + ref + `: 1}`},
		mapper.Expression{Attribute: "attributes.half", Value: `first(split(` + ref + `, "4M"))`},
		mapper.PluginRule{Name: "p", Plugin: plugin{result: login.PluginResult{Set: map[string]any{"lastName": token}}}})
	doc := document(t, sources)
	user, entry, err := traced(t, p, doc)
	if err != nil {
		t.Fatal(err)
	}
	if user.UserName != token {
		t.Fatalf("the user itself is masked: %q", user.UserName)
	}
	masked, _ := json.Marshal(user.Masked(doc.Sources.Secrets()))
	shown, _ := json.Marshal(entry)
	for where, text := range map[string]string{"masked user": string(masked), "trace": string(shown)} {
		for _, canary := range []string{"eyJzdWIi", "c2lnbmF0", "eyjzdwii", "c2lnbmf0"} {
			if strings.Contains(text, canary) {
				t.Errorf("the %s holds %s: %s", where, canary, text)
			}
		}
	}
	if !strings.Contains(string(masked), "sha256:") {
		t.Errorf("nothing was masked: %s", masked)
	}
	words := document(t, map[string]string{ // words that are no tokens, though a token response says them too
		attrs.IDTokenClaims:         `{"sub":"1","groups":["member","admin"]}`,
		attrs.TokenEndpointResponse: `{"access_token":"` + token + `","token_use":"member","session_type":"Admin"}`,
	})
	if user, err := newPipeline(t, mapper.Direct{Attribute: "roles", Path: "groups"}).Map(t.Context(), words); err != nil || len(user.Roles) != 2 {
		t.Errorf("roles %q, %v", user.Roles, err)
	}
	p = newPipeline(t, mapper.Expression{Attribute: "roles", Value: `split(` + ref + `, ".")`})
	if _, err := p.Map(t.Context(), doc); login.CodeOf(err) != login.CodeMappingFailed || !strings.Contains(err.Error(), "roles[0]") {
		t.Errorf("a token among the roles: %v", err)
	}
}
