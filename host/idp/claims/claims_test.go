package claims

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/people"
)

const (
	longEmail = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
	longGiven = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"
	longName  = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
)

// of are the claims of person by scope, without sub, name and the internal id.
func of(t *testing.T, person people.Person, asked Ask) map[string]any {
	t.Helper()
	out := Scopes{}.Of(person, asked)
	maps.DeleteFunc(out, func(claim string, _ any) bool { return slices.Contains(covered[OpenID], claim) })
	return out
}

func TestSAF03_OfSeveralEmailsTheFirst(t *testing.T) {
	for what, test := range map[string]struct {
		person people.Person
		want   map[string]any
	}{
		"none":                     {people.Person{EmailVerified: true}, map[string]any{}},
		"the record's":             {people.Person{Email: "a@x.example"}, map[string]any{"email": "a@x.example", "email_verified": false}},
		"the record's, verified":   {people.Person{Email: "a@x.example", EmailVerified: true}, map[string]any{"email": "a@x.example", "email_verified": true}},
		"imported":                 {people.Person{Claims: map[string]any{longEmail: []any{"b@x.example", "c@x.example"}}}, map[string]any{"email": "b@x.example", "email_verified": false}},
		"imported, flag of none":   {people.Person{EmailVerified: true, Claims: map[string]any{"email": "b@x.example"}}, map[string]any{"email": "b@x.example", "email_verified": false}},
		"imported with its flag":   {people.Person{Claims: map[string]any{"email": "b@x.example", "email_verified": true}}, map[string]any{"email": "b@x.example", "email_verified": false}},
		"first that is an address": {people.Person{Claims: map[string]any{"email": []any{"", 7, "c@x.example"}}}, map[string]any{"email": "c@x.example", "email_verified": false}},
		"the record's of both":     {people.Person{Email: "a@x.example", Claims: map[string]any{"email": "b@x.example", longEmail: "c@x.example"}}, map[string]any{"email": "a@x.example", "email_verified": false}},
		"the exact name of both":   {people.Person{Claims: map[string]any{"email": "b@x.example", longEmail: "c@x.example"}}, map[string]any{"email": "b@x.example", "email_verified": false}},
		"no text":                  {people.Person{Claims: map[string]any{"email": map[string]any{"a": "b"}}}, map[string]any{}},
	} {
		if got := of(t, test.person, Ask{Scopes: []string{OpenID, Email}}); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", what, got, test.want)
		}
	}
}

func TestNameFallsBack(t *testing.T) {
	for want, person := range map[string]people.Person{
		"Ada":          {Name: "Ada", GivenName: "A.", Claims: map[string]any{"name": "other"}},
		"stored":       {GivenName: "A.", Claims: map[string]any{"name": "stored"}},
		"Ada Lovelace": {GivenName: "Ada", FamilyName: "Lovelace"},
		"Grace":        {Claims: map[string]any{longGiven: "Grace"}},
		"s-1":          {UserName: "ada"},
	} {
		person.Subject = "s-1"
		if got := (Scopes{}).Of(person, Ask{Scopes: []string{OpenID}})["name"]; got != want {
			t.Errorf("name is %v, want %s", got, want)
		}
	}
}

// A person's own claims cannot say what only the protocol or the record says,
// in whatever case: some clients' decoders do not mind it.
func TestOwnClaimsForgeNothing(t *testing.T) {
	everything := Ask{Scopes: slices.Concat(builtIn, []string{longName}), Registered: slices.Concat(builtIn, []string{longName})}
	person := people.Person{Subject: "s-1", UserName: "ada", Email: "a@x.example", Claims: map[string]any{"team": "red"}}
	want := Scopes{}.Of(person, everything)
	if want["team"] != "red" || want["email_verified"] != false {
		t.Fatalf("claims: %v", want)
	}
	forged := slices.Concat(slices.Collect(maps.Keys(protocol)), slices.Collect(maps.Keys(computed)))
	for _, claim := range forged {
		kelvin := strings.NewReplacer("k", "\u212a", "s", "\u017f").Replace(claim)
		for _, spelt := range []string{claim, strings.ToUpper(claim), strings.ToUpper(claim[:1]) + claim[1:], kelvin} {
			person.Claims = map[string]any{"team": "red", spelt: "forged"}
			asked := everything
			asked.Scopes = append(slices.Clone(asked.Scopes), spelt)
			asked.Registered = append(slices.Clone(asked.Registered), spelt)
			asked.Claims = Wanted{spelt: {Essential: true}, claim: {}}
			if got := (Scopes{}).Of(person, asked); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, want %v", spelt, got, want)
			}
		}
	}
	person.Claims = map[string]any{"team": "red", "EMAIL": "forged", "Groups": "forged"}
	if got := (Scopes{}).Of(person, everything); !reflect.DeepEqual(got, want) {
		t.Errorf("standard names in another case: %v", got)
	}
}

