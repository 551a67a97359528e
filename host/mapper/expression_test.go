package mapper_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/mapper"
)

const id = "{attribute-source:idTokenClaims:"
const multi = "{multi-attribute-source:idTokenClaims:"

// evaluate gives the JSON value of an expression as attributes.x. The user so
// far has the roles of userInfo and attributes.unit.
func evaluate(t testing.TB, value string) (any, error) {
	t.Helper()
	p := newPipeline(t,
		mapper.Direct{Attribute: "roles", Source: attrs.UserInfo, Path: "groups"},
		mapper.Direct{Attribute: "attributes.unit", Path: "unit"},
		mapper.Direct{Attribute: "lastName", Path: "absent"},
		mapper.Expression{Attribute: "attributes.x", Value: value})
	user, err := p.Map(context.Background(), document(t, ada))
	return user.Attributes["x"], err
}

func TestExpressionValues(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{`"a literal"`, `"a literal"`},
		{id + `preferred_username}`, `"Ada.L"`},
		{`{idp-attributes:amr}`, `["uname","pwd"]`},
		{id + `amr}`, `["uname","pwd"]`},
		{id + `unit}`, `{"name":"R&D","floors":[1,2.50,3]}`}, // digits kept
		{id + `shape}`, `{"width":1.50}`},
		{`[` + id + `unit}]`, `[{"name":"R&D","floors":[1,2.50,3]}]`},
		{id + `auth_time}`, `1311280969`},
		{id + `auth_time} + 1`, `1311280970`},
		{id + `exact} + 1.0`, `2.1`},
		{id + `verified}`, `true`},
		{id + `missing}`, `null`},
		{id + `nothing}`, `null`},
		{id + `missing} == null`, `true`},
		{id + `unit}.name`, `"R&D"`},
		{id + `unit}.floors[0]`, `1`},
		{`has(` + id + `unit}.name) && !has(` + id + `unit}.street)`, `true`},
		{id + `https://example.com/roles}[1]`, `"admin"`},
		{id + `["https://example.com/roles"][1]}`, `"admin"`},
		{multi + `text}`, `["one,two"]`},
		{multi + `missing}`, `[]`},
		{multi + `nothing}`, `[]`},
		{multi + `amr}.exists(x, x == "pwd")`, `true`},
		{multi + `https://example.com/roles}.filter(r, r != "admin").map(r, "app-" + r)`, `["app-engineer"]`},
		{`{attribute-source:userInfo:groups} + {multi-attribute-source:idTokenClaims:amr}`, `["engineering","staff","uname","pwd"]`},
		{`"{attribute-source:idTokenClaims:email}"`, `"{attribute-source:idTokenClaims:email}"`}, // in a string it is text
		{`'''it's {attribute-source:nosuch:x}''' + r"\{" + "\"{idp-attributes:"`, `"it's {attribute-source:nosuch:x}\\{\"{idp-attributes:"`},
		{`{"a": ` + id + `auth_time}, "b": [null]}`, `{"a":1311280969,"b":[null]}`},
		{"// {idp-attributes: is explained here\n" + id + "verified}", `true`},
		{id + `auth_time} == ` + id + `auth_time}`, `true`},

		{`user.userName`, `"Ada.L"`},
		{`user.roles`, `["engineering","staff"]`},
		{`"staff" in user.roles`, `true`},
		{`user.lastName`, `null`},
		{`has(user.lastName)`, `false`},
		{`has(user.userName)`, `true`},
		{`user.attributes.unit.name`, `"R&D"`},
		{`user.attributes.missing`, `null`},
		{`has(user.attributes.missing)`, `false`},
		{`has(user.attributes.unit)`, `true`},
		{`user.attributes["unit"].name`, `"R&D"`},
		{`"unit" in user.attributes`, `true`},

		{`lower(` + id + `preferred_username})`, `"ada.l"`},
		{`upper("straße")`, `"STRAßE"`},
		{`lower(null)`, `null`},
		{`upper(` + id + `missing})`, `null`},
		{`split(` + id + `text}, ",")`, `["one","two"]`},
		{`split("", ",")`, `[]`},
		{`split(null, ",")`, `null`},
		{`join(` + id + `amr}, "-")`, `"uname-pwd"`},
		{`join([], "-")`, `""`},
		{`join(null, "-")`, `null`},
		{`first(` + id + `amr})`, `"uname"`},
		{`first([])`, `null`},
		{`first(null)`, `null`},
		{`coalesce(` + id + `missing}, ` + id + `nothing}, "last")`, `"last"`},
		{`coalesce(null)`, `null`},
		{`coalesce(false, true)`, `false`},
		{`containsAll({idp-attributes:amr}, "uname", "pwd")`, `true`},
		{`containsAll({idp-attributes:amr}, "uname", "otp")`, `false`},
		{`containsAll({idp-attributes:amr}, ["pwd", "uname"])`, `true`},
		{`containsAll(null, "uname")`, `false`},
		{`containsAll({idp-attributes:amr}, ` + multi + `missing})`, `false`}, // asking for nothing
		{`containsAll({idp-attributes:amr}, null)`, `false`},
		{`containsAny({idp-attributes:amr}, "otp", "pwd")`, `true`},
		{`containsAny({idp-attributes:amr}, "otp", "sms")`, `false`},
		{`containsAny(null, "pwd")`, `false`},
		{`containsAny({idp-attributes:amr}, [])`, `false`},
		{`containsAny([1, 2.0, true], 2)`, `true`},
		{`containsAny(["1"], 1)`, `false`},
		{`matches(` + id + `preferred_username}, "^Ada")`, `true`},
		{`matches(` + id + `preferred_username}, "^" + "Bob")`, `false`},
		{id + `preferred_username}.matches("L$")`, `true`},
		{`matches(null, "^Ada")`, `null`},
		{`matches(` + id + `missing}, "^" + "Ada")`, `null`},
	} {
		t.Run(test.value, func(t *testing.T) {
			got, err := evaluate(t, test.value)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			encoder := json.NewEncoder(&out)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(got); err != nil {
				t.Fatal(err)
			}
			if !sameJSON(out.String(), test.want) {
				t.Fatalf("%s, want %s", out.String(), test.want)
			}
		})
	}
}

