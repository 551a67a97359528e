package oidcrp

import (
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

var _ login.SignOutListener = (*Provider)(nil)

func TestSignedOut(t *testing.T) {
	w := newWorld(t, nil, nil)
	now := w.op.Clock.Now().Unix()
	for name, c := range map[string]struct {
		notice   hosttest.Notice
		sub, sid string
		expires  int64
	}{
		"both":           {hosttest.Notice{}, "alice-7f3a", "provider-session-1", now + 120 + 60},
		"only sub":       {without("sid"), "alice-7f3a", "", now + 120 + 60},
		"only sid":       {without("sub"), "", "provider-session-1", now + 120 + 60},
		"a far exp":      {claim("exp", now+1e6), "alice-7f3a", "provider-session-1", now + 600 + 60},
		"typ JWT":        {header("typ", "JWT"), "alice-7f3a", "provider-session-1", now + 180},
		"no typ":         {header("typ", nil), "alice-7f3a", "provider-session-1", now + 180},
		"typ as a type":  {header("typ", "application/Logout+JWT"), "alice-7f3a", "provider-session-1", now + 180},
		"aud as a list":  {claim("aud", []string{"doorward"}), "alice-7f3a", "provider-session-1", now + 180},
		"further events": {claim("events", map[string]any{hosttest.LogoutEvent: map[string]any{"a": 1}, "https://example.com/e": true}), "alice-7f3a", "provider-session-1", now + 180},
		"further claims": {claim("https://example.com/x", "y"), "alice-7f3a", "provider-session-1", now + 180},
		"ES256":          {hosttest.Notice{Alg: "ES256"}, "alice-7f3a", "provider-session-1", now + 180},
		"a slow clock":   {claim("iat", now-55), "alice-7f3a", "provider-session-1", now + 180},
		"almost too old": {claim("iat", now-660), "alice-7f3a", "provider-session-1", now},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(c.notice))
			if err != nil {
				t.Fatal(err)
			}
			if e.Issuer != w.op.URL || e.Subject != c.sub || e.SessionID != c.sid || len(e.TokenID) != 32 || e.Expires != c.expires {
				t.Errorf("%+v, now is %d", e, now)
			}
		})
	}
}

func claim(name string, value any) hosttest.Notice {
	return hosttest.Notice{EditClaims: func(c map[string]any) { c[name] = value }}
}

func without(name string) hosttest.Notice {
	return hosttest.Notice{EditClaims: func(c map[string]any) { delete(c, name) }}
}

// header sets a member of the header, or deletes it.
func header(name string, value any) hosttest.Notice {
	return hosttest.Notice{EditHeader: func(h map[string]any) {
		if h[name] = value; value == nil {
			delete(h, name)
		}
	}}
}

func TestT28_SignedOutRefuses(t *testing.T) {
	w := newWorld(t, nil, nil)
	doc := w.must(t)
	response, _ := doc.Sources.Object("tokenEndpointResponse")
	now := w.op.Clock.Now().Unix()
	event := func(value any) hosttest.Notice {
		return claim("events", map[string]any{hosttest.LogoutEvent: value})
	}
	for name, notice := range map[string]hosttest.Notice{
		"no iss": without("iss"), "wrong iss": claim("iss", w.op.URL+"/"), "iss as a list": claim("iss", []string{w.op.URL}),
		"no aud": without("aud"), "wrong aud": claim("aud", "another"), "another aud too": claim("aud", []string{"doorward", "another"}),
		"no iat": without("iat"), "future iat": claim("iat", now+61), "old iat": claim("iat", now-661), "iat as a string": claim("iat", "1700000000"), "iat in ms": claim("iat", now*1000),
		"no exp": without("exp"), "past exp": claim("exp", now-61), "exp null": claim("exp", nil), "huge exp": claim("exp", 1e300), "nbf": claim("nbf", now+120),
		"no jti": without("jti"), "empty jti": claim("jti", ""), "jti as a number": claim("jti", 7), "long jti": claim("jti", strings.Repeat("j", 513)),
		"no sub and no sid": {EditClaims: func(c map[string]any) { delete(c, "sub"); delete(c, "sid") }},
		"empty sub":         claim("sub", ""), "sub as a number": claim("sub", 7), "long sub": claim("sub", strings.Repeat("s", 256)), "sub null": claim("sub", nil),
		"empty sid": claim("sid", ""), "sid as a list": claim("sid", []string{"a"}), "long sid": claim("sid", strings.Repeat("s", 256)),
		"no events": without("events"), "events as a list": claim("events", []string{hosttest.LogoutEvent}), "events as a string": claim("events", hosttest.LogoutEvent),
		"another event": claim("events", map[string]any{"http://schemas.openid.net/event/another": map[string]any{}}),
		"event true":    event(true), "event null": event(nil), "event as a string": event("{}"), "event as a list": event([]any{}),
		"nonce": claim("nonce", "n"), "nonce null": claim("nonce", nil), "empty nonce": claim("nonce", ""),
		"alg none": {Alg: "none"}, "HS256 with the secret": {Alg: "HS256"}, "bad signature": {BadSignature: true},
		"alg of another key": header("alg", "ES256"), "unknown kid": header("kid", "nobody"), "crit": header("crit", []string{"x"}),
		"an access token's typ": header("typ", "at+jwt"), "a request object's typ": header("typ", "oauth-authz-req+jwt"), "typ as a number": header("typ", 1),
	} {
		t.Run(name, func(t *testing.T) {
			e, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(notice))
			refused(t, err, login.CodeLogoutTokenInvalid)
			if e != (login.Ended{}) {
				t.Errorf("something was read of it: %+v", e)
			}
		})
	}
	good := w.op.LogoutToken(hosttest.Notice{})
	for name, text := range map[string]string{
		"an id token": response["id_token"].(string), "empty": "", "garbage": "x.y.z", "cut": good[:len(good)-2], "two parts": good[:strings.LastIndexByte(good, '.')],
		"five parts": good + ".a.b", "a space": " " + good, "huge": strings.Repeat("a", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.rp.SignedOut(w.ctx(), text)
			refused(t, err, login.CodeLogoutTokenInvalid)
			if len(text) > 20 && strings.Contains(err.Error(), text[:20]) {
				t.Error("the error holds the token")
			}
		})
	}
}

