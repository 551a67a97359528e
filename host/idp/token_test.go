package idp

// The token endpoint and what its tokens open.

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/grants"
)

func TestTokenRefusals(t *testing.T) {
	b := newBench(t)
	basic := func(id, secret string) string {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(id, secret)
		return r.Header.Get("Authorization")
	}
	good := basic("app", appSecret)
	for name, test := range map[string]struct {
		changes       []string
		authorization string
		status        int
		want          string
	}{
		"wrong verifier":             {[]string{"code_verifier", strings.Repeat("x", 43)}, good, 400, "invalid_grant"},
		"verifier missing":           {[]string{"code_verifier", "-"}, good, 400, "invalid_grant"},
		"verifier too short":         {[]string{"code_verifier", "short"}, good, 400, "invalid_grant"},
		"challenge as verifier":      {[]string{"code_verifier", asking().Get("code_challenge")}, good, 400, "invalid_grant"},
		"another redirect URI":       {[]string{"redirect_uri", callback + "?x=1"}, good, 400, "invalid_grant"},
		"redirect URI missing":       {[]string{"redirect_uri", "-"}, good, 400, "invalid_request"},
		"code missing":               {[]string{"code", "-"}, good, 400, "invalid_request"},
		"code made up":               {[]string{"code", strings.Repeat("A", 43)}, good, 400, "invalid_grant"},
		"code cut short":             {[]string{"code", "abc"}, good, 400, "invalid_grant"},
		"grant type missing":         {[]string{"grant_type", "-"}, good, 400, "invalid_request"},
		"password grant":             {[]string{"grant_type", "password", "username", "ada", "password", adaPass}, good, 400, "unsupported_grant_type"},
		"refresh token":              {[]string{"grant_type", "refresh_token", "refresh_token", "x"}, good, 400, "unauthorized_client"},
		"client credentials":         {[]string{"grant_type", "client_credentials"}, good, 400, "unauthorized_client"},
		"wrong secret":               {nil, basic("app", appSecret+"x"), 401, "invalid_client"},
		"empty secret":               {nil, basic("app", ""), 401, "invalid_client"},
		"unknown client":             {nil, basic("nobody", appSecret), 401, "invalid_client"},
		"no authentication":          {nil, "", 401, "invalid_client"},
		"name without secret":        {[]string{"client_id", "app"}, "", 401, "invalid_client"},
		"secret posted, not basic":   {[]string{"client_id", "app", "client_secret", appSecret}, "", 401, "invalid_client"},
		"both at once":               {[]string{"client_id", "app", "client_secret", appSecret}, good, 400, "invalid_request"},
		"another client's":           {[]string{"client_id", "poster", "client_secret", appSecret}, "", 400, "invalid_grant"},
		"public client, this secret": {[]string{"client_id", "native", "client_secret", appSecret}, "", 401, "invalid_client"},
		"an assertion beside":        {[]string{"client_id", "native", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", "a.b.c"}, "", 401, "invalid_client"},
		"an assertion":               {[]string{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", "a.b.c"}, "", 401, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			code := b.browser().signIn("ada", adaPass)
			form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
			for i := 0; i < len(test.changes); i += 2 {
				form.Set(test.changes[i], test.changes[i+1])
				if test.changes[i+1] == "-" {
					form.Del(test.changes[i])
				}
			}
			r := b.browser().post(pathToken, form, "Authorization", test.authorization)
			body := object(t, r.body)
			if r.StatusCode != test.status || body["error"] != test.want || body["access_token"] != nil {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
			if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers: %v", r.Header)
			}
			if challenged := r.Header.Get("WWW-Authenticate") != ""; challenged != (test.status == 401) {
				t.Errorf("WWW-Authenticate: %q", r.Header.Get("WWW-Authenticate"))
			}
			if r := b.token(code); r.StatusCode != http.StatusOK {
				t.Errorf("the failed attempt spent the code: %d %s", r.StatusCode, r.body)
			}
		})
	}
}

func TestT47_CodeReuse(t *testing.T) {
	for name, wait := range map[string]time.Duration{"at once": 0, "after 30 seconds": 30 * time.Second, "long after the code expired": 10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			code := b.browser().signIn("ada", adaPass)
			got, _ := b.redeemed(code)
			other, _ := b.redeemed(b.browser().signIn("ada", adaPass))
			b.clock.advance(wait)
			if r := b.token(code); r.StatusCode != 400 || object(t, r.body)["error"] != "invalid_grant" {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
			if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode != http.StatusUnauthorized {
				t.Errorf("its token still opens userinfo: %d", r.StatusCode)
			}
			if r := b.userInfo("Bearer " + other.AccessToken); r.StatusCode != http.StatusOK {
				t.Errorf("another token was revoked too: %d", r.StatusCode)
			}
		})
	}
}

func TestT47_CodeRace(t *testing.T) {
	b := newBench(t)
	code := b.browser().signIn("ada", adaPass)
	var wg sync.WaitGroup
	results := make([]result, 8)
	for i := range results {
		wg.Go(func() { results[i] = b.token(code) })
	}
	wg.Wait()
	granted := 0
	for _, r := range results {
		if r.StatusCode == http.StatusOK {
			granted++
			if u := b.userInfo("Bearer " + object(t, r.body)["access_token"].(string)); u.StatusCode != http.StatusUnauthorized {
				t.Errorf("the winner's token survived the reuse: %d", u.StatusCode)
			}
		}
	}
	if granted > 1 {
		t.Errorf("%d answers to one code", granted)
	}
}

// The second comes while the first is between reading and spending the code.
func TestT47_CodeRaceLost(t *testing.T) {
	b := newBench(t)
	code := b.browser().signIn("ada", adaPass)
	var second result
	b.useStore(&watch{Store: b.store, before: map[string]func(){grants.BucketGrants: func() { second = b.token(code) }}})
	if r := b.token(code); r.StatusCode != http.StatusBadRequest || object(t, r.body)["error"] != "invalid_grant" {
		t.Errorf("the first of two: %d %s", r.StatusCode, r.body)
	}
	if second.StatusCode != http.StatusOK {
		t.Fatalf("the second of two: %d %s", second.StatusCode, second.body)
	}
	if r := b.userInfo("Bearer " + object(t, second.body)["access_token"].(string)); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("the second's token survived: %d", r.StatusCode)
	}
}

