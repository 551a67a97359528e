package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	doorward "github.com/doorward/doorward/sdk/go"
)

const (
	flat = `"idTokenClaims":{"groups":["app-admin","staff","app-admin"]},"userInfo":{"groups":["app-reader","staff"]}`
	deep = `"idTokenClaims":{"realm_access":{"roles":["user"]},"resource_access":{"a/b":{"roles":["x"]}}}`
)

func TestMapGroups(t *testing.T) {
	tests := []struct {
		name, config, sources string
		roles                 string // so far, as JSON; empty for none
		want                  []string
	}{
		{"as they are", `{}`, flat, ``, []string{"app-admin", "staff", "app-reader"}},
		{"after the roles so far", `{}`, flat, `["member","staff"]`, []string{"member", "staff", "app-admin", "app-reader"}},
		{"in their place", `{"replace":true}`, flat, `["member"]`, []string{"app-admin", "staff", "app-reader"}},
		{"prefix", `{"prefix":"app-"}`, flat, ``, []string{"admin", "reader"}},
		{"prefix kept", `{"prefix":"app-","strip":false}`, flat, ``, []string{"app-admin", "app-reader"}},
		{"prefix and the others", `{"prefix":"app-","keep_unmatched":true}`, flat, ``, []string{"admin", "staff", "reader"}},
		{"suffix", `{"suffix":"-admin"}`, flat, ``, []string{"app"}},
		{"both ends", `{"prefix":"CN=","suffix":",OU=x"}`, `"userInfo":{"groups":["CN=a,OU=x","CN=b,OU=y","CN=,OU=x"]}`, ``, []string{"a"}},
		{"ends that overlap", `{"prefix":"ab","suffix":"bc"}`, `"userInfo":{"groups":["abc","abbc","abxbc"]}`, ``, []string{"x"}},
		{"rename", `{"prefix":"app-","rename":{"staff":"employee","app-admin":"root"}}`, flat, ``, []string{"root", "employee", "reader"}},
		{"renamed away", `{"rename":{"staff":""}}`, flat, ``, []string{"app-admin", "app-reader"}},
		{"renamed alike", `{"rename":{"staff":"r","app-admin":"r"},"prefix":"none-"}`, flat, ``, []string{"r"}},
		{"nested", `{"paths":["/idTokenClaims/realm_access/roles","/idTokenClaims/resource_access/a~1b/roles"]}`, deep, ``, []string{"user", "x"}},
		{"one group", `{}`, `"userInfo":{"groups":"solo"}`, ``, []string{"solo"}},
		{"none", `{}`, `"userInfo":{}`, `["member"]`, nil},
		{"null", `{}`, `"userInfo":{"groups":null}`, ``, nil},
		{"none match", `{"prefix":"zzz"}`, flat, `["member"]`, nil},
		{"none match, in their place", `{"prefix":"zzz","replace":true}`, flat, `["member"]`, []string{}},
		{"unusable", `{}`, `"userInfo":{"groups":["","a\nb","ok","` + strings.Repeat("x", 257) + `"]}`, ``, []string{"ok"}},
		{"grease", `{"x":1}`, `"grease":{"groups":["evil"]},"userInfo":{"groups":["ok"],"grease":[{}]}`, ``, []string{"ok"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			result, err := mapGroups(input(t, test.config, test.sources, test.roles))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(result, doorward.Result{Set: doorward.User{Roles: test.want}}) {
				t.Errorf("got %+v, want roles %q", result, test.want)
			}
		})
	}
}

func input(t *testing.T, config, sources, roles string) *doorward.Input {
	t.Helper()
	user := `{}`
	if roles != "" {
		user = `{"roles":` + roles + `}`
	}
	in, err := doorward.NewInput(fmt.Appendf(nil, `{"version":1,"sources":{%s},"user":%s,"config":%s}`, sources, user, config))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// Nobody is signed in with a part of their roles.
func TestMapGroupsFails(t *testing.T) {
	many := make([]string, 1001)
	for i := range many {
		many[i] = fmt.Sprintf(`"g%d"`, i)
	}
	for sources, want := range map[string]string{
		`"userInfo":{"groups":7}`:                                 "/userInfo/groups is neither",
		`"userInfo":{"groups":["a",7]}`:                           "/userInfo/groups is neither",
		`"idTokenClaims":{"groups":{"a":true}}`:                   "/idTokenClaims/groups is neither",
		`"userInfo":{"groups":[` + strings.Join(many, ",") + `]}`: "1001 roles are more than 1000",
	} {
		if _, err := mapGroups(input(t, `{}`, sources, ``)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestTraceSaysWhyNothingWasMapped(t *testing.T) {
	in := input(t, `{"prefix":"secret-"}`, flat, ``)
	if _, err := mapGroups(in); err != nil {
		t.Fatal(err)
	}
	if got := in.Logged(); !reflect.DeepEqual(got, []string{"info: none of 3 groups became a role"}) {
		t.Errorf("got %q", got)
	}
}
