package idp

// The claims parameter from the request to what is told (OpenID Connect Core
// 1.0, section 5.5).

import (
	"net/url"
	"reflect"
	"testing"
)

func TestTheClaimsParameterOverHTTP(t *testing.T) {
	b := newBench(t)
	asked := `{"userinfo":{"given_name":{"essential":true},"nickname":{"essential":true},"email":null,"shift":null,"groups":{"value":["staff"]},"http://example.info/claims/groups":null},
		"id_token":{"auth_time":{"essential":true},"family_name":null,"acr":null,"iss":{"value":"evil"},"email":{"values":["other@example.com"]},"shift":null},"unheard":{"x":1}}`
	got := b.issued("poster", "ada", "openid", "claims", asked)
	info := beyond(t, object(t, b.userInfo("Bearer "+got.AccessToken).body))
	if want := map[string]any{"given_name": "Ada", "email": "ada@example.com"}; !reflect.DeepEqual(info, want) {
		t.Errorf("userinfo: %v, want %v", info, want)
	}
	claims := b.verified(got.IDToken)
	if claims["family_name"] != "Lovelace" || claims["given_name"] != nil || claims["email"] != nil || claims["shift"] != nil || claims["iss"] != b.issuer || claims["auth_time"] == nil {
		t.Errorf("ID token: %v", claims)
	}
}

func TestASubjectAskedForMustBeTheOne(t *testing.T) {
	b := newBench(t)
	for _, place := range []string{"userinfo", "id_token"} {
		asked := func(subject string) url.Values {
			return asking("claims", `{"`+place+`":{"sub":{"value":"`+subject+`"}}}`)
		}
		c := b.browser()
		if q := c.back(c.submit(c.get(pathAuthorize, asked("sub-bob")), "ada", adaPass)); q.Get("error") == "" || q.Has("code") {
			t.Errorf("%s: someone else got %v", place, q)
		}
		if q := c.back(c.submit(c.get(pathAuthorize, asked("sub-ada")), "ada", adaPass)); !q.Has("code") {
			t.Errorf("%s: %v", place, q)
		}
	}
}
