package host_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

const toldMappers = `mappers:
  - {direct: {attribute: userName, source: userInfo, path: preferred_username}}
  - {direct: {attribute: roles, source: userInfo, path: groups}}
  - {direct: {attribute: attributes.team, source: userInfo, path: team}}
  - {direct: {attribute: attributes.list, source: userInfo, path: list}}
  - {direct: {attribute: attributes.object, source: userInfo, path: object}}
  - {direct: {attribute: attributes.mail, source: userInfo, path: email}}
`

const introduced = `
applications:
  wiki: {origins: ["https://wiki.example.test"], headers: {X-Wiki-Team: attributes.team, X-List: attributes.list, X-Object: attributes.object, X-Mail: email, X-Id: id, X-First: firstName, X-Roles: roles, X-None: attributes.none}}
  blog: {origins: ["https://blog.example.test"]}
`

// admission is the answer of /auth for somebody who has just signed in.
func (s *site) admission(b *browser, host string) answer {
	s.t.Helper()
	if b.at(host, sessionCookie) == "" {
		b.handedOver("https://" + host + "/.doorward/start?return_to=/")
	}
	return s.auth("", having(pageAt("https://"+host+"/"), "Cookie", handleAt(b.at(host, sessionCookie))))
}

// decoded is a header's list as the documentation says that it is read.
func decoded(t testing.TB, value string) (items []string) {
	t.Helper()
	for _, item := range strings.Split(value, ",") {
		plain, err := url.PathUnescape(item)
		if err != nil {
			t.Errorf("%q: %v", item, err)
		}
		items = append(items, plain)
	}
	return items
}

// Whatever the provider says of somebody arrives as it was said, in one header
// line that is plain ASCII.
func TestIdentity_ValuesComeThroughWhole(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"plain": "alice", "comma": "a,b,,", "percent": "100%", "encoded already": "%2C%0d%0a", "line break": "a\r\nX-Doorward-Roles: admin\r\n\r\n<html>", "null": "a\x00b",
		"latin": "Zoë", "wide": "山田太郎🎉", "spaces": "  a  b  ", "tab": "\ta\t", "semicolon": `a;b="c"`, "delete": "a\x7fb", "escape": "\x1b[31m", "right to left": "\u202egnp.exe",
		"line separator": "a\u2028b", "colon": "X: y", "long": strings.Repeat("é", 60), "plus": "a+b&c=d",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			word := value // in a name or a role a control character ends the login
			if strings.ContainsFunc(value, unicode.IsControl) {
				word = "plain"
			}
			s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
				k.UserClaims["preferred_username"], k.UserClaims["team"], k.UserClaims["list"] = word, value, []string{value, "", value}
				k.UserClaims["given_name"], k.UserClaims["groups"], k.UserClaims["object"] = word, []string{"staff", word + " group"}, map[string]any{"a": value}
			}), settings{Top: trusting, Provider: toldMappers, Rest: levels + introduced})
			b := s.browser()
			a := s.admission(b, "wiki.example.test")
			admitted(t, a)
			user := b.session().User
			for header, want := range map[string][]string{
				"X-Doorward-User": {user.UserName}, "X-Wiki-Team": {value}, "X-List": {value, "", value}, "X-Object": {""}, "X-None": {""},
				"X-First": {user.FirstName}, "X-Id": {user.ID}, "X-Doorward-Roles": user.Roles, "X-Roles": user.Roles, "X-Doorward-Subject": {"alice-7f3a"}, "X-Doorward-Idp": {"corp"},
			} {
				lines := a.Header[header]
				if len(lines) != 1 {
					t.Errorf("%s is there %d times", header, len(lines))
					continue
				}
				if strings.ContainsFunc(lines[0], func(r rune) bool { return r < ' ' || r > '~' }) || lines[0] != strings.TrimSpace(lines[0]) {
					t.Errorf("%s is %q", header, lines[0])
				}
				if got := decoded(t, lines[0]); !slices.Equal(got, want) {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			if user.UserName != word || len(user.Roles) != 2 {
				t.Errorf("the session says %q, %q", user.UserName, user.Roles)
			}
		})
	}
}

