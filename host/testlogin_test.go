package host_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

func TestTestLogin_ShowsWhatALoginWouldGiveAndMakesNoSession(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.AccessToken, k.RefreshToken = "access-canary-0123456789", "refresh-canary-0123456789"
	}), settings{Provider: `
mappers:
  - direct: {attribute: roles, source: userInfo, path: groups}
  - direct: {attribute: email, source: userInfo, path: email}
  - expression: {attribute: email, value: 'upper({attribute-source:userInfo:email})'}
  - direct: {attribute: attributes.none, path: no_such_claim}`})
	b := s.operator()
	before := len(s.listed())
	s.idp.Clock.Advance(time.Minute)
	var a answer
	b.unchanged(func() { a = b.test(url.Values{"force_auth": {"true"}}) })
	if a.StatusCode != http.StatusOK || len(s.listed()) != before {
		t.Fatalf("%s; %d sessions, before %d\n%s", a.Status, len(s.listed()), before, a.Body)
	}
	page := plainText(a.Body)
	for _, want := range []string{
		"The login passed", "Re-authenticated yes",
		// the document
		`"preferred_username": "alice"`, `"access_token": "sha256:`, `"refresh_token": "sha256:`,
		// the user, and who set what
		"email ALICE@EXAMPLE.COM mapper 3, expression overwrote alice@example.com by mapper 2, direct upper({attribute-source:userInfo:email})",
		"userName alice the default userInfo: preferred_username",
		"attributes.none absent mapper 4, direct found nothing at idTokenClaims: no_such_claim",
		"roles operators staff mapper 1, direct userInfo: groups",
		// the levels
		"Authenticated/Fresh credentials proved within five minutes", "levels.rego:",
		"Authenticated/Challenged not_granted no rule granted it",
		"Authenticated/Roles/staff no end a mapped role",
		// the trace
		"exchange", "verify", "userinfo", "policy",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
	for _, secret := range []string{"access-canary", "refresh-canary", s.idp.ClientSecret, "eyJ"} {
		if strings.Contains(a.Body, secret) {
			t.Errorf("the page holds %s", secret)
		}
	}
	if e := s.audited("test"); len(e) != 1 || e[0].Code != "" || e[0].Provider != "corp" {
		t.Errorf("audited: %+v", e)
	}
	if e := s.audited("test_begun"); len(e) != 1 || e[0].By == "" || e[0].RequestID == "" {
		t.Errorf("audited: %+v", e)
	}
}

// What a test shows is what a session gets (REFERENCE.md, IGN-30): the file of
// a test and the session of a login at the same time agree.
func TestTestLogin_ItsFileIsThatOfALogin(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.AccessToken = "access-canary-0123456789" }), settings{})
	b := s.operator()
	result := b.test(nil).Request.URL.Path
	a := b.get(result + "/login.json")
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%s %v", a.Status, a.Header)
	}
	var file struct {
		Format  string
		Sources map[string]map[string]any
		Login   login.Login
		Session map[string]int64
		Request login.Request
		Now     int64
	}
	if err := json.Unmarshal([]byte(a.Body), &file); err != nil {
		t.Fatal(err)
	}
	now := s.idp.Clock.Now().Unix()
	if file.Format != "doorward.login/v1" || file.Now != now || file.Session["createdAt"] != now || file.Request.IP != "127.0.0.1" || file.Request.Zones == nil {
		t.Errorf("%s", a.Body)
	}
	if file.Login.IdP != "corp" || file.Login.Protocol != "oidc" || file.Login.RequestedAt != now || file.Login.Evidence.AuthTime == nil {
		t.Errorf("login: %+v", file.Login)
	}
	real := b.signedIn("/login?idp=corp")
	for _, source := range []map[string]map[string]any{file.Sources, real.IdPAttributes} {
		for _, passing := range []string{"nonce", "at_hash"} {
			delete(source["idTokenClaims"], passing)
		}
		delete(source["tokenEndpointResponse"], "id_token")
	}
	if !reflect.DeepEqual(file.Sources, real.IdPAttributes) {
		t.Errorf("the file's sources\n%v\nand a session's\n%v", file.Sources, real.IdPAttributes)
	}
	if strings.Contains(a.Body, "access-canary") || strings.Contains(a.Body, "eyJ") {
		t.Error("the file holds a token")
	}
}

