package doorward_test

import (
	"errors"
	"os"
	"reflect"
	"testing"

	"github.com/doorward/doorward/sdk/abi"
	doorward "github.com/doorward/doorward/sdk/go"
)

func input(t testing.TB, name string) *doorward.Input {
	t.Helper()
	text, err := os.ReadFile("../abi/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	in, err := doorward.NewInput(text)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestInput(t *testing.T) {
	in := input(t, "input-full.json")
	user := in.User()
	if user.ID != "4711" || user.Email != "a<b>@example.com" || !reflect.DeepEqual(user.Roles, []string{"member"}) || string(user.Attributes["level"]) != "2.50" {
		t.Errorf("the user is %+v", user)
	}
	if l := in.Login(); l != (doorward.Login{IdP: "corp", Protocol: "oidc", Time: 1577836800, ForceAuth: true}) {
		t.Errorf("the login is %+v", l)
	}
	if v, ok := in.Config("/prefix"); !ok || string(v) != `"app-"` {
		t.Errorf("the config's prefix is %s, %v", v, ok)
	}
	v, ok := in.Source("idTokenClaims", "/https:~1~1example.com~1roles/0")
	if text, isText := v.Text(); !ok || !isText || text != "editor" {
		t.Errorf("got %s, %v", v, ok)
	}
	if _, ok := in.Get("/sources/idTokenClaims/absent"); ok {
		t.Error("found what is absent")
	}
	if _, ok := in.Get("no pointer"); ok {
		t.Error("found with a malformed pointer")
	}
}

// Each typed reading is Get and the Value's method.
func TestTypedReading(t *testing.T) {
	in := input(t, "input-full.json")
	if text, ok := in.Text("/sources/userInfo/name"); !ok || text != "Ümit" {
		t.Errorf("Text gives %q, %v", text, ok)
	}
	if texts, ok := in.Texts("/sources/idTokenClaims/groups"); !ok || !reflect.DeepEqual(texts, []string{"app-admin", "staff"}) {
		t.Errorf("Texts gives %q, %v", texts, ok)
	}
	if n, ok := in.Int("/login/time"); !ok || n != 1577836800 {
		t.Errorf("Int gives %d, %v", n, ok)
	}
	if digits, ok := in.Number("/sources/idTokenClaims/big"); !ok || digits != "12345678901234567890.10" {
		t.Errorf("Number gives %q, %v", digits, ok)
	}
	if yes, ok := in.Bool("/login/forceAuth"); !ok || !yes {
		t.Errorf("Bool gives %v, %v", yes, ok)
	}
	for _, pointer := range []string{"/absent", "/sources/userInfo/locale", "/sources", "no pointer"} {
		_, text := in.Text(pointer)
		_, texts := in.Texts(pointer)
		_, integer := in.Int(pointer)
		_, number := in.Number(pointer)
		_, boolean := in.Bool(pointer)
		if text || texts || integer || number || boolean {
			t.Errorf("%s is read as something: %v", pointer, []bool{text, texts, integer, number, boolean})
		}
	}
}

// Members that this version does not know are skipped, wherever they are.
func TestGreasedInput(t *testing.T) {
	in := input(t, "input-greased.json")
	if sub, _ := in.Source("idTokenClaims", "/sub"); string(sub) != `"4711"` {
		t.Errorf("sub is %s", sub)
	}
	if in.User().ID != "4711" || in.Login().IdP != "corp" {
		t.Errorf("got %+v, %+v", in.User(), in.Login())
	}
}

func TestInputMustBeJSON(t *testing.T) {
	for _, text := range []string{``, `{`, `{"a":1,"a":2}`, "{\"a\":\"\xff\"}"} {
		var syntax *abi.SyntaxError
		if _, err := doorward.NewInput([]byte(text)); !errors.As(err, &syntax) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestResultJSON(t *testing.T) {
	tests := []struct {
		result doorward.Result
		want   string
	}{
		{doorward.Result{}, `{}`},
		{doorward.Result{Set: doorward.User{Roles: []string{}}}, `{"set":{"roles":[]}}`},
		{doorward.Result{Deny: "no \"you\""}, `{"deny":{"reason":"no \"you\""}}`},
		{
			doorward.Result{
				Set: doorward.User{ID: "1", UserName: "ü", FirstName: "F", LastName: "L", Email: "e", Attributes: map[string]doorward.Value{
					"z": doorward.Texts([]string{"a", "b"}), "b": doorward.Bool(true), "n": doorward.Number(-5), "t": doorward.Text("x\ny"), "a": doorward.Value(`{"k":1.50}`),
				}},
				Unset: []string{"roles"},
			},
			`{"set":{"id":"1","userName":"ü","firstName":"F","lastName":"L","email":"e","attributes":{"a":{"k":1.50},"b":true,"n":-5,"t":"x\u000ay","z":["a","b"]}},"unset":["roles"]}`,
		},
	}
	for _, test := range tests {
		got := test.result.JSON()
		if string(got) != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
		if _, err := abi.DecodeResult(got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}

func TestLogged(t *testing.T) {
	in := input(t, "input-minimal.json")
	in.Log(doorward.Warn, "careful")
	in.Log(doorward.Debug, "detail")
	if got := in.Logged(); !reflect.DeepEqual(got, []string{"warn: careful", "debug: detail"}) {
		t.Errorf("got %q", got)
	}
}

func TestRunOutsideAGuestSaysHowToTest(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); text == "" {
			t.Error("it did not panic with a sentence")
		}
	}()
	doorward.Run(nil)
}
