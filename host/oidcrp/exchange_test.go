package oidcrp

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

func TestClientAuthentication(t *testing.T) {
	for method, change := range map[string]func(*Config, *hosttest.Provider){
		ClientSecretBasic: func(*Config, *hosttest.Provider) {},
		ClientSecretPost:  func(*Config, *hosttest.Provider) {},
		NoClientAuth: func(c *Config, op *hosttest.Provider) {
			op.ClientSecret, c.ClientSecret = "", ""
		},
	} {
		t.Run(method, func(t *testing.T) {
			w := newWorldWith(t, func(c *Config, op *hosttest.Provider) { c.AuthMethod = method; change(c, op) })
			w.must(t)
			call := w.op.Last(hosttest.Token)
			if got := call.AuthMethod(); got != method {
				t.Errorf("authenticated with %s", got)
			}
			if method == ClientSecretBasic && len(call.Form["client_secret"])+len(call.Form["client_id"]) != 0 {
				t.Error("two methods at once")
			}
		})
	}
	for name, key := range map[string]hosttest.Key{"RSA": hosttest.RSAKey(1), "EC": hosttest.ECKey(), "Ed25519": hosttest.EdKey()} {
		t.Run("private_key_jwt "+name, func(t *testing.T) {
			w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
				c.AuthMethod, c.PrivateKey, c.KeyID, c.ClientSecret = PrivateKeyJWT, key.Private, "k1", ""
				op.Set(func(k *hosttest.Knobs) { k.ClientKey = key.Private.Public() })
			})
			w.must(t) // the provider wants aud to be its issuer as a plain string
			if got := w.op.Last(hosttest.Token); got.AuthMethod() != PrivateKeyJWT || got.Form["client_secret"] != nil {
				t.Errorf("authenticated with %s", got.AuthMethod())
			}
		})
	}
}

// newWorldWith is newWorld for changes that touch both sides.
func newWorldWith(t testing.TB, change func(*Config, *hosttest.Provider)) *world {
	t.Helper()
	w := newWorld(t, nil, nil)
	cfg := w.rp.cfg
	cfg.AuthMethod = ""
	change(&cfg, w.op)
	rp, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.rp = rp
	return w
}

func TestASecretWithSpecialCharacters(t *testing.T) {
	w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
		c.ClientID, c.ClientSecret = "door:ward/å", "p%20+ä:&=?"
		op.ClientID, op.ClientSecret = c.ClientID, c.ClientSecret.Reveal()
	})
	w.must(t)
}

func TestAWrongSecret(t *testing.T) {
	w := newWorldWith(t, func(c *Config, _ *hosttest.Provider) { c.ClientSecret = "wrong-canary" })
	_, err := w.login(t)
	refused(t, err, login.CodeExchangeFailed)
	if !strings.Contains(err.Error(), "401 and the error invalid_client") {
		t.Errorf("error: %v", err)
	}
	absent(t, "the log or trace", w.told()+err.Error(), "the client secret", "canary")
}

func TestPKCE(t *testing.T) {
	t.Run("required", func(t *testing.T) {
		newWorld(t, func(k *hosttest.Knobs) { k.RequirePKCE = true }, nil).must(t)
	})
	t.Run("refused", func(t *testing.T) { // there is no login without PKCE
		w := newWorld(t, func(k *hosttest.Knobs) { k.RefusePKCE = true }, nil)
		_, err := w.login(t)
		refused(t, err, login.CodeProviderError)
		if !strings.Contains(err.Error(), "invalid_request") {
			t.Errorf("error: %v", err)
		}
	})
	t.Run("another login's verifier", func(t *testing.T) {
		w := newWorld(t, nil, nil)
		req, cb := w.begin(t)
		req.Verifier = random()
		_, err := w.rp.Complete(w.ctx(), req, cb)
		refused(t, err, login.CodeExchangeFailed)
	})
}

