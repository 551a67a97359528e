package token

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

func TestEvidenceTypes(t *testing.T) {
	for text, want := range map[string]login.Evidence{
		`{"challenged":true,"amr":["uname","pwd"],"acr":"urn:a"}`: {Challenged: ptr(true), AMR: []string{"uname", "pwd"}, ACR: "urn:a"},
		`{"challenged":false}`:                            {Challenged: ptr(false)},
		`{"challenged":"true"}`:                           {},
		`{"challenged":1}`:                                {},
		`{"challenged":null,"amr":null}`:                  {},
		`{"amr":"pwd","acr":["a"]}`:                       {},
		`{"amr":["pwd",5]}`:                               {},
		`{"amr":["a` + strings.Repeat(`","a`, 32) + `"]}`: {},
		`{"acr":"` + strings.Repeat("a", 256) + `"}`:      {},
		`{"auth_time":1700000000}`:                        {AuthTime: ptr(int64(1700000000))},
		`{"auth_time":1.7e9}`:                             {},
		`{"auth_time":1700000000.0}`:                      {},
		`{"auth_time":0}`:                                 {},
		`{"auth_time":253402300800}`:                      {},
		`{"auth_time":99999999999999999999}`:              {},
	} {
		claims, err := Object([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(Evidence(claims))
		if expected, _ := json.Marshal(want); string(got) != string(expected) {
			t.Errorf("%s: %s, want %s", text, got, expected)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestEmailVerified(t *testing.T) {
	for _, tt := range []struct {
		idToken, userInfo string
		want              string
	}{
		{`{"email":"a","email_verified":true}`, `{}`, "[a]"},
		{`{}`, `{"email":"a","email_verified":true}`, "[a]"},
		{`{"email":"a","email_verified":true}`, `{"email":"b","email_verified":true}`, "[a b]"},
		{`{"email":["a"],"email_verified":true}`, `{}`, "[]"},
		{`{"email":"a","email_verified":true}`, `{"email":"b","email_verified":false}`, "[]"},
		{`{"email":"a","email_verified":true}`, `{"email":"b"}`, "[]"},
		{`{"email":"a","email_verified":"true"}`, `{}`, "[]"},
		{`{"email":"a","email_verified":1}`, `{}`, "[]"},
		{`{"email":"a"}`, `{"email_verified":true}`, "[]"},
		{`{"email_verified":true}`, `{}`, "[]"},
		{`{}`, `{}`, "[]"},
	} {
		a, _ := Object([]byte(tt.idToken))
		b, _ := Object([]byte(tt.userInfo))
		if got := fmt.Sprint(VerifiedEmails(a, b)); got != tt.want {
			t.Errorf("%s %s: %v", tt.idToken, tt.userInfo, got)
		}
	}
}