// A provider whose ID tokens are signed by a shared secret signs its notices so.
func TestSignedOutByASharedSecret(t *testing.T) {
	w := newWorld(t, nil, func(c *Config) { c.IDTokenAlgs = []string{"HS256"} })
	if _, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(hosttest.Notice{Alg: "HS256"})); err != nil {
		t.Error(err)
	}
	_, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(hosttest.Notice{}))
	refused(t, err, login.CodeLogoutTokenInvalid)
}

// A provider that encrypts its ID tokens encrypts its notices.
func TestSignedOutEncrypted(t *testing.T) {
	for mode, accepts := range map[string]struct{ encrypted, plain bool }{
		EncryptionOff: {false, true}, EncryptionAccept: {true, true}, EncryptionRequire: {true, false},
	} {
		w := encrypted(t, "RSA-OAEP-256", "A256GCM", mode, nil)
		for plain, want := range map[bool]bool{false: accepts.encrypted, true: accepts.plain} {
			_, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(hosttest.Notice{Plain: plain}))
			if (err == nil) != want || err != nil && login.CodeOf(err) != login.CodeLogoutTokenInvalid {
				t.Errorf("%s, plain %v: %v", mode, plain, err)
			}
		}
		_, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(claim("nonce", "n")))
		refused(t, err, login.CodeLogoutTokenInvalid)
	}
}

// T17: strangers' tokens of unknown keys make the host ask for the keys as
// seldom as logins do.
func TestT17_SignedOutDoesNotAskForKeysEachTime(t *testing.T) {
	w := newWorld(t, nil, nil)
	for range 200 {
		_, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(header("kid", "nobody")))
		refused(t, err, login.CodeLogoutTokenInvalid)
	}
	if n := w.op.Calls(hosttest.JWKS); n > 5 {
		t.Errorf("the keys were fetched %d times", n)
	}
	for range 200 { // what fails before the signature asks for nothing at all
		_, _ = w.rp.SignedOut(w.ctx(), w.op.LogoutToken(claim("aud", "another")))
	}
	w.op.RotateKeys()
	w.op.Clock.Advance(10 * time.Second)
	if _, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(hosttest.Notice{})); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
}

// What could not be verified was not refused.
func TestSignedOutWithoutKeys(t *testing.T) {
	for name, endpoint := range map[string]hosttest.Endpoint{"discovery": hosttest.Discovery, "keys": hosttest.JWKS} {
		w := newWorld(t, func(k *hosttest.Knobs) { k.Faults = map[hosttest.Endpoint]hosttest.Fault{endpoint: {Status: 500}} }, nil)
		_, err := w.rp.SignedOut(w.ctx(), w.op.LogoutToken(hosttest.Notice{}))
		if login.CodeOf(err) != login.CodeProviderDown {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a stranger sends is refused without a word of it.
func FuzzSignedOut(f *testing.F) {
	w := newWorld(f, nil, nil)
	f.Add(w.op.LogoutToken(hosttest.Notice{Alg: "none"}))
	f.Add(w.op.LogoutToken(hosttest.Notice{BadSignature: true}))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := w.rp.SignedOut(t.Context(), text)
		if code := login.CodeOf(err); err == nil || code != login.CodeLogoutTokenInvalid || e != (login.Ended{}) {
			t.Errorf("%+v, %v", e, err)
		}
	})
}