func TestTheTokenEndpointFails(t *testing.T) {
	huge := `{"a":"` + strings.Repeat("a", 2<<20) + `"}`
	for name, tt := range map[string]struct {
		fault hosttest.Fault
		code  login.Code
	}{
		"500":              {hosttest.Fault{Status: 500, Body: "canary"}, login.CodeProviderDown},
		"503":              {hosttest.Fault{Status: 503}, login.CodeProviderDown},
		"429":              {hosttest.Fault{Status: 429}, login.CodeProviderDown},
		"dropped":          {hosttest.Fault{Drop: true}, login.CodeProviderDown},
		"slow":             {hosttest.Fault{Slow: time.Minute}, login.CodeProviderTimeout},
		"400 without json": {hosttest.Fault{Status: 400, Body: "<html>canary"}, login.CodeExchangeFailed},
		"400 with markup":  {hosttest.Fault{Status: 400, Body: `{"error":"<b>canary</b>"}`}, login.CodeExchangeFailed},
		"html":             {hosttest.Fault{Body: "<html>canary"}, login.CodeExchangeFailed},
		"array":            {hosttest.Fault{Body: "[]"}, login.CodeExchangeFailed},
		"twice":            {hosttest.Fault{Body: `{"access_token":"a","access_token":"b"}`}, login.CodeExchangeFailed},
		"huge":             {hosttest.Fault{Body: huge}, login.CodeProviderDown},
		"bomb":             {hosttest.Fault{Bomb: true}, login.CodeProviderDown},
		"T50 redirect":     {hosttest.Fault{Redirect: "https://attacker.example/token"}, login.CodeExchangeFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
				c.HTTP = token.NewClient(token.ClientConfig{RootCAs: op.CA(), Timeout: 500 * time.Millisecond})
				op.Set(func(k *hosttest.Knobs) { k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Token: tt.fault} })
			})
			_, err := w.login(t)
			refused(t, err, tt.code)
			if got := w.op.Calls(hosttest.Token); got != 1 {
				t.Errorf("the code was sent %d times", got)
			}
			absent(t, "the log or error", w.logged()+err.Error(), "the body", "canary")
		})
	}
}

func TestARefusedExchangeIsTracedWithTheProvidersAnswer(t *testing.T) {
	const access, refresh = "a-secret-access-token-1", "a-secret-refresh-token-2"
	reply := `{"access_token":"` + access + `","refresh_token":"` + refresh + `","token_type":"MAC","expires_in":60}`
	for name, tt := range map[string]struct {
		fault hosttest.Fault
		error any
		body  string // a part of it
	}{
		"an error": {hosttest.Fault{Status: 401, ContentType: "application/json", Header: map[string]string{"WWW-Authenticate": `Basic realm="idp"`},
			Body: `{"error":"invalid_client","error_description":"the client is not known"}`}, "invalid_client", "the client is not known"},
		"an error beside tokens": {hosttest.Fault{Status: 400, Body: `{"error":"invalid_grant","\u0061ccess_token":"` + access + `"}`}, "invalid_grant", `"access_token":"sha256:`},
		"markup":                 {hosttest.Fault{Status: 502, ContentType: "text/html", Body: "<html>bad gateway"}, nil, "<html>bad gateway"},
		"a form":                 {hosttest.Fault{ContentType: "text/plain", Body: "access_token=" + access + "&refresh_token=" + refresh + "&token_type=Bearer"}, nil, "token_type=Bearer"},
		"another type":           {hosttest.Fault{ContentType: "application/json", Body: reply}, nil, `"token_type":"MAC"`},
		"cut json":               {hosttest.Fault{ContentType: "application/json", Body: reply[:len(reply)-1]}, nil, `"token_type":"MAC"`},
		"a list":                 {hosttest.Fault{ContentType: "application/json", Body: `["` + access + `", 1]`}, nil, `["[redacted]", 1]`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Token, tt.fault) }, nil)
			if _, err := w.login(t); err == nil {
				t.Fatal("the login went through")
			}
			out := w.step(t, "exchange").Out
			if body, _ := out["body"].(string); !strings.Contains(body, tt.body) || len(body) > 2*bodyShown {
				t.Errorf("body: %q", body)
			}
			if out["error"] != tt.error {
				t.Errorf("error: %v, want %v", out["error"], tt.error)
			}
			for _, token := range []string{access, refresh} {
				absent(t, "the log or trace", w.told(), "a token", token)
			}
		})
	}
}

func TestTheAccessTokenIsDescribed(t *testing.T) {
	op := hosttest.NewProvider(t)
	jwt := hosttest.Sign("RS256", op.SigningKey().Private, map[string]any{"alg": "RS256", "typ": "at+jwt", "kid": "k"}, map[string]any{
		"iss": "https://idp.example", "aud": []string{"api://orders"}, "scope": "openid orders", "exp": 1700000000, "email": "canary@example.com",
	})
	for access, want := range map[string]string{
		jwt:                                     `{"alg":"RS256","aud":["api://orders"],"exp":1700000000,"iss":"https://idp.example","kid":"k","kind":"jwt","scope":"openid orders","typ":"at+jwt"}`,
		"opaque-and-short":                      `{"kind":"opaque"}`,
		"eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn": `{"kind":"encrypted"}`,
	} {
		w := newWorld(t, func(k *hosttest.Knobs) { k.AccessToken = access }, nil)
		w.must(t)
		raw, _ := json.Marshal(w.step(t, "exchange").Out["accessToken"])
		if string(raw) != want {
			t.Errorf("%s\nwant %s", raw, want)
		}
		absent(t, "the log or trace", w.told(), "the token", access)
		absent(t, "the log or trace", w.told(), "a claim about the person", "canary")
	}
}

