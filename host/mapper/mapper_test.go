package mapper_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
)

// document makes a document of sources given as JSON by name.
func document(t testing.TB, sources map[string]string) login.Document {
	t.Helper()
	var doc attrs.Document
	for name, text := range sources {
		var err error
		if doc, err = doc.With(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return login.Document{Sources: doc}
}

var ada = map[string]string{
	attrs.IDTokenClaims: `{"iss":"https://idp.example.com","sub":"248289761001","preferred_username":"Ada.L","given_name":"Ada",
		"family_name":"Lovelace","auth_time":1311280969,"amr":["uname","pwd"],"exact":1.10,"huge":12345678901234567890123,
		"https://example.com/roles":["engineer","admin"],"verified":true,"nothing":null,"both":{"x":1},"both.x":2,
		"unit":{"name":"R&D","floors":[1,2.50,3]},"text":"one,two","shape":{"width":1.50}}`,
	attrs.TokenEndpointResponse: `{"access_token":"SlAV32hkKG-7c2f0a91d4","token_type":"Bearer","expires_in":3600}`,
	attrs.UserInfo:              `{"sub":"248289761001","email":"ada@example.com","groups":["engineering","staff"],"given_name":"Augusta"}`,
}

func newPipeline(t testing.TB, rules ...mapper.Rule) *mapper.Pipeline {
	t.Helper()
	p, err := mapper.New(mapper.Config{Rules: rules, Protocol: "oidc", UserInfoInUse: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// traced maps doc, and gives the entry of the trace's step too.
func traced(t testing.TB, p *mapper.Pipeline, doc login.Document) (login.User, login.Entry, error) {
	t.Helper()
	trace := &login.Trace{}
	user, err := p.Map(login.WithTrace(context.Background(), trace), doc)
	entries := trace.Entries()
	if len(entries) == 0 || entries[0].Step != "map" {
		t.Fatalf("trace %v, want the step map first", entries)
	}
	for _, e := range entries[1:] {
		if !strings.HasPrefix(e.Step, "skip ") {
			t.Fatalf("trace %v, want only skipped plugins behind the step map", entries)
		}
	}
	return user, entries[0], err
}

func TestDefaultsFromStandardClaims(t *testing.T) {
	user, entry, err := traced(t, newPipeline(t), document(t, ada))
	if err != nil {
		t.Fatal(err)
	}
	want := login.User{ID: "248289761001", UserName: "Ada.L", FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com"}
	if !reflect.DeepEqual(user, want) {
		t.Fatalf("user %+v, want %+v: the ID token counts before userinfo", user, want)
	}
	shown, _ := json.Marshal(entry.Out["mappers"])
	if !strings.Contains(string(shown), `{"attribute":"email","mapper":"default","path":"email","set":"ada@example.com","source":"userInfo"}`) {
		t.Errorf("the trace does not show where email came from: %s", shown)
	}
}

func TestTheTraceSaysWhichMapperOfTheConfigurationDidWhat(t *testing.T) {
	_, entry, err := traced(t, newPipeline(t,
		mapper.Direct{Attribute: "email", Path: "no_such_claim"},
		mapper.Expression{Attribute: "attributes.none", Value: "null"},
		mapper.Expression{Attribute: "userName", Value: `"x-" + user.lastName`},
	), document(t, ada))
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := json.Marshal(entry.Out["mappers"])
	for _, want := range []string{
		`{"attribute":"email","mapper":"direct","nothing":true,"path":"no_such_claim","position":1,"source":"idTokenClaims"}`,
		`{"attribute":"attributes.none","expression":"null","mapper":"expression","nothing":true,"position":2}`,
		`{"attribute":"userName","expression":"\"x-\" + user.lastName","mapper":"expression","position":3,"set":"x-Lovelace"}`,
		`{"attribute":"firstName","mapper":"default","path":"given_name","set":"Ada","source":"idTokenClaims"}`,
	} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("the trace lacks %s:\n%s", want, shown)
		}
	}
}

func TestDefaultsKeepToTheirSources(t *testing.T) {
	for _, test := range []struct {
		name   string
		config mapper.Config
		want   login.User
	}{
		{"userinfo is not in use", mapper.Config{Protocol: "oidc"},
			login.User{ID: "248289761001", UserName: "Ada.L", FirstName: "Ada", LastName: "Lovelace"}},
		{"an ID token in a header", mapper.Config{Protocol: "id-token", UserInfoInUse: true},
			login.User{ID: "248289761001", UserName: "Ada.L", FirstName: "Ada", LastName: "Lovelace"}},
		{"SAML", mapper.Config{Protocol: "saml"}, login.User{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := mapper.New(test.config)
			if err != nil {
				t.Fatal(err)
			}
			user, err := p.Map(context.Background(), document(t, ada))
			if err != nil || !reflect.DeepEqual(user, test.want) {
				t.Fatalf("user %+v, %v, want %+v", user, err, test.want)
			}
		})
	}
}

// TestSAMLHasOneDefault reads the person's name, and no attribute whatever it is
// called.
func TestSAMLHasOneDefault(t *testing.T) {
	doc := document(t, map[string]string{attrs.AuthnResponse: `{"nameId":"p-7f3a","sub":"x","attributes":{"email":["ada@example.com"]},"email":"ada@example.com"}`})
	for _, c := range []struct {
		rules []mapper.Rule
		want  login.User
	}{
		{nil, login.User{ID: "p-7f3a"}},
		{[]mapper.Rule{mapper.Direct{Attribute: "id", Source: attrs.AuthnResponse, Path: "attributes.uid[0]"}}, login.User{}},
	} {
		p, err := mapper.New(mapper.Config{Protocol: "saml", UserInfoInUse: true, Rules: c.rules})
		if err != nil {
			t.Fatal(err)
		}
		if user, err := p.Map(context.Background(), doc); err != nil || !reflect.DeepEqual(user, c.want) {
			t.Errorf("user %+v, %v, want %+v", user, err, c.want)
		}
	}
}

func TestAMappedAttributeHasNoDefault(t *testing.T) {
	p := newPipeline(t,
		mapper.Direct{Attribute: "email", Path: "mail"}, // absent
		mapper.Expression{Attribute: "userName", Value: `null`})
	user, entry, err := traced(t, p, document(t, ada))
	if err != nil {
		t.Fatal(err)
	}
	if user.Email != "" || user.UserName != "" {
		t.Errorf("user %+v has a default where a mapper found nothing", user)
	}
	notes := strings.Join(entry.Notes, "\n")
	for _, want := range []string{"attribute email: source idTokenClaims, path mail: there is nothing", "attribute userName: the expression gives null"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q do not say %q", notes, want)
		}
	}
}

func TestDirect(t *testing.T) {
	for _, test := range []struct {
		name string
		rule mapper.Direct
		want any
	}{
		{"a string", mapper.Direct{Attribute: "userName", Path: "text"}, "one,two"},
		{"a list of strings", mapper.Direct{Attribute: "roles", Source: attrs.UserInfo, Path: "groups"}, []string{"engineering", "staff"}},
		{"a bare URL", mapper.Direct{Attribute: "roles", Path: "https://example.com/roles"}, []string{"engineer", "admin"}},
		{"a number keeps its digits", mapper.Direct{Attribute: "attributes.x", Path: "exact"}, json.Number("1.10")},
		{"a number that no machine type holds", mapper.Direct{Attribute: "attributes.x", Path: "huge"}, json.Number("12345678901234567890123")},
		{"a boolean", mapper.Direct{Attribute: "attributes.x", Path: "verified"}, true},
		{"an object", mapper.Direct{Attribute: "attributes.x", Path: "unit"},
			map[string]any{"name": "R&D", "floors": []any{json.Number("1"), json.Number("2.50"), json.Number("3")}}},
		{"null maps nothing", mapper.Direct{Attribute: "attributes.x", Path: "nothing"}, nil},
		{"an absent path maps nothing", mapper.Direct{Attribute: "roles", Path: "unit.roles"}, []string(nil)},
	} {
		t.Run(test.name, func(t *testing.T) {
			user, err := newPipeline(t, test.rule).Map(context.Background(), document(t, ada))
			if err != nil {
				t.Fatal(err)
			}
			if got := attribute(user, test.rule.Attribute); !reflect.DeepEqual(got, test.want) {
				t.Fatalf("%s is %#v, want %#v", test.rule.Attribute, got, test.want)
			}
		})
	}
}

func attribute(user login.User, name string) any {
	switch name {
	case "userName":
		return user.UserName
	case "email":
		return user.Email
	case "roles":
		return user.Roles
	}
	return user.Attributes[strings.TrimPrefix(name, "attributes.")]
}

func TestAWrongTypeIsAnErrorThatNamesThePlace(t *testing.T) {
	for _, test := range []struct {
		name string
		rule mapper.Rule
		want string
	}{
		{"a number for email", mapper.Direct{Attribute: "email", Path: "auth_time"},
			"attribute email: source idTokenClaims, path auth_time: want a string, found a number"},
		{"a string for roles", mapper.Direct{Attribute: "roles", Path: "text"},
			"attribute roles: source idTokenClaims, path text: want a list of strings, found a string"},
		{"a list for a name", mapper.Direct{Attribute: "userName", Source: attrs.UserInfo, Path: "groups"},
			"path groups: want a string, found a list; write [0] behind the path"},
		{"an object for a name", mapper.Direct{Attribute: "lastName", Path: "unit"}, "want a string, found an object"},
		{"a number among roles", mapper.Direct{Attribute: "roles", Path: "unit.floors"}, "item 0 is a number"},
		{"both meanings of a bare name", mapper.Direct{Attribute: "attributes.x", Path: "both.x"}, "source idTokenClaims, path both.x: both the structure"},
		{"an expression's number for email", mapper.Expression{Attribute: "email", Value: `{attribute-source:idTokenClaims:auth_time}`},
			"attribute email: expression: want a string, found a number"},
		{"an expression's string for roles", mapper.Expression{Attribute: "roles", Value: `{attribute-source:idTokenClaims:text}`},
			"attribute roles: expression: want a list of strings, found a string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, entry, err := traced(t, newPipeline(t, test.rule), document(t, ada))
			if login.CodeOf(err) != login.CodeMappingFailed || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if entry.Code != login.CodeMappingFailed {
				t.Errorf("the trace says %q", entry.Code)
			}
		})
	}
}

func TestADefaultOfAWrongTypeIsAnError(t *testing.T) {
	doc := document(t, map[string]string{attrs.IDTokenClaims: `{"sub":"1","given_name":["Ada"]}`})
	_, err := newPipeline(t).Map(context.Background(), doc)
	if err == nil || !strings.Contains(err.Error(), "attribute firstName: source idTokenClaims, path given_name (the default): want a string, found a list") {
		t.Fatalf("error %v", err)
	}
}

func TestBounds(t *testing.T) {
	roles := func(n int, role string) string {
		return `{"sub":"1","v":["` + strings.Repeat(role+`","`, n-1) + role + `"]}`
	}
	for _, test := range []struct {
		name, attribute, claims, want string
	}{
		{"1000 roles", "roles", roles(1000, "r"), ""},
		{"1001 roles", "roles", roles(1001, "r"), "more than 1000 roles"},
		{"256 bytes", "roles", roles(1, strings.Repeat("r", 256)), ""},
		{"257 bytes", "roles", roles(1, strings.Repeat("r", 257)), "role 0 has 257 bytes"},
		{"an empty role", "roles", `{"v":["a",""]}`, "role 1 has 0 bytes"},
		{"a control character in a role", "roles", `{"v":["a\u000db"]}`, "role 0 has a control character"},
		{"a control character in a name", "userName", `{"v":"a\nb"}`, "control character"},
		{"1024 bytes of name", "userName", `{"v":"` + strings.Repeat("n", 1024) + `"}`, ""},
		{"1025 bytes of name", "userName", `{"v":"` + strings.Repeat("n", 1025) + `"}`, "longer than 1024 bytes"},
		{"64 KiB of attributes", "attributes.big", `{"v":"` + strings.Repeat("n", 64<<10-20) + `"}`, ""},
		{"more than 64 KiB of attributes", "attributes.big", `{"v":"` + strings.Repeat("n", 64<<10) + `"}`, "larger than 64 KiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPipeline(t, mapper.Direct{Attribute: test.attribute, Path: "v"})
			_, err := p.Map(context.Background(), document(t, map[string]string{attrs.IDTokenClaims: test.claims}))
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
		})
	}
}