// An address counts when it is verified, whichever header it is told in.
func TestIdentity_UnverifiedAddressesAreNotTold(t *testing.T) {
	t.Parallel()
	for verified, want := range map[any]string{true: "alice@example.com", false: "", nil: "", "true": "", 1: ""} {
		for _, trust := range []bool{false, true} {
			with := settings{Top: trusting, Provider: toldMappers, Rest: levels + introduced}
			if trust {
				with.Provider += "trust_email: true\n"
			}
			s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
				if k.UserClaims["email_verified"] = verified; verified == nil {
					delete(k.UserClaims, "email_verified")
				}
			}), with)
			a := s.admission(s.browser(), "wiki.example.test")
			if a.StatusCode != http.StatusOK && verified != true && verified != false && verified != nil {
				continue // a claim of a wrong type may as well end the login
			}
			admitted(t, a)
			claims := claimsOf(t, s, a)
			said, _ := claims["email"].(string)
			if trust { // the operator vouches for it
				want = "alice@example.com"
			}
			if a.Header.Get("X-Doorward-Email") != want || a.Header.Get("X-Mail") != want || said != want {
				t.Errorf("email_verified %v, trust_email %t: told %q, %q, %q", verified, trust, a.Header.Get("X-Doorward-Email"), a.Header.Get("X-Mail"), said)
			}
		}
	}
}

// That a provider verified one address says nothing of another that a mapper
// took for it.
func TestT20_another_address_is_not_verified(t *testing.T) {
	t.Parallel()
	for mapper, want := range map[string]string{
		"direct: {attribute: email, source: userInfo, path: contact}":                       "",
		"expression: {attribute: email, value: '\"ceo@example.com\"'}":                      "",
		"expression: {attribute: email, value: 'upper({attribute-source:userInfo:email})'}": "ALICE@EXAMPLE.COM",
	} {
		s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
			k.UserClaims["email_verified"], k.UserClaims["contact"] = true, "ceo@example.com"
		}), settings{Top: trusting, Provider: "mappers:\n  - " + mapper, Rest: levels + introduced})
		a := s.admission(s.browser(), "wiki.example.test")
		admitted(t, a)
		if said, _ := claimsOf(t, s, a)["email"].(string); a.Header.Get("X-Doorward-Email") != want || a.Header.Get("X-Mail") != want || said != want {
			t.Errorf("%s: told %q, %q, %q", mapper, a.Header.Get("X-Doorward-Email"), a.Header.Get("X-Mail"), said)
		}
	}
}