func TestTestLogin_OnlyTheSessionThatBeganItSeesIt(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b, other := s.operator(), s.operator()
	result := b.test(nil).Request.URL.Path
	if a := b.get(result); a.StatusCode != http.StatusOK {
		t.Fatal(a.Status)
	}
	for _, path := range []string{result, result + "/login.json"} {
		if a := other.get(path); a.StatusCode != http.StatusNotFound || a.code() != "not_found" {
			t.Errorf("%s to another session: %s %s", path, a.Status, a.code())
		}
	}
	if a := other.post(result+"/logout", nil); a.StatusCode != http.StatusNotFound || s.idp.Calls(hosttest.EndSession) != 0 {
		t.Errorf("another session signed the test out: %s", a.Status)
	}
	if a := b.get(strings.Replace(result, "/corp/", "/other/", 1)); a.StatusCode != http.StatusNotFound {
		t.Errorf("under another provider's name: %s", a.Status)
	}
	s.idp.Clock.Advance(10 * time.Minute)
	if a := b.get(result); a.StatusCode != http.StatusNotFound {
		t.Errorf("after ten minutes: %s", a.Status)
	}
}

// The answer to a test is worth nothing as a login, and the other way round.
func TestTestLogin_ItsAnswerSignsNobodyIn(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b := s.operator()
	to, err := b.postStep("/console/test-login/corp", nil).Location()
	if err != nil {
		t.Fatal(err)
	}
	callback := b.approve(to)
	// The console's session ends before the answer comes: nothing is shown.
	b.postStep("/console/sessions/revoke", url.Values{"all": {"yes"}, "confirm": {"yes"}})
	a := b.step(callback)
	if b.session().Authenticated || !strings.HasPrefix(a.Header.Get("Location"), "/console/test-login/corp/") {
		t.Fatalf("%s to %s", a.Status, a.Header.Get("Location"))
	}
	if a := b.step(a.Header.Get("Location")); a.StatusCode != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "/login?") {
		t.Errorf("the result without a session: %s %s", a.Status, a.Header.Get("Location"))
	}
}

func TestTestLogin_AUserInfoThatRefusesTheTokenIsExplained(t *testing.T) {
	t.Parallel()
	for _, onFailure := range []string{"continue", "refuse"} {
		s := newSite(t, hosttest.NewProvider(t), settings{
			Provider: "userinfo: {on_failure: " + onFailure + "}", Top: "console: {level: Authenticated/Operator}",
			Rest: "policies: {path: policies}\nlevels:\n  Authenticated/Operator: {}\n  Authenticated/Engineer: {}\n", Files: operatorByName,
		})
		b := s.operator()
		jwt := hosttest.Sign("RS256", s.idp.SigningKey().Private, map[string]any{"alg": "RS256", "typ": "at+jwt"}, map[string]any{
			"iss": s.idp.URL, "aud": "api://orders", "scope": "orders.read", "exp": s.idp.Clock.Now().Add(time.Hour).Unix(),
		})
		s.idp.Set(func(k *hosttest.Knobs) {
			k.AccessToken = jwt
			k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.UserInfo: {
				Status: 401, ContentType: "application/json", Header: map[string]string{"WWW-Authenticate": `Bearer error="invalid_token", error_description="wrong audience"`},
				Body: `{"error":"invalid_token","sent":"` + jwt + `"}`,
			}}
		})
		a := b.test(nil)
		page := plainText(a.Body)
		for _, want := range []string{
			"Userinfo could not be had", `Bearer error="invalid_token", error_description="wrong audience"`, "Status 401",
			"The access token's scope has no openid", "The access token is not meant for userinfo", "wants another method",
			"Access token a JWT, RS256", "Its aud api://orders", "Its scope orders.read", `"error": "invalid_token"`, "code userinfo_failed",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q\n%s", onFailure, want, page)
			}
		}
		if strings.Contains(a.Body, jwt) || strings.Contains(a.Body, "eyJ") {
			t.Errorf("%s: the page holds the token", onFailure)
		}
		if went := strings.Contains(page, "The login passed"); went != (onFailure == "continue") {
			t.Errorf("%s: passed is %v", onFailure, went)
		}
		if onFailure == "continue" && !strings.Contains(page, "Authenticated/Engineer userinfo_failed") {
			t.Errorf("the level that rests on userinfo has no reason:\n%s", page)
		}
	}
}