func TestValuesHaveTheirKind(t *testing.T) {
	stored := func(claim string, value any) any {
		return of(t, people.Person{Claims: map[string]any{claim: value}}, Ask{Scopes: builtIn, Registered: builtIn})[claim]
	}
	for _, test := range []struct {
		claim       string
		value, want any
	}{
		{"nickname", "lex", "lex"},
		{"nickname", []any{"", "lex", "al"}, "lex"},
		{"nickname", []string{"lex"}, "lex"},
		{"nickname", 7.0, nil},
		{"nickname", "", nil},
		{"updated_at", json.Number("1700000000"), json.Number("1700000000")},
		{"updated_at", 1.7e9, 1.7e9},
		{"updated_at", "2023-11-14", nil},
		{"address", map[string]any{"country": "DE", "region": "", "locality": nil}, map[string]any{"country": "DE"}},
		{"address", map[string]any{"region": ""}, nil},
		{"address", "Main Street 1", nil},
		{"address", []any{map[string]any{"country": "DE"}}, nil},
		{"groups", "staff", []string{"staff"}},
		{"groups", []any{"staff", "", 7, "ops"}, []string{"staff", "ops"}},
		{"roles", 7.0, []string{}},
		{"line", 7.0, 7.0},
		{"line", false, false},
		{"line", []any{}, nil},
		{"line", map[string]any{}, nil},
		{"line", nil, nil},
		{"line", "", nil},
	} {
		if got := stored(test.claim, test.value); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s of %#v: %#v, want %#v", test.claim, test.value, got, test.want)
		}
	}
	if person := (people.Person{Groups: []string{"a"}, Claims: map[string]any{"groups": []any{"b"}}}); !reflect.DeepEqual(of(t, person, Ask{Scopes: []string{Groups}})["groups"], []string{"a"}) {
		t.Error("stored groups take the place of the record's")
	}
}

func TestTheClaimsParameter(t *testing.T) {
	scopes, err := NewScopes(map[string][]string{"plant": {"line", longGiven}})
	if err != nil {
		t.Fatal(err)
	}
	person := people.Person{Subject: "s-1", UserName: "ada", GivenName: "Ada", Email: "a@x.example", Groups: []string{"ops"},
		Claims: map[string]any{"line": 7.0, "team": "red", "address": map[string]any{"country": "DE", "locality": "Ulm"}}}
	value := func(texts ...string) (claim ask.Claim) {
		for _, text := range texts {
			claim.Values = append(claim.Values, json.RawMessage(text))
		}
		return claim
	}
	for what, test := range map[string]struct {
		registered []string
		claim      string
		asked      ask.Claim
		want       any
	}{
		"a standard claim":             {nil, "email", ask.Claim{Essential: true}, "a@x.example"},
		"one nobody has":               {nil, "nickname", ask.Claim{Essential: true}, nil},
		"a scope's":                    {nil, "line", ask.Claim{}, 7.0},
		"by its long type":             {nil, longGiven, ask.Claim{}, "Ada"},
		"one of no scope":              {nil, "team", ask.Claim{}, nil},
		"registered for it":            {[]string{"team"}, "team", ask.Claim{}, "red"},
		"registered for all":           {[]string{All}, "team", ask.Claim{}, "red"},
		"registered for others":        {[]string{Profile}, "email", ask.Claim{}, nil},
		"all is not the standard ones": {[]string{All}, "email", ask.Claim{}, nil},
		"a scope it is not for":        {[]string{Profile}, "line", ask.Claim{}, nil},
		"with its value":               {nil, "email", ask.Claim{Value: json.RawMessage(`"a@x.example"`)}, "a@x.example"},
		"with another value":           {nil, "email", ask.Claim{Value: json.RawMessage(`"b@x.example"`)}, nil},
		"with one of the values":       {nil, "line", value(`6`, `7`), 7.0},
		"with none of the values":      {nil, "line", value(`6`, `"7"`), nil},
		"an object, spelt otherwise":   {nil, "address", value(`{ "locality":"Ulm", "country":"\u0044E" }`), map[string]any{"country": "DE", "locality": "Ulm"}},
		"a list":                       {nil, "groups", value(`["ops"]`), []string{"ops"}},
		"broken text":                  {nil, "email", value(`{`), nil},
		"the protocol's":               {nil, "auth_time", ask.Claim{Essential: true}, nil},
		"the subject":                  {[]string{Profile}, "sub", ask.Claim{}, "s-1"},
	} {
		got := scopes.Of(person, Ask{Registered: test.registered, Claims: Wanted{test.claim: test.asked}})
		claim := strings.Replace(test.claim, longGiven, "given_name", 1)
		if !reflect.DeepEqual(got[claim], test.want) || len(got) > 1 || test.want == nil && len(got) > 0 {
			t.Errorf("%s: %v, want %v", what, got, test.want)
		}
	}
	both := scopes.Of(person, Ask{Scopes: []string{Email}, Claims: Wanted{"email": value(`"b@x.example"`)}})
	if both["email"] != "a@x.example" {
		t.Error("a value that does not fit took away what the scope gives")
	}
}