// A store that does not expire anything, because its clock stands still, makes
// nothing live longer.
func TestExpiryDoesNotRestOnTheStore(t *testing.T) {
	b := newBench(t)
	b.provider.cfg.Now = func() time.Time { return b.clock.Now().Add(24 * time.Hour) }
	c := b.browser()
	got, _ := b.redeemed(c.signIn("ada", adaPass))
	code := c.back(c.get(pathAuthorize, asking())).Get("code")
	later := b.clock.Now().Add(24 * time.Hour)
	for after, check := range map[time.Duration]func() bool{
		grants.CodeLifetime: func() bool { return b.token(code).StatusCode == http.StatusOK },
		30 * time.Minute:    func() bool { return c.signedIn() },
		time.Hour:           func() bool { return b.userInfo("Bearer "+got.AccessToken).StatusCode == http.StatusOK },
	} {
		b.provider.cfg.Now = func() time.Time { return later.Add(after) }
		if check() {
			t.Errorf("something outlived its %s", after)
		}
	}
}

func TestT47_PKCEDowngrade(t *testing.T) {
	b := newBench(t)
	code := b.browser().signIn("ada", adaPass, "code_challenge", "-", "code_challenge_method", "-")
	if r := b.token(code); r.StatusCode != 400 || object(t, r.body)["error"] != "invalid_grant" {
		t.Errorf("a verifier without a challenge: %d %s", r.StatusCode, r.body)
	}
	if r := b.token(code, "code_verifier", "-"); r.StatusCode != http.StatusOK {
		t.Errorf("neither: %d %s", r.StatusCode, r.body)
	}
}

func TestCodeLifetime(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	for wait, want := range map[time.Duration]int{59 * time.Second: 200, 60 * time.Second: 400} {
		code := c.signIn("ada", adaPass, "prompt", "login")
		b.clock.advance(wait)
		if r := b.token(code); r.StatusCode != want {
			t.Errorf("after %s: %d %s", wait, r.StatusCode, r.body)
		}
	}
}

func TestTokenTakesNoQuery(t *testing.T) {
	b := newBench(t)
	code := b.browser().signIn("ada", adaPass)
	query := url.Values{"code": {code}, "code_verifier": {verifier}}
	r := b.browser().post(pathToken+"?"+query.Encode(), url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "client_id": {"poster"}, "client_secret": {appSecret}})
	if r.StatusCode != 400 || object(t, r.body)["error"] != "invalid_request" {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if r := b.browser().get(pathToken, query); r.StatusCode != 405 || r.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", r.StatusCode, r.Header)
	}
}

func TestT21_BearerParsing(t *testing.T) {
	b := newBench(t)
	got, _ := b.redeemed(b.browser().signIn("ada", adaPass))
	token := got.AccessToken
	for authorization, want := range map[string]int{
		"Bearer " + token:         200,
		"bearer " + token:         200, // RFC 9110, section 11.1: schemes have no case
		"":                        401,
		"Bearer":                  401,
		"Bearer ":                 401,
		"Bearer  " + token:        401,
		"Bearer\t" + token:        401,
		"Bearer " + token[:42]:    401,
		"Bearer " + token + "x":   401,
		"Bearer " + token[1:]:     401,
		"Basic " + token:          401,
		token:                     401,
		"Bearer " + got.IDToken:   401,
		"Bearer " + token + ", x": 401,
	} {
		r := b.userInfo(authorization)
		if r.StatusCode != want {
			t.Errorf("%.12q…: %d %s", authorization, r.StatusCode, r.body)
		}
		if want == 401 && (!strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Bearer ") || strings.Contains(r.body, "sub-ada")) {
			t.Errorf("%.12q…: %v %s", authorization, r.Header, r.body)
		}
	}
	if r := b.browser().get(pathUserInfo, url.Values{"access_token": {token}}); r.StatusCode != 400 {
		t.Errorf("a token in the address: %d %s", r.StatusCode, r.body)
	}
	if r := b.browser().post(pathUserInfo, url.Values{"access_token": {token}}); r.StatusCode != 200 {
		t.Errorf("a token in the body: %d %s", r.StatusCode, r.body)
	}
	b.clock.advance(time.Hour)
	if r := b.userInfo("Bearer " + token); r.StatusCode != 401 || !strings.Contains(r.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
		t.Errorf("an hour later: %d %v", r.StatusCode, r.Header)
	}
}

func TestPreflight(t *testing.T) {
	b := newBench(t)
	for path, allowed := range map[string]bool{pathUserInfo: true, pathToken: true, pathAuthorize: false, pathSignIn: false, pathEndSession: false} {
		r, err := http.NewRequest(http.MethodOptions, b.issuer+path, nil)
		must(t, err)
		r.Header.Set("Origin", "https://spa.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		got := b.browser().do(r)
		if (got.Header.Get("Access-Control-Allow-Origin") == "*") != allowed || got.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %v", path, got.Header)
		}
	}
}
