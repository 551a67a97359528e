package host_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// An ID token that was not made for this login by the provider signs nobody
// in, whatever it is made of.
func TestT17_forged_id_token(t *testing.T) {
	t.Parallel()
	public := x509.MarshalPKCS1PublicKey(hosttest.RSAKey(0).Private.Public().(*rsa.PublicKey))
	pkix, _ := x509.MarshalPKIXPublicKey(hosttest.RSAKey(0).Private.Public())
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	modulus := []byte(base64.RawURLEncoding.EncodeToString(hosttest.RSAKey(0).Private.Public().(*rsa.PublicKey).N.Bytes()))
	attacker := hosttest.RSAKey(3)
	type header = map[string]any
	for name, c := range map[string]struct {
		provider string // keys of the configuration
		knobs    func(*hosttest.Knobs)
	}{
		"alg none":    {"", func(k *hosttest.Knobs) { k.Alg = "none" }},
		"alg None":    {"", resigned("", nil, header{"alg": "None"})},
		"alg missing": {"", resigned("", nil, header{"kid": "rsa-0"})},
		"alg empty":   {"", resigned("", nil, header{"alg": "", "kid": "rsa-0"})},
		"no signature": {"", func(k *hosttest.Knobs) {
			k.EditIDToken = func(s string) string { return s[:strings.LastIndexByte(s, '.')+1] }
		}},
		"two parts": {"", func(k *hosttest.Knobs) {
			k.EditIDToken = func(s string) string { return s[:strings.LastIndexByte(s, '.')] }
		}},
		"spoilt":                    {"", func(k *hosttest.Knobs) { k.BadSignature = true }},
		"HS256, public key in PEM":  {"", resigned("HS256", block("PUBLIC KEY", pkix), header{"alg": "HS256", "kid": "rsa-0"})},
		"HS256, PKCS 1":             {"", resigned("HS256", block("RSA PUBLIC KEY", public), header{"alg": "HS256", "kid": "rsa-0"})},
		"HS256, DER":                {"", resigned("HS256", pkix, header{"alg": "HS256", "kid": "rsa-0"})},
		"HS256, modulus":            {"", resigned("HS256", modulus, header{"alg": "HS256", "kid": "rsa-0"})},
		"HS256 not configured":      {"", func(k *hosttest.Knobs) { k.Alg = "HS256" }},
		"HS256 configured, PEM key": {"id_token_algs: [HS256]", resigned("HS256", block("PUBLIC KEY", pkix), header{"alg": "HS256"})},
		"HS256 configured, RS256":   {"id_token_algs: [HS256]", func(*hosttest.Knobs) {}},
		"HS256 configured, empty":   {"id_token_algs: [HS256]", resigned("HS256", []byte{}, header{"alg": "HS256"})},
		"jwk of the attacker":       {"", resigned("RS256", attacker.Private, header{"alg": "RS256", "kid": "rsa-0", "jwk": attacker.Public()})},
		"jku of the attacker":       {"", resigned("RS256", attacker.Private, header{"alg": "RS256", "kid": "rsa-3", "jku": "https://attacker.example/jwks"})},
		"kid of a path":             {"", resigned("RS256", attacker.Private, header{"alg": "RS256", "kid": "../../../dev/null"})},
		"another's key":             {"", resigned("RS256", attacker.Private, header{"alg": "RS256", "kid": "rsa-0"})},
		"critical extension": {"", func(k *hosttest.Knobs) {
			k.EditHeader = func(h map[string]any) { h["crit"], h["exp"] = []string{"exp"}, 1 }
		}},
		"nonce of another login": {"", claim("nonce", "another")},
		"no nonce":               {"", claim("nonce", nil)},
		"iss of another":         {"", claim("iss", "https://attacker.example")},
		"aud of another":         {"", claim("aud", "another-client")},
		"aud with another":       {"", claim("aud", []string{"doorward", "another-client"})},
		"aud with another, azp": {"", func(k *hosttest.Knobs) {
			k.Claims = map[string]any{"aud": []string{"doorward", "another-client"}, "azp": "doorward"}
		}},
		"aud nested":         {"", claim("aud", []any{[]string{"doorward"}})},
		"aud empty":          {"", claim("aud", []string{})},
		"azp of another":     {"", claim("azp", "another-client")},
		"at_hash of another": {"", func(k *hosttest.Knobs) { k.AtHash = hosttest.Wrong }},
		"no sub":             {"", claim("sub", nil)},
		"sub a number":       {"", claim("sub", 7)},
		"sub a list":         {"", claim("sub", []string{"alice-7f3a"})},
		"duplicate sub":      {"", rewritten(func(s string) string { return `{"sub":"admin",` + s[1:] })},
		"trailing data":      {"", rewritten(func(s string) string { return s + `{"sub":"admin"}` })},
		"a list":             {"", rewritten(func(s string) string { return "[" + s + "]" })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t, c.knobs), settings{Provider: c.provider})
			b := s.browser()
			s.refused(b, b.get("/login?idp=corp"), login.CodeIDTokenInvalid)
		})
	}
}

