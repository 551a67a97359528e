package plugin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

func TestT42_BrokenResults(t *testing.T) {
	runtime := newRuntime(t)
	tests := map[string]struct{ result, wants string }{
		"invalid UTF-8":     {"{\"set\":{\"email\":\"a\xff@example.com\"}}", "invalid UTF-8"},
		"overlong UTF-8":    {"{\"set\":{\"email\":\"\xc0\xaf\"}}", "invalid UTF-8"},
		"lone surrogate":    {`{"set":{"email":"\ud800"}}`, "lone surrogate"},
		"cut off":           {`{"set":{"email":"a`, "unterminated string"},
		"two values":        {`{}{}`, "after the value"},
		"not JSON":          {`<html>`, "expected a JSON value"},
		"a list":            {`[]`, "want an object, got a list"},
		"10 000 levels":     {`{"set":{"attributes":{"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}}}`, "64 levels"},
		"duplicate":         {`{"set":{"email":"a@b"},"set":{"email":"c@d"}}`, `duplicate member "set"`},
		"escaped duplicate": {`{"set":{"email":"a","\u0065mail":"b"}}`, `duplicate member "email"`},
		"inner duplicate":   {`{"set":{"attributes":{"x":{"a":1,"a":2}}}}`, `duplicate member "a"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := openWriting(t, runtime, test.result).Map(context.Background(), signIn(t))
			if mustFail[error](t, err); !strings.Contains(err.Error(), test.wants) {
				t.Errorf("got %v, want %q", err, test.wants)
			}
		})
	}
}

func TestT43_ReservedAndUnknownMembers(t *testing.T) {
	runtime := newRuntime(t)
	manyRoles := func(n int) string {
		roles := make([]string, n)
		for i := range roles {
			roles[i] = fmt.Sprintf("r%d", i)
		}
		text, _ := json.Marshal(map[string]any{"set": map[string]any{"roles": roles}})
		return string(text)
	}
	refused := map[string]struct{ result, wants string }{
		"sub":               {`{"set":{"sub":"1"}}`, `unknown member "sub"`},
		"levels":            {`{"levels":["Authenticated/Fresh"]}`, `unknown member "levels"`},
		"evidence":          {`{"set":{"auth_time":1}}`, `unknown member "auth_time"`},
		"case":              {`{"set":{"Email":"a@b"}}`, `unknown member "Email"`},
		"null":              {`{"set":{"email":null}}`, "set.email: want a string, got null"},
		"null set":          {`{"set":null}`, "set: want an object, got null"},
		"null attribute":    {`{"set":{"attributes":{"x":null}}}`, "set.attributes.x: want a value"},
		"role not a list":   {`{"set":{"roles":"admin"}}`, "set.roles: want a list of strings, got a string"},
		"role not a string": {`{"set":{"roles":["a",7]}}`, "set.roles[1]: want a string, got a number"},
		"empty":             {`{"set":{"email":""}}`, "set.email: an empty string"},
		"both":              {`{"set":{"email":"a"},"unset":["email"]}`, `unset[0]: "email" is also set`},
		"both own":          {`{"unset":["attributes.x"],"set":{"attributes":{"x":1}}}`, `"attributes.x" is also set`},
		"unset unknown":     {`{"unset":["sub"]}`, "no such attribute"},
		"deny no reason":    {`{"deny":{}}`, "reason is missing"},
		"deny true":         {`{"deny":true}`, "want an object, got true"},
		"CRLF":              {`{"set":{"roles":["a\r\nSet-Cookie: x"]}}`, "set.roles[0]: a control character"},
		"NUL":               {`{"set":{"userName":"a\u0000b"}}`, "set.userName: a control character"},
		"C1":                {`{"set":{"userName":"a\u0085b"}}`, "set.userName: a control character"},
		"name with CRLF":    {`{"set":{"attributes":{"a\r\nb":1}}}`, "holds a control character"},
		"10k roles":         {manyRoles(10_000), "more than 1000 roles"},
		"long role":         {`{"set":{"roles":["` + strings.Repeat("a", 257) + `"]}}`, "257 bytes are more than 256"},
	}
	for name, test := range refused {
		t.Run(name, func(t *testing.T) {
			p := openWriting(t, runtime, test.result)
			if len(test.result) > 64<<10 { // within the output limit, or that one would refuse it first
				config := declare(write(t, guestWriting([]byte(test.result))), "")
				config.Limits.Output = 1 << 20
				p = open(t, runtime, config)
			}
			result, err := p.Map(context.Background(), signIn(t))
			bad := mustFail[*abi.ResultError](t, err)
			if !strings.Contains(bad.Error(), test.wants) || !reflect.DeepEqual(result, login.PluginResult{}) {
				t.Errorf("got %v, %v; want %q", result, bad, test.wants)
			}
		})
	}
}

func TestResults(t *testing.T) {
	runtime := newRuntime(t)
	tests := []struct {
		result string
		want   login.PluginResult
	}{
		{``, login.PluginResult{}},
		{` {} `, login.PluginResult{}},
		{`{"set":{}}`, login.PluginResult{}},
		{`{"set":{"roles":[]}}`, login.PluginResult{Set: map[string]any{"roles": []string{}}}},
		{
			`{"unset":["email","attributes.a.b"],"set":{"id":"1","userName":"\u00fc\ud83d\ude00","firstName":"a","lastName":"b","roles":["x","y"],"attributes":{"n":12345678901234567890.10,"o":{"k":[null,true,"s"]}}}}`,
			login.PluginResult{
				Set: map[string]any{
					"id": "1", "userName": "ü😀", "firstName": "a", "lastName": "b", "roles": []string{"x", "y"},
					"attributes": map[string]any{"n": json.Number("12345678901234567890.10"), "o": map[string]any{"k": []any{nil, true, "s"}}},
				},
				Unset: []string{"email", "attributes.a.b"},
			},
		},
		{`{"deny":{"reason":"not one of us"}}`, login.PluginResult{Deny: &login.Deny{Reason: "not one of us"}}},
	}
	for _, test := range tests {
		result, err := openWriting(t, runtime, test.result).Map(context.Background(), signIn(t))
		if err != nil || !reflect.DeepEqual(result, test.want) {
			t.Errorf("%s: got %#v, %v", test.result, result, err)
		}
	}
}

// A guest that fails changes nothing, whatever it wrote before, and its text
// reaches the trace only: bounded, one line, without controls.
func TestFailuresReasonGoesToTheTrace(t *testing.T) {
	p := open(t, newRuntime(t), declare("fail.wasm", ""))
	result, step, err := traced(t, p, signIn(t))
	guest := mustFail[*plugin.GuestError](t, err)
	if !reflect.DeepEqual(result, login.PluginResult{}) || guest.Status != 7 {
		t.Errorf("got %v, %+v", result, guest)
	}
	const want = "no team�[31m�for �this person�"
	if guest.Reason != want || len(step.Notes) != 1 || step.Notes[0] != "reason: "+want {
		t.Errorf("the reason is %q, the notes %q", guest.Reason, step.Notes)
	}
	if strings.Contains(err.Error(), "team") || strings.Contains(step.Error, "team") || step.Code != login.CodePluginFailed {
		t.Errorf("the error is %q, the step's %q", err, step.Error)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is a deadline", err)
	}
}
