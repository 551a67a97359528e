package oidcrp

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

func edit(name string, value any) func(*hosttest.Knobs) {
	return func(k *hosttest.Knobs) { k.EditClaims = func(c map[string]any) { c[name] = value } }
}

func drop(name string) func(*hosttest.Knobs) {
	return func(k *hosttest.Knobs) { k.EditClaims = func(c map[string]any) { delete(c, name) } }
}

// TestT17_IDTokenCorpus walks whole logins with one thing changed in each.
func TestT17_IDTokenCorpus(t *testing.T) {
	const ok, bad = login.Code(""), login.CodeIDTokenInvalid
	for name, tt := range map[string]struct {
		knobs func(*hosttest.Knobs)
		code  login.Code
	}{
		"as it should be":              {nil, ok},
		"PS256":                        {func(k *hosttest.Knobs) { k.Alg = "PS256" }, ok},
		"ES256":                        {func(k *hosttest.Knobs) { k.Alg = "ES256" }, ok},
		"EdDSA":                        {func(k *hosttest.Knobs) { k.Alg = "EdDSA" }, ok},
		"HS256 that was not asked for": {func(k *hosttest.Knobs) { k.Alg = "HS256" }, bad},
		"iss with a slash":             {func(k *hosttest.Knobs) { k.EditClaims = func(c map[string]any) { c["iss"] = c["iss"].(string) + "/" } }, bad},
		"iss missing":                  {drop("iss"), bad},
		"iss in capitals": {func(k *hosttest.Knobs) {
			k.EditClaims = func(c map[string]any) { c["iss"] = strings.ToUpper(c["iss"].(string)) }
		}, bad},
		"aud a list":               {edit("aud", []string{"doorward"}), ok},
		"aud with a stranger":      {edit("aud", []string{"doorward", "stranger"}), bad},
		"aud missing":              {drop("aud"), bad},
		"aud empty":                {edit("aud", []string{}), bad},
		"azp ours":                 {edit("azp", "doorward"), ok},
		"azp another's":            {edit("azp", "stranger"), bad},
		"azp null":                 {edit("azp", nil), bad},
		"nonce missing":            {drop("nonce"), bad},
		"nonce a number":           {edit("nonce", 5), bad},
		"sub empty":                {edit("sub", ""), bad},
		"sub too long":             {edit("sub", strings.Repeat("s", 256)), bad},
		"at_hash missing":          {func(k *hosttest.Knobs) { k.AtHash = hosttest.Absent }, ok},
		"at_hash of another token": {func(k *hosttest.Knobs) { k.AtHash = hosttest.Wrong }, bad},
		"at_hash a number":         {edit("at_hash", 1), bad},
		"at_hash null":             {edit("at_hash", nil), bad},
		"kid unknown":              {func(k *hosttest.Knobs) { k.EditHeader = func(h map[string]any) { h["kid"] = "unknown" } }, bad},
		"kid of another key":       {func(k *hosttest.Knobs) { k.EditHeader = func(h map[string]any) { h["kid"] = "ec" } }, bad},
		"crit":                     {func(k *hosttest.Knobs) { k.EditHeader = func(h map[string]any) { h["crit"] = []string{"exp"} } }, bad},
		"typ of anything":          {func(k *hosttest.Knobs) { k.EditHeader = func(h map[string]any) { h["typ"] = "id+jwt" } }, ok},
		"encrypted":                {func(k *hosttest.Knobs) { k.EditIDToken = func(s string) string { return s + ".a.b" } }, bad},
		"not a token":              {func(k *hosttest.Knobs) { k.EditIDToken = func(string) string { return "canary" } }, bad},
		"duplicate claims":         {func(k *hosttest.Knobs) { k.EditIDToken = duplicateSub }, bad},
		"unknown claims":           {edit("https://example.com/roles", []any{1, nil}), ok},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.knobs, nil)
			doc, err := w.login(t)
			if tt.code == ok {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			refused(t, err, tt.code)
			if len(doc.Sources.Names()) != 0 || w.op.Calls(hosttest.UserInfo) != 0 {
				t.Error("the login went on after a refused token")
			}
			if entry := w.step(t, "verify"); entry.Code != tt.code || entry.Error == "" {
				t.Errorf("the trace gives no reason: %+v", entry)
			}
		})
	}
}