// However many unknown kids arrive, the provider's keys are fetched a few
// times only, and people still sign in.
func TestT17_unknown_kid_storm(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	first := s.browser()
	first.get("/login?idp=corp")
	var n atomic.Int64
	s.idp.Set(func(k *hosttest.Knobs) {
		k.EditHeader = func(h map[string]any) { h["kid"] = fmt.Sprint("made-up-", n.Add(1)) }
	})
	s.idp.ResetCalls()
	for range 40 {
		s.helpful(s.browser().get("/login?idp=corp"), string(login.CodeIDTokenInvalid))
	}
	if got := s.idp.Calls(hosttest.JWKS); got < 1 || got > 5 {
		t.Errorf("40 unknown kids made %d fetches of the keys, want 1 to 5", got)
	}
	s.idp.Set(func(k *hosttest.Knobs) { k.EditHeader = nil })
	b := s.browser()
	if b.get("/login?idp=corp"); !b.session().Authenticated {
		t.Errorf("nobody can sign in after the storm\n%s", s.log)
	}
}

// Absurd times are refused, not rounded, wrapped or ignored.
func TestT18_times(t *testing.T) {
	t.Parallel()
	absurd := map[string]any{
		"1e300": json.Number("1e300"), "1e999999999": json.Number("1e999999999"), "negative": -1, "zero": 0, "text": "4102444800",
		"null": json.RawMessage("null"), "true": true, "list": []int{1}, "2^63": json.Number("9223372036854775808"),
		"a fraction": json.Number("4102444800.5"), "milliseconds": 4102444800000, "the year 10000": 253402300800,
	}
	cases := map[string]func(*hosttest.Knobs){
		"exp missing": claim("exp", nil), "iat missing": claim("iat", nil),
		"exp past": claim("exp", 1700000000), "iat far ahead": claim("iat", 4102444800), "nbf far ahead": claim("nbf", 4102444800),
	}
	for what, value := range absurd {
		for _, name := range []string{"exp", "iat", "nbf"} {
			cases[name+" "+what] = claim(name, value)
		}
	}
	s := newSite(t, hosttest.NewProvider(t), settings{})
	for name, knobs := range cases {
		s.idp.Set(func(k *hosttest.Knobs) { k.EditClaims = nil; knobs(k) })
		b := s.browser()
		if a := b.get("/login?idp=corp"); a.code() != string(login.CodeIDTokenInvalid) || b.session().Authenticated {
			t.Errorf("%s: %s %q", name, a.Status, a.code())
		}
	}
	s.idp.Set(claim("exp", 4102444800)) // after 2038, which is no fault
	b := s.browser()
	if a := b.get("/login?idp=corp"); !b.session().Authenticated {
		t.Errorf("exp in the year 2100: %s\n%s", a.Status, a.Body)
	}
}

// An auth_time that is no proof signs in and grants no freshness.
func TestT18_auth_time(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	for _, mode := range []hosttest.AuthTime{
		hosttest.Honest, hosttest.NoAuthTime, hosttest.OldAuthTime, hosttest.FutureTime, hosttest.StringTime,
		hosttest.MillisTime, hosttest.FloatTime, hosttest.NegativeTime, hosttest.NullTime,
	} {
		s.idp.Set(func(k *hosttest.Knobs) { k.AuthTime = mode })
		b := s.browser()
		b.get("/login?idp=corp")
		d := b.session()
		if !d.Authenticated {
			t.Errorf("%q: nobody signed in", mode)
		}
		if fresh := d.level("Authenticated/Fresh") != nil; fresh != (mode == hosttest.Honest) {
			t.Errorf("%q: fresh is %t", mode, fresh)
		}
	}
}

// claim sets a claim of the ID token, or removes it.
func claim(name string, value any) func(*hosttest.Knobs) {
	return func(k *hosttest.Knobs) {
		k.EditClaims = func(claims map[string]any) {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
	}
}

// resigned replaces the ID token's header and signature.
func resigned(alg string, key any, header map[string]any) func(*hosttest.Knobs) {
	text, _ := json.Marshal(maps.Clone(header))
	return func(k *hosttest.Knobs) {
		k.EditIDToken = func(compact string) string {
			return hosttest.SignRaw(alg, key, text, payload(compact))
		}
	}
}

// rewritten changes the text of the ID token's claims, properly signed.
func rewritten(change func(string) string) func(*hosttest.Knobs) {
	return func(k *hosttest.Knobs) {
		k.EditIDToken = func(compact string) string {
			return hosttest.SignRaw("RS256", hosttest.RSAKey(0).Private, []byte(`{"alg":"RS256","kid":"rsa-0"}`), []byte(change(string(payload(compact)))))
		}
	}
}

func payload(compact string) []byte {
	raw, _ := base64.RawURLEncoding.DecodeString(strings.Split(compact, ".")[1])
	return raw
}