func TestSAF01_ScopesThatTheClientMayNotAskFor(t *testing.T) {
	person := people.Person{Subject: "s-1", GivenName: "Ada", Claims: map[string]any{"team": "red"}}
	for _, registered := range [][]string{nil, {Email}, {OpenID}} {
		asked := []string{All, "team"}
		if registered != nil {
			asked = append(asked, Profile)
		}
		if got := of(t, person, Ask{Scopes: asked, Registered: registered}); len(got) != 0 {
			t.Errorf("registered for %v, told %v", registered, got)
		}
	}
}

func TestConfiguredScopes(t *testing.T) {
	for want, extra := range map[string]map[string][]string{
		"no scope":           {"two words": {"line"}},
		"a scope of its":     {"profile": {"line"}},
		`"auth_time" is not`: {"plant": {"line", "auth_time"}},
		"authnclass":         {"plant": {"http://schemas.microsoft.com/claims/authnclassreference"}},
		`"" is not`:          {"plant": {""}},
		`"user_id" is not`:   {"plant": {"user_id"}},
	} {
		if _, err := NewScopes(extra); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", extra, err, want)
		}
	}
	scopes, err := NewScopes(map[string][]string{"plant": {"line", "email", "email_verified", longName}, "bare": nil})
	if err != nil {
		t.Fatal(err)
	}
	person := people.Person{Subject: "s-1", Email: "a@x.example", EmailVerified: true, Claims: map[string]any{"line": "L1", longName: "ada-nameid"}}
	got := scopes.Of(person, Ask{Scopes: []string{"plant", "bare", "unheard"}})
	if want := map[string]any{"line": "L1", "email": "a@x.example", "email_verified": true, "nameid": "ada-nameid", "sub": "s-1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if names := scopes.Names(); !slices.Contains(names, "plant") || !slices.Contains(names, All) || slices.Contains(scopes.Open(), All) || !slices.Contains(scopes.Open(), "plant") {
		t.Errorf("scopes: %v, open: %v", names, scopes.Open())
	}
	if claims := scopes.Claims(); !slices.Contains(claims, "line") || !slices.Contains(claims, "zoneinfo") || slices.Contains(claims, longName) || len(slices.Compact(slices.Sorted(slices.Values(claims)))) != len(claims) {
		t.Errorf("claims: %v", claims)
	}
}

// What is told is a copy: whoever adds iss and aud to it changes no record.
func TestTheRecordStaysAsItIs(t *testing.T) {
	address := map[string]any{"country": "DE", "region": ""}
	person := people.Person{Subject: "s-1", Groups: []string{"a"}, Claims: map[string]any{"address": address}}
	out := Scopes{}.Of(person, Ask{Scopes: builtIn})
	out["iss"] = "x"
	out["groups"].([]string)[0] = "b"
	out["address"].(map[string]any)["country"] = "FR"
	if len(person.Claims) != 1 || person.Groups[0] != "a" || address["country"] != "DE" || len(address) != 2 {
		t.Errorf("the record is now %v %v", person.Claims, person.Groups)
	}
}