func duplicateSub(string) string {
	return hosttest.SignRaw("RS256", hosttest.RSAKey(0).Private, []byte(`{"alg":"RS256","kid":"rsa-0"}`), []byte(`{"sub":"alice","sub":"mallory"}`))
}

func TestT17_AKeyOfAnotherProvider(t *testing.T) {
	foreign := hosttest.RSAKey(3)
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.EditIDToken = func(compact string) string {
			jwt, _ := token.Parse(compact)
			return hosttest.SignRaw("RS256", foreign.Private, []byte(`{"alg":"RS256","kid":"rsa-3"}`), jwt.Payload)
		}
	}, nil)
	_, err := w.login(t)
	refused(t, err, login.CodeIDTokenInvalid)
}

func TestHS256WhenItIsConfigured(t *testing.T) {
	hs := func(c *Config) { c.IDTokenAlgs = []string{"HS256"} }
	newWorld(t, func(k *hosttest.Knobs) { k.Alg = "HS256" }, hs).must(t)
	_, err := newWorld(t, nil, hs).login(t) // RS256, which is then not allowed
	refused(t, err, login.CodeIDTokenInvalid)
}

func TestTrustedAudiences(t *testing.T) {
	w := newWorld(t, edit("aud", []string{"doorward", "friend"}), func(c *Config) { c.TrustedAudiences = []string{"friend"} })
	w.must(t)
}

