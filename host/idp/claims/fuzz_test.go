package claims

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/doorward/doorward/host/idp/people"
)

// FuzzImportedClaims holds whatever an import may bring against what a client
// must be able to rely on.
func FuzzImportedClaims(f *testing.F) {
	for _, seed := range []string{
		`{"team":"red"}`, `{"SUB":"x","\u017fub":"x","email_verified":true,"user_id":"7"}`, `{"` + longEmail + `":["a@x.example"]}`,
		`{"` + longName + `":"x","http://schemas.microsoft.com/claims/authnmethodsreferences":["mfa"]}`,
		`{"address":{"country":null},"groups":"a","updated_at":1e300,"nickname":[[],{}]}`, `{"":1}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		var stored map[string]any
		if json.Unmarshal([]byte(source), &stored) != nil {
			return
		}
		person := people.Person{Subject: "s-1", UserName: "ada", Email: "a@x.example", Claims: stored}
		scopes := slices.AppendSeq(slices.Clone(builtIn), maps.Keys(stored))
		out := Scopes{}.Of(person, Ask{Scopes: scopes, Registered: scopes})
		for claim, want := range map[string]any{"sub": "s-1", internalID: "s-1", preferredUserName: "ada", "email": "a@x.example", "email_verified": false} {
			if out[claim] != want {
				t.Errorf("%s is %v", claim, out[claim])
			}
		}
		delete(out, "sub")
		for claim, value := range out {
			if f := fold(claim); protocol[f] || f == "user_id" || computed[f] && claim != f {
				t.Errorf("%q came through", claim)
			}
			if empty(value) && claim != "groups" && claim != "roles" {
				t.Errorf("%q is empty", claim)
			}
			if _, ok := value.(string); standard[claim] == text && !ok && claim != emailVerified && claim != phoneVerified {
				t.Errorf("%q is %T", claim, value)
			}
		}
		if _, err := json.Marshal(out); err != nil {
			t.Error(err)
		}
	})
}