func TestTokenResponses(t *testing.T) {
	for name, tt := range map[string]struct {
		edit func(map[string]any)
		code login.Code // "" for a login
	}{
		"bearer":                         {func(m map[string]any) { m["token_type"] = "bearer" }, ""},
		"BEARER":                         {func(m map[string]any) { m["token_type"] = "BEARER" }, ""},
		"no expires_in":                  {func(m map[string]any) { delete(m, "expires_in") }, ""},
		"unknown members":                {func(m map[string]any) { m["x"] = map[string]any{"y": []any{1, nil}} }, ""},
		"DPoP":                           {func(m map[string]any) { m["token_type"] = "DPoP" }, login.CodeExchangeFailed},
		"no token_type":                  {func(m map[string]any) { delete(m, "token_type") }, login.CodeExchangeFailed},
		"token_type a number":            {func(m map[string]any) { m["token_type"] = 1 }, login.CodeExchangeFailed},
		"no access token":                {func(m map[string]any) { delete(m, "access_token") }, login.CodeExchangeFailed},
		"access token with a line break": {func(m map[string]any) { m["access_token"] = "a\r\nX-Evil: 1" }, login.CodeExchangeFailed},
		"access token a number":          {func(m map[string]any) { m["access_token"] = 5 }, login.CodeExchangeFailed},
		"no id token":                    {func(m map[string]any) { delete(m, "id_token") }, login.CodeIDTokenMissing},
		"id token empty":                 {func(m map[string]any) { m["id_token"] = "" }, login.CodeIDTokenMissing},
		"id token an object":             {func(m map[string]any) { m["id_token"] = map[string]any{} }, login.CodeIDTokenMissing},
	} {
		w := newWorld(t, func(k *hosttest.Knobs) { k.EditTokens = tt.edit }, nil)
		_, err := w.login(t)
		if tt.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if got := login.CodeOf(err); err == nil || got != tt.code {
			t.Errorf("%s: %v", name, err)
		}
		if w.op.Calls(hosttest.UserInfo) != 0 {
			t.Errorf("%s: userinfo was called", name)
		}
	}
}

func TestTheTokenResponseIsKeptAsReceived(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.EditTokens = func(m map[string]any) {
			m["big"] = json.RawMessage("12345678901234567890.0100")
			m["odd \u00e9"] = []any{nil, true, map[string]any{}}
		}
	}, nil)
	doc := w.must(t)
	raw, _ := doc.Sources.Raw(attrs.TokenEndpointResponse)
	for _, part := range []string{`"big":12345678901234567890.0100`, `"odd é":[null,true,{}]`, `"expires_in":3600`} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("%s is not in %s", part, raw)
		}
	}
}

func TestTheCodeIsSentOnce(t *testing.T) {
	w := newWorld(t, nil, nil)
	req, cb := w.begin(t)
	if _, err := w.rp.Complete(w.ctx(), req, cb); err != nil {
		t.Fatal(err)
	}
	_, err := w.rp.Complete(w.ctx(), req, cb) // replayed; the host refuses it before, by the spent state
	refused(t, err, login.CodeExchangeFailed)
	form := w.op.Last(hosttest.Token).Form
	for name, want := range map[string]string{
		"grant_type": "authorization_code", "code": cb.Params.Get("code"), "redirect_uri": redirectURI, "code_verifier": req.Verifier,
	} {
		if len(form[name]) != 1 || form[name][0] != want {
			t.Errorf("%s: %v", name, form[name])
		}
	}
}

func TestTwoLoginsAtOnce(t *testing.T) {
	w := newWorld(t, nil, nil)
	first, firstAnswer := w.begin(t)
	second, secondAnswer := w.begin(t)
	if _, err := w.rp.Complete(w.ctx(), second, firstAnswer); login.CodeOf(err) != login.CodeStateUnknown {
		t.Errorf("crossed: %v", err)
	}
	for _, tab := range []struct {
		req login.AuthRequest
		cb  login.Callback
	}{{second, secondAnswer}, {first, firstAnswer}} {
		if _, err := w.rp.Complete(w.ctx(), tab.req, tab.cb); err != nil {
			t.Error(err)
		}
	}
}