// claimsOf are the claims of an assertion, verified with the key set as any
// application would do it.
func claimsOf(t testing.TB, s *site, a answer) (claims map[string]any) {
	t.Helper()
	parsed, err := jwt.ParseSigned(a.Header.Get("X-Doorward-Assertion"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatalf("%v: %v", err, a.Header)
	}
	if err := parsed.Claims(s.keys(), &claims); err != nil {
		t.Fatalf("the assertion does not verify: %v", err)
	}
	var standard jwt.Claims
	_ = parsed.Claims(s.keys(), &standard)
	if err := standard.ValidateWithLeeway(jwt.Expected{Issuer: publicURL, Time: s.idp.Clock.Now()}, 0); err != nil {
		t.Errorf("the assertion is not valid now: %v", err)
	}
	return claims
}

func (s *site) keys() (set jose.JSONWebKeySet) {
	s.t.Helper()
	a := s.direct(http.MethodGet, "/.well-known/jwks.json", http.Header{}, "")
	if err := json.Unmarshal([]byte(a.Body), &set); err != nil || len(set.Keys) == 0 || strings.Contains(a.Body, `"d"`) {
		s.t.Fatalf("%v in %s", err, a.Body)
	}
	return set
}

// The assertion says what the headers say, to one application, and no longer
// than it is true.
func TestIdentity_Assertions(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.UserClaims["groups"] = []string{"a,b", "staff"} }), settings{Top: trusting, Provider: toldMappers, Rest: levels + introduced})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	signedIn := s.idp.Clock.Now().Unix()
	for _, after := range []int64{0, 29, 31, 200, 250, 270, 298, 299, 300, 301, 330} {
		s.idp.Clock.Advance(time.Duration(signedIn+after-s.idp.Clock.Now().Unix()) * time.Second)
		for _, app := range []string{"wiki", "blog"} {
			a := s.admission(b, app+".example.test")
			admitted(t, a)
			claims := claimsOf(t, s, a)
			for name, want := range map[string]any{
				"aud": app, "iss": publicURL, "sub": a.Header.Get("X-Doorward-Subject"), "idp": "corp", "idp_iss": s.idp.URL, "user": "alice", "email": a.Header.Get("X-Doorward-Email"),
				"auth_time": float64(signedIn), "roles": anys(decoded(t, a.Header.Get("X-Doorward-Roles"))), "levels": anys(decoded(t, a.Header.Get("X-Doorward-Levels"))),
			} {
				if !reflect.DeepEqual(claims[name], want) {
					t.Errorf("%s after %d s: %s is %v, want %v", app, after, name, claims[name], want)
				}
			}
			now := float64(s.idp.Clock.Now().Unix())
			exp, _ := claims["exp"].(float64)
			fresh := strings.Contains(a.Header.Get("X-Doorward-Levels"), freshLevel)
			if fresh != (after < 300) || exp <= now || exp > now+60 || fresh && exp > float64(signedIn+300) {
				t.Errorf("after %d s: levels %s, and the assertion ends in %v s", after, a.Header.Get("X-Doorward-Levels"), exp-now)
			}
			if sid, _ := claims["sid"].(string); sid == "" || strings.Contains(fmt.Sprint(claims), b.at(app+".example.test", sessionCookie)) {
				t.Errorf("the claims are %v", claims)
			}
		}
	}
	if a := s.auth("", pageAt("https://wiki.example.test/")); a.Header["X-Doorward-Assertion"] != nil {
		t.Error("nobody has an assertion")
	}
}

func anys(list []string) (out []any) {
	for _, item := range list {
		out = append(out, item)
	}
	return out
}

// After the host's key is rotated, the new key is published at once, signs when
// nobody can hold a set without it, and what the old one signed verifies until
// it ends; a restart changes nothing of that.
func TestIdentity_RotationKeepsOldAssertionsValid(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: levels + introduced})
	b := s.browser()
	kid := func(a answer) string { return strings.Split(a.Header.Get("X-Doorward-Assertion"), ".")[0] }
	before := s.admission(b, "wiki.example.test")
	if _, err := host.RotateKeys(context.Background(), s.options().Config); err != nil {
		t.Fatal(err)
	}
	if n := len(s.keys().Keys); n != 2 {
		t.Errorf("%d keys are published", n)
	}
	claimsOf(t, s, before)
	s.stop()
	s.start()
	s.idp.Clock.Advance(5*time.Minute + 50*time.Second)
	last := s.admission(b, "wiki.example.test")
	if kid(last) != kid(before) {
		t.Error("a key signs that somebody may not know yet")
	}
	s.idp.Clock.Advance(40 * time.Second) // to half a minute past the sixth
	after := s.admission(b, "wiki.example.test")
	if kid(after) == kid(before) {
		t.Error("the new key does not sign")
	}
	claimsOf(t, s, last)
	claimsOf(t, s, after)
}

const carrying = `
applications:
  wiki:
    origins: ["https://wiki.example.test"]
    headers: {X-Sub: subject, X-Held: levels, X-From: idp, X-Token: assertion}
    assertion: {team: attributes.team, "urn:list": attributes.list, object: attributes.object, mail: email, given: firstName, groups: roles, none: attributes.none, flag: attributes.flag, zero: attributes.zero}
  blog: {origins: ["https://blog.example.test"]}
`