func TestT18_TimesOfTheIDToken(t *testing.T) {
	w := newWorld(t, nil, nil)
	now := w.op.Clock.Now().Unix()
	for name, tt := range map[string]struct {
		change map[string]any
		ok     bool
	}{
		"expired within the skew":      {map[string]any{"exp": now - 59}, true},
		"expired beyond the skew":      {map[string]any{"exp": now - 60}, false},
		"issued ahead within the skew": {map[string]any{"iat": now + 60}, true},
		"issued ahead beyond the skew": {map[string]any{"iat": now + 61}, false},
		"whole floats":                 {map[string]any{"exp": json.RawMessage(fmt.Sprintf("%d.0", now+60)), "iat": json.RawMessage(fmt.Sprintf("%d.0", now))}, true},
		"after 2038":                   {map[string]any{"exp": 4102444800}, true},
		"exp 1e300":                    {map[string]any{"exp": json.RawMessage("1e300")}, false},
		"exp 1e9999999":                {map[string]any{"exp": json.RawMessage("1e9999999")}, false},
		"exp negative":                 {map[string]any{"exp": -1}, false},
		"exp a string":                 {map[string]any{"exp": fmt.Sprint(now + 60)}, false},
		"exp null":                     {map[string]any{"exp": nil}, false},
		"exp in milliseconds":          {map[string]any{"exp": (now + 60) * 1000}, false},
		"iat a string":                 {map[string]any{"iat": fmt.Sprint(now)}, false},
		"iat negative":                 {map[string]any{"iat": -now}, false},
		"iat 1e300":                    {map[string]any{"iat": json.RawMessage("1e300")}, false},
		"iat with a fraction":          {map[string]any{"iat": json.RawMessage(fmt.Sprintf("%d.5", now))}, false},
		"nbf to come":                  {map[string]any{"nbf": now + 61}, false},
	} {
		w.op.Set(func(k *hosttest.Knobs) { k.EditClaims = func(c map[string]any) { maps.Copy(c, tt.change) } })
		_, err := w.login(t)
		if (err == nil) != tt.ok || err != nil && login.CodeOf(err) != login.CodeIDTokenInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, claim := range []string{"exp", "iat"} {
		w.op.Set(drop(claim))
		_, err := w.login(t)
		refused(t, err, login.CodeIDTokenInvalid)
	}
}

func TestTheSkewIsConfigured(t *testing.T) {
	none := newWorld(t, nil, func(c *Config) { c.Skew = -1 })
	none.op.Set(edit("exp", none.op.Clock.Now().Unix()))
	_, err := none.login(t)
	refused(t, err, login.CodeIDTokenInvalid)
	wide := newWorld(t, nil, func(c *Config) { c.Skew = 5 * time.Minute })
	wide.op.Set(edit("exp", wide.op.Clock.Now().Unix()-200))
	wide.must(t)
}

func TestTheKeySetFails(t *testing.T) {
	for name, tt := range map[string]struct {
		fault hosttest.Fault
		code  login.Code
	}{
		"500":  {hosttest.Fault{Status: 500}, login.CodeProviderDown},
		"slow": {hosttest.Fault{Slow: time.Minute}, login.CodeProviderTimeout},
	} {
		w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
			c.HTTP = token.NewClient(token.ClientConfig{RootCAs: op.CA(), Timeout: 300 * time.Millisecond})
			op.Set(func(k *hosttest.Knobs) { k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.JWKS: tt.fault} })
		})
		_, err := w.login(t)
		if got := login.CodeOf(err); err == nil || got != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheDocument(t *testing.T) {
	w := newWorld(t, edit("big", json.RawMessage("12345678901234567890")), nil)
	req, cb := w.begin(t)
	doc, err := w.rp.Complete(w.ctx(), req, cb)
	if err != nil {
		t.Fatal(err)
	}
	if doc.ID != req.ID || !doc.ReceivedAt.Equal(cb.ReceivedAt) || doc.ProviderSID != "provider-session-1" || len(doc.VerifiedEmails) == 0 {
		t.Errorf("document: %+v", doc)
	}
	l := doc.Login
	if l.IdP != "corp" || l.Protocol != "oidc" || l.RequestedAt != req.RequestedAt || l.ReceivedAt != cb.ReceivedAt.Unix() || l.ForceAuth || l.MaxAge != nil {
		t.Errorf("login: %+v", l)
	}
	raw, _ := doc.Sources.Raw(attrs.IDTokenClaims)
	if !strings.Contains(string(raw), `"big":12345678901234567890`) {
		t.Errorf("claims: %s", raw)
	}
	for _, name := range []string{"accept", "exchange", "verify", "userinfo"} {
		if e := w.step(t, name); e.Error != "" || e.Took <= 0 {
			t.Errorf("step %s: %+v", name, e)
		}
	}
}

func TestTheTraceSaysWhichCheckOfTheIDTokenFailed(t *testing.T) {
	for check, knobs := range map[string]func(*hosttest.Knobs){
		"iss":       edit("iss", "https://idp.example/other"),
		"aud":       edit("aud", "another-client"),
		"azp":       edit("azp", "another-client"),
		"signature": func(k *hosttest.Knobs) { k.BadSignature = true },
		"times":     edit("exp", 1_600_000_000),
		"nonce":     edit("nonce", "another"),
		"at_hash":   func(k *hosttest.Knobs) { k.AtHash = hosttest.Wrong },
		"sub":       drop("sub"),
		"form":      func(k *hosttest.Knobs) { k.EditIDToken = func(string) string { return "canary" } },
	} {
		w := newWorld(t, knobs, nil)
		_, err := w.login(t)
		refused(t, err, login.CodeIDTokenInvalid)
		step := w.step(t, "verify")
		if step.Out["check"] != check {
			t.Errorf("%s: the trace says %v", check, step.Out)
		}
		if check == "form" {
			continue
		}
		said := step.Out["idToken"].(map[string]any)
		if step.In["issuer"] != w.op.URL || step.In["clientId"] != w.op.ClientID || step.In["now"] != w.op.Clock.Now().Unix() {
			t.Errorf("%s: expected was %v", check, step.In)
		}
		if said["aud"] == nil || said["exp"] == nil || said["nonce"] != nil || said["sub"] != nil {
			t.Errorf("%s: the token said %v", check, said)
		}
	}
}