// operatorByName grants the console's level by the ID token alone, and another
// level by userinfo.
var operatorByName = map[string]string{"policies/levels.rego": `package doorward.levels

grant contains "Authenticated/Operator" if input.sources.idTokenClaims.sub == "alice-7f3a"

grant contains "Authenticated/Engineer" if "engineering" in input.sources.userInfo.groups
`}

// Whatever fails, the page leads with it, says its code and a usual cause, and
// shows nothing that could be used again.
func TestTestLogin_EveryFailureIsLedWithAndExplained(t *testing.T) {
	t.Parallel()
	const access, refresh = "access-canary-0123456789", "refresh-canary-0123456789"
	s := newSite(t, hosttest.NewProvider(t), settings{
		Provider: "mappers: [{direct: {attribute: attributes.age, path: age}}, {direct: {attribute: lastName, path: odd}}]",
		Top:      "console: {level: Authenticated/Operator}",
		Rest:     "policies: {path: policies}\nlevels:\n  Authenticated/Operator: {}\n  Authenticated/Engineer: {}\n", Files: operatorByName,
	})
	b := s.operator()
	for name, tt := range map[string]struct {
		knobs func(*hosttest.Knobs)
		code  string
		says  []string
	}{
		"wrong secret": {func(k *hosttest.Knobs) { k.TokenError = "invalid_client" }, "token_exchange_failed",
			[]string{"client_id or the client's secret is wrong", "Client authentication client_secret_basic", "Error invalid_client", "the provider's own words"}},
		"redirect uri": {func(k *hosttest.Knobs) { k.TokenError = "invalid_grant" }, "token_exchange_failed",
			[]string{"register exactly " + publicURL + "/callback/corp"}},
		"token endpoint html": {func(k *hosttest.Knobs) {
			k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Token: {ContentType: "text/html", Body: "<html>Please sign in"}}
		}, "token_exchange_failed", []string{"Status 200", "text/html", "<html>Please sign in", "is not the token endpoint"}},
		"no id token": {func(k *hosttest.Knobs) { k.EditTokens = func(m map[string]any) { delete(m, "id_token") } }, "id_token_missing",
			[]string{"did not grant the scope openid", `"access_token": "sha256:`}},
		"nonce":     {edited("nonce", "another"), "id_token_invalid", []string{"Failed check nonce", "does not repeat the nonce"}},
		"issuer":    {edited("iss", "https://other.example/"), "id_token_invalid", []string{"Failed check iss", "Issuer expected " + s.idp.URL, "Its iss https://other.example/"}},
		"audience":  {edited("aud", "another-client"), "id_token_invalid", []string{"Failed check aud", "Audience expected doorward", "Its aud another-client"}},
		"clock":     {edited("exp", 1_600_000_000), "id_token_invalid", []string{"Failed check times", "set both by NTP", "Its exp 13 Sep 2020, 12:26:40 UTC"}},
		"signature": {func(k *hosttest.Knobs) { k.BadSignature = true }, "id_token_invalid", []string{"Failed check signature"}},
		"cancelled": {func(k *hosttest.Knobs) { k.Error = "access_denied" }, "login_cancelled", []string{"cancelled"}},
		"provider error": {func(k *hosttest.Knobs) {
			k.Error, k.ErrorDescription = "invalid_request", "AADSTS50011: the reply URL does not match"
		}, "provider_error", []string{"Its description AADSTS50011: the reply URL does not match", "not registered exactly"}},
		"mix-up":    {func(k *hosttest.Knobs) { k.IssParam = hosttest.Wrong }, "issuer_mismatch", []string{"iss received https://attacker.example", "iss expected " + s.idp.URL}},
		"wrong sub": {func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoWrongSub }, "userinfo_subject_mismatch", []string{"Userinfo names another person"}},
		"mapping": {edited("odd", 5), "mapping_failed",
			[]string{"attribute lastName: source idTokenClaims, path odd: want a string, found a number", "attributes.age absent mapper 1"}},
		"not asked again": {func(k *hosttest.Knobs) { k.AuthTime = hosttest.NoAuthTime }, "reauth_not_performed",
			[]string{"no auth_time", "ignores prompt=login", "Re-authenticated no"}},
	} {
		s.idp.Set(func(k *hosttest.Knobs) {
			keep := hosttest.Knobs{Subject: k.Subject, UserClaims: k.UserClaims, AccessToken: access, RefreshToken: refresh}
			*k = keep
			tt.knobs(k)
		})
		s.idp.Clock.Advance(time.Second)
		a := b.test(url.Values{"force_auth": {"true"}})
		page := plainText(a.Body)
		if a.StatusCode != http.StatusOK || !strings.Contains(page, "code "+tt.code) {
			t.Errorf("%s: %s without %s\n%s", name, a.Status, tt.code, page)
			continue
		}
		for _, want := range append(tt.says, "What usually causes it") {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q\n%s", name, want, page)
			}
		}
		exchanged := s.idp.Last(hosttest.Token).Form
		for what, secret := range map[string]string{
			"an access token": access, "a refresh token": refresh, "a JWT": "eyJ", "the client's secret": s.idp.ClientSecret,
			"the code": first(exchanged["code"]), "the verifier": first(exchanged["code_verifier"]),
		} {
			if secret != "" && strings.Contains(a.Body, secret) {
				t.Errorf("%s: the page holds %s", name, what)
			}
		}
		if strings.Contains(s.log.String(), "AADSTS") || strings.Contains(s.log.String(), "own words") {
			t.Errorf("%s: the log holds the provider's words", name)
		}
	}
}