// What the identity headers carry stands under other names where the
// configuration says so, and claims are added as they were mapped, for that
// application alone.
func TestIdentity_ByConfiguration(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.UserClaims["team"], k.UserClaims["list"] = "a\r\nX-Sub: root\x00", []any{1, "b,c", nil, true}
		k.UserClaims["object"] = json.RawMessage(`{"n":12345678901234567890.10,"<b>":["é"]}`)
		k.UserClaims["flag"], k.UserClaims["zero"] = false, 0
	}), settings{Top: trusting, Rest: levels + carrying, Provider: toldMappers + `  - {direct: {attribute: attributes.flag, source: userInfo, path: flag}}
  - {direct: {attribute: attributes.zero, source: userInfo, path: zero}}
`})
	b := s.browser()
	a := s.admission(b, "wiki.example.test")
	admitted(t, a)
	for name, same := range map[string]string{"X-Sub": "X-Doorward-Subject", "X-Held": "X-Doorward-Levels", "X-From": "X-Doorward-Idp", "X-Token": "X-Doorward-Assertion"} {
		if got := a.Header.Values(name); len(got) != 1 || got[0] != a.Header.Get(same) || got[0] == "" {
			t.Errorf("%s is %q, want %q", name, got, a.Header.Get(same))
		}
	}
	want := map[string]string{
		"team": `"a\r\nX-Sub: root\u0000"`, "urn:list": `[1,"b,c",null,true]`, "object": `{"n":12345678901234567890.10,"<b>":["é"]}`,
		"mail": `"alice@example.com"`, "given": `"Alice"`, "groups": `["engineering","staff"]`, "flag": `false`, "zero": `0`,
	}
	claims := membersOf(t, a)
	for claim, value := range want {
		if got, ok := claims[claim]; !ok || compacted(t, got) != compacted(t, []byte(value)) {
			t.Errorf("the claim %s is %s, want %s", claim, got, value)
		}
	}
	claimsOf(t, s, a)
	for name := range membersOf(t, s.admission(b, "blog.example.test")) {
		delete(claims, name)
	}
	if len(claims) != len(want) {
		t.Errorf("further claims are %v", claims)
	}
}

// membersOf are the claims of an assertion as they are written.
func membersOf(t testing.TB, a answer) (members map[string]json.RawMessage) {
	t.Helper()
	part := strings.Split(a.Header.Get("X-Doorward-Assertion"), ".")
	raw, err := base64.RawURLEncoding.DecodeString(part[min(1, len(part)-1)])
	if err == nil {
		err = json.Unmarshal(raw, &members)
	}
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	return members
}

// compacted has characters as they are, not escaped.
func compacted(t testing.TB, raw []byte) string {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return fmt.Sprint(v)
}

// A claim that is too large refuses, like headers that are.
func TestIdentity_ClaimsTooLarge(t *testing.T) {
	t.Parallel()
	for size, status := range map[int]int{3000: http.StatusOK, 9000: http.StatusForbidden, 50_000: http.StatusForbidden} {
		s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.UserClaims["object"] = map[string]any{"a": strings.Repeat("x", size)} }),
			settings{Top: trusting, Rest: levels + carrying, Provider: toldMappers})
		b := s.browser()
		for range 2 { // the second is out of the cache
			a := s.admission(b, "wiki.example.test")
			if status == http.StatusOK {
				admitted(t, a)
			} else {
				denied(t, a, status, login.CodeIdentityTooLarge)
			}
			admitted(t, s.admission(b, "blog.example.test")) // which asks for none of it
		}
	}
}

// More than fits is a refusal, and never a part of it.
func TestIdentity_TooLarge(t *testing.T) {
	t.Parallel()
	var roles []string
	for i := range 900 { // more than the mappers allow end the login before
		roles = append(roles, fmt.Sprintf("team-%04d", i))
	}
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.UserClaims["groups"] = roles }), settings{Top: trusting, Provider: toldMappers, Rest: levels + introduced})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for range 2 { // the second is out of the cache
		a := s.admission(b, "wiki.example.test")
		denied(t, a, http.StatusForbidden, login.CodeIdentityTooLarge)
	}
}
