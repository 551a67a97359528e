package host_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// decode reads GET /session.
func decode(t testing.TB, a answer) (d document) {
	t.Helper()
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%s\n%s", a.Status, a.Body)
	}
	if err := json.Unmarshal([]byte(a.Body), &d); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
	return d
}

// raw is GET /session as it came.
func (b *browser) raw() answer {
	b.t.Helper()
	r := b.request(http.MethodGet, "/session", "")
	r.Header.Set("Accept", "application/json")
	return b.do(r)
}

const nobody = `{"authenticated":false,"idp":"",` +
	`"user":{"id":"","userName":"","firstName":"","lastName":"","email":"","roles":[],"timestamp":0,"attributes":{}},` +
	`"securityLevels":[],"idpAttributes":{}}`

func TestSessionDocument_OfNobody(t *testing.T) {
	t.Parallel()
	b := newSite(t, hosttest.NewProvider(t), settings{}).browser()
	a := b.raw()
	if a.Body != nobody {
		t.Errorf("it is\n%s\nwant\n%s", a.Body, nobody)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if !strings.Contains(a.Header.Get("Vary"), "Cookie") || len(a.Cookies()) != 0 {
		t.Errorf("Vary: %s, cookies %v", a.Header.Get("Vary"), a.Cookies())
	}
}

// numbers decodes with every number as it is written.
func numbers(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

func digestOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:8]) + "…"
}

func TestSessionDocument_OfSomebodyWholeWithEveryMember(t *testing.T) {
	t.Parallel()
	const access, refresh = "access-token-of-a-whole-document", "refresh-token-of-a-whole-document"
	idp := hosttest.NewProvider(t)
	var idToken string
	idp.Set(func(k *hosttest.Knobs) {
		k.AccessToken, k.RefreshToken, k.AtHash = access, refresh, hosttest.Absent
		k.Claims = map[string]any{
			"big": json.RawMessage("12345678901234567890"), "one": json.RawMessage("1.0"), "small": json.RawMessage("1e-7"),
			"unknown": map[string]any{"deep": []any{nil, false, json.RawMessage("-0.0")}}, "empty": "", "roles": []string{"admin"},
		}
		k.EditIDToken = func(compact string) string { idToken = compact; return compact }
		k.EditTokens = func(m map[string]any) {
			m["vendor_secret"] = "vendor-secret-of-a-whole-document"
			m["vendor_count"] = 3
		}
		k.UserClaims = map[string]any{"given_name": "Ålice", "html": "<b>&amp;</b>"}
	})
	s := newSite(t, idp, settings{Provider: `
mappers:
  - direct: {attribute: roles, path: roles}
  - direct: {attribute: attributes.big, path: big}
  - direct: {attribute: attributes.one, path: one}
  - direct: {attribute: attributes.copy, source: tokenEndpointResponse, path: access_token}
  - expression: {attribute: attributes.within, value: '"Bearer " + {attribute-source:tokenEndpointResponse:access_token}'}
  - direct: {attribute: attributes.deep, path: unknown}`})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	now := idp.Clock.Now()
	at := func(seconds int64) json.Number { return json.Number(numberOf(now.Unix() + seconds)) }
	deep := map[string]any{"deep": []any{nil, false, json.Number("-0.0")}}
	want := map[string]any{
		"authenticated": true, "idp": "corp",
		"user": map[string]any{
			"id": "alice-7f3a", "userName": "", "firstName": "Ålice", "lastName": "", "email": "", "roles": []any{"admin"},
			"timestamp": json.Number(numberOf(now.UnixMilli())),
			"attributes": map[string]any{
				"big": json.Number("12345678901234567890"), "one": json.Number("1.0"), "deep": deep,
				"copy": digestOf(access), "within": digestOf("Bearer " + access),
			},
		},
		"securityLevels": []any{map[string]any{"name": "Authenticated", "children": []any{
			map[string]any{"name": "Fresh", "until": at(300), "children": []any{}},
			map[string]any{"name": "Roles", "children": []any{map[string]any{"name": "admin", "children": []any{}}}},
		}}},
		"idpAttributes": map[string]any{
			"idTokenClaims": map[string]any{
				"iss": idp.URL, "sub": "alice-7f3a", "aud": "doorward", "exp": at(300), "iat": at(0), "auth_time": at(0),
				"nonce": idp.Last(hosttest.Authorize).Form["nonce"][0], "sid": "provider-session-1",
				"big": json.Number("12345678901234567890"), "one": json.Number("1.0"), "small": json.Number("1e-7"),
				"unknown": deep, "empty": "", "roles": []any{"admin"},
			},
			"tokenEndpointResponse": map[string]any{
				"access_token": digestOf(access), "refresh_token": digestOf(refresh), "id_token": digestOf(idToken),
				"token_type": "Bearer", "expires_in": json.Number("3600"), "scope": "openid profile email",
				"vendor_secret": digestOf("vendor-secret-of-a-whole-document"), "vendor_count": json.Number("3"),
			},
			"userInfo": map[string]any{"sub": "alice-7f3a", "given_name": "Ålice", "html": "<b>&amp;</b>"},
		},
	}
	a := b.raw()
	if got := numbers(t, a.Body); !reflect.DeepEqual(got, any(want)) {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("it is\n%s\nwant\n%s", a.Body, text)
	}
	if !strings.HasPrefix(a.Body, `{"authenticated":true,"idp":"corp","user":{"id":"alice-7f3a","userName":"",`) {
		t.Errorf("the members stand in another order: %.200s", a.Body)
	}
	// What is kept is as it was: after a restart the document is the same.
	s.stop()
	s.start()
	if again := b.raw(); again.Body != a.Body {
		t.Errorf("after a restart it is\n%s", again.Body)
	}
	for _, secret := range []string{access, refresh, idToken, "vendor-secret-of-a-whole-document"} {
		page := b.get("/").Body
		if bytes.Contains([]byte(a.Body+page+s.log.String()), []byte(secret)) {
			t.Errorf("a secret is in the document, on the page or in the log: %.12s…", secret)
		}
	}
}

func numberOf(n int64) string {
	text, _ := json.Marshal(n)
	return string(text)
}

// A level without an end has no until, and one with an end has it in seconds.
func TestSessionDocument_HasNoUntilForALevelWithoutAnEnd(t *testing.T) {
	t.Parallel()
	b := newSite(t, hosttest.NewProvider(t), settings{}).browser()
	b.signedIn("/login?idp=corp")
	if body := b.raw().Body; strings.Count(body, `"until":`) != 1 || strings.Contains(body, `"until":0`) || strings.Contains(body, "null") {
		t.Errorf("%s", body)
	}
}

func TestSessionDocument_TakesNoParameters(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	s.helpful(s.browser().get("/session?app=wiki"), "parameter_invalid")
}