func edited(name string, value any) func(*hosttest.Knobs) {
	return func(k *hosttest.Knobs) { k.EditClaims = func(c map[string]any) { c[name] = value } }
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func TestTestLogin_AProviderThatCannotBeAskedIsATestThatFailed(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{Top: "session: {idle: 48h, absolute: 48h}"})
	b := s.operator()
	s.idp.Clock.Advance(25 * time.Hour) // what was discovered counts no more
	s.idp.Set(func(k *hosttest.Knobs) { k.Issuer = "https://other.example" })
	a := b.post("/console/test-login/corp", nil)
	page := plainText(a.Body)
	for _, want := range []string{"The test did not begin", "code provider_unavailable", "issuer in the discovery document is another one", "What usually causes it", "Issuer configured " + s.idp.URL} {
		if a.StatusCode != http.StatusBadGateway || !strings.Contains(page, want) {
			t.Errorf("%s: the page lacks %q\n%s", a.Status, want, page)
		}
	}
}

func TestTestLogout_EndsTheProvidersSessionAndNotOurs(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b := s.operator()
	a := b.test(nil)
	if strings.Count(a.Body, "/logout") != 1 {
		t.Fatalf("the page has no test logout:\n%s", a.Body)
	}
	result := a.Request.URL.Path
	b.unchanged(func() { a = b.post(result+"/logout", nil) })
	action, fields := hosttest.FormPost(a.Body)
	if a.StatusCode != http.StatusOK || action != s.idp.URL+"/logout" || !strings.HasPrefix(fields.Get("id_token_hint"), "eyJ") {
		t.Fatalf("%s to %q: %v", a.Status, action, fields)
	}
	a = b.do(b.request("POST", action, fields.Encode()))
	if s.idp.Calls(hosttest.EndSession) != 1 || a.Request.URL.Path != result || !strings.Contains(a.Body, "back from the provider's sign-out") {
		t.Errorf("%s %s\n%s", a.Status, a.Request.URL, a.Body)
	}
	if !b.session().Authenticated {
		t.Error("the console's own session ended")
	}
	if e := s.audited("test_logout"); len(e) != 1 || e[0].By == "" {
		t.Errorf("audited: %+v", e)
	}
}

func TestTestLogout_AProviderWithoutOneIsSaidToHaveNone(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(doc map[string]any) { delete(doc, "end_session_endpoint") }
	}), settings{})
	b := s.operator()
	a := b.post(b.test(nil).Request.URL.Path+"/logout", nil)
	if a.StatusCode != http.StatusOK || !strings.Contains(a.Body, "This provider has no sign-out") || strings.Contains(a.Body, "back from the provider") {
		t.Errorf("%s\n%s", a.Status, a.Body)
	}
}