// sameJSON compares two texts with their digits.
func sameJSON(a, b string) bool {
	var values [2]any
	for i, text := range []string{a, b} {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&values[i]); err != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

func TestNumbersInExpressions(t *testing.T) {
	for _, test := range []struct{ number, kind string }{
		{"0", "int"}, {"-0", "int"}, {"42", "int"}, {"-9223372036854775808", "int"}, {"9223372036854775807", "int"},
		{"9223372036854775808", "uint"}, {"18446744073709551615", "uint"},
		{"18446744073709552000", "double"}, {"1.0", "double"}, {"1.10", "double"}, {"0.1", "double"}, {"-2.50e3", "double"},
		{"0.0", "double"}, {"-0.0e7", "double"}, {"100000000000000000000000", "double"}, {"5e-324", "double"},
		{"18446744073709551616", ""}, {"12345678901234567890123", ""}, {"0.1234567890123456789", ""}, {"1e400", ""}, {"1e-400", ""}, {"1e99999999999999999999", ""},
	} {
		t.Run(test.number, func(t *testing.T) {
			p := newPipeline(t, mapper.Expression{Attribute: "attributes.kind",
				Value: `type({idp-attributes:n}) == int ? "int" : type({idp-attributes:n}) == uint ? "uint" : "double"`})
			user, err := p.Map(context.Background(), document(t, map[string]string{attrs.IDTokenClaims: `{"n":` + test.number + `}`}))
			if test.kind == "" {
				if err == nil || !strings.Contains(err.Error(), "more digits than an expression can keep") || strings.Contains(err.Error(), test.number) {
					t.Fatalf("%v, %v, want an error", user.Attributes, err)
				}
				return
			}
			if err != nil || user.Attributes["kind"] != test.kind {
				t.Fatalf("%v, %v, want %s", user.Attributes, err, test.kind)
			}
		})
	}
}

func TestMapIsSafeForConcurrentUse(t *testing.T) {
	p := newPipeline(t,
		mapper.Expression{Attribute: "userName", Value: `lower(` + id + `preferred_username})`},
		mapper.Expression{Attribute: "roles", Value: `{multi-attribute-source:userInfo:groups}.filter(g, matches(g, "^[a-z]+$"))`})
	var wait sync.WaitGroup
	for n := range 8 {
		wait.Go(func() {
			name := fmt.Sprintf("User%d", n)
			doc := document(t, map[string]string{
				attrs.IDTokenClaims: `{"sub":"1","preferred_username":"` + name + `"}`,
				attrs.UserInfo:      `{"sub":"1","groups":["` + strings.ToLower(name[:4]) + `","` + name + `"]}`,
			})
			for range 50 {
				user, err := p.Map(context.Background(), doc)
				if err != nil || user.UserName != strings.ToLower(name) || len(user.Roles) != 1 {
					t.Errorf("user %+v, %v", user, err)
					return
				}
			}
		})
	}
	wait.Wait()
}
