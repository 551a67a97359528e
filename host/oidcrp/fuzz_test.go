package oidcrp

import (
	"context"
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// onceVerified walks a login up to the verify step, for targets that change
// the ID token.
func onceVerified(f *testing.F) (w *world, req login.AuthRequest, meta *metadata, r reply) {
	f.Helper()
	w = newWorld(f, func(k *hosttest.Knobs) { k.Alg = "EdDSA" }, nil)
	req, cb := w.begin(f)
	a, err := w.rp.accept(context.Background(), req, cb)
	if err == nil {
		r, err = w.rp.exchange(context.Background(), req, a)
	}
	if err == nil {
		_, err = w.rp.verify(context.Background(), a.meta, r, nonce(req))
	}
	if err != nil {
		f.Fatal(err)
	}
	return w, req, a.meta, r
}

// FuzzIDToken gives the verify step any bytes: only tokens that the provider
// signed pass, every error is a Fault.
func FuzzIDToken(f *testing.F) {
	w, req, meta, r := onceVerified(f)
	good, err := token.Parse(r.idToken)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.idToken)
	f.Add(hosttest.Spoil(r.idToken))
	f.Add(hosttest.SignRaw("none", nil, []byte(`{"alg":"none"}`), good.Payload))
	f.Fuzz(func(t *testing.T, compact string) {
		who, err := w.rp.verify(context.Background(), meta, reply{idToken: compact, accessToken: r.accessToken}, nonce(req))
		if err == nil && string(who.payload) != string(good.Payload) {
			t.Fatalf("a forged token passes: %q", compact)
		}
		checkCode(t, err)
	})
}

// FuzzClaims gives it any claims, well signed: what passes is for us, now.
func FuzzClaims(f *testing.F) {
	w, req, meta, r := onceVerified(f)
	good, err := token.Parse(r.idToken)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good.Payload)
	f.Add([]byte(`{"iss":"` + w.op.URL + `","aud":["doorward"],"exp":1e300,"iat":1,"nonce":"` + req.Nonce + `","sub":"a"}`))
	f.Add([]byte(`{"sub":"a","sub":"b"}`))
	now := w.op.Clock.Now().Unix()
	f.Fuzz(func(t *testing.T, payload []byte) {
		compact := hosttest.SignRaw("EdDSA", hosttest.EdKey().Private, []byte(`{"alg":"EdDSA","kid":"ed"}`), payload)
		who, err := w.rp.verify(context.Background(), meta, reply{idToken: compact, accessToken: r.accessToken}, nonce(req))
		checkCode(t, err)
		if err != nil {
			return
		}
		exp, _, _ := token.Time(who.claims, "exp")
		iat, _, _ := token.Time(who.claims, "iat")
		if who.claims["iss"] != w.op.URL || who.claims["nonce"] != req.Nonce || who.subject == "" || exp+60 <= now || iat < 1 || iat > now+60 {
			t.Fatalf("claims pass that are not right: %s", payload)
		}
		token.Evidence(who.claims)
	})
}

func checkCode(t *testing.T, err error) {
	t.Helper()
	if code := login.CodeOf(err); err != nil && code != login.CodeIDTokenInvalid && code != login.CodeProviderDown {
		t.Fatalf("an error of another kind: %v", err)
	}
}

// FuzzRefusedExchange gives the token endpoint's refused answer any text around
// a token: what the trace keeps of it never holds the token.
func FuzzRefusedExchange(f *testing.F) {
	const secret = "a-secret-token-0123456789"
	f.Add("{\"access_token\":\"", "\"}", 200)
	f.Add("{\"error\":\"x\",\"refresh_token\" : \"", "\"}", 400)
	f.Add("<p>", "</p>", 200)
	f.Add("access_token=", "&x=1", 502)
	f.Fuzz(func(t *testing.T, before, after string, status int) {
		body := before + secret + after
		shown := redact(tokenless(token.Response{Status: status, Body: []byte(body)}), nil, bodyShown)
		if len(shown) > 2*bodyShown {
			t.Fatalf("%d bytes", len(shown))
		}
		var object map[string]any
		if json.Unmarshal([]byte(body), &object) != nil && status != 200 {
			return // a text that explains a failure is shown as it is
		}
		if asName.MatchString(body) {
			return
		}
		for _, name := range slices.Concat(explanations, public) {
			if text, ok := object[name].(string); ok && strings.Contains(text, secret) {
				return
			}
		}
		if strings.Contains(shown, secret) {
			t.Fatalf("status %d: %q", status, shown)
		}
	})
}

// public is what is known to be no token, by name (host/attrs).
var public = []string{"token_type", "scope", "issued_token_type", "session_state", "expires_in", "ext_expires_in", "expires_on",
	"not_before", "refresh_expires_in", "refresh_token_expires_in"}

// asName finds the token of FuzzRefusedExchange in the name of a member.
var asName = regexp.MustCompile(`a-secret-token-0123456789[^"]*"\s*:`)

// FuzzDescribeToken takes any text for a token: nothing of its signature is
// told.
func FuzzDescribeToken(f *testing.F) {
	f.Add("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsiYSIsMSx7fV0sImV4cCI6MWU5fQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4")
	f.Add("opaque")
	f.Fuzz(func(t *testing.T, compact string) {
		raw, err := json.Marshal(describeToken(compact))
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(compact, ".")
		if last := parts[len(parts)-1]; len(last) > 16 && !strings.Contains(strings.Join(parts[:len(parts)-1], ""), last) && strings.Contains(string(raw), last) {
			t.Fatalf("%s tells of %q", raw, compact)
		}
	})
}

// FuzzAllowedAddress looks for an address that is allowed and that somebody
// reads as another place than the entry's.
func FuzzAllowedAddress(f *testing.F) {
	const prefix = "https://claims.example.com/v1/"
	for _, rest := range []string{"", "claims", "../v2", "%2e%2e/", "..;/", "a//b", "a?b=../", "#x", "@attacker.example/"} {
		f.Add(prefix + rest)
	}
	f.Add("https://claims.example.com.attacker.example/v1/")
	f.Add("https://claims.example.com:443/v1/x")
	p, err := New(Config{Name: "corp", Issuer: "https://idp.example.com", ClientID: "x", AuthMethod: NoClientAuth, ClaimSources: ClaimSources{Allow: []string{prefix}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, ok := p.allowed(address)
		if !ok {
			return
		}
		decoded, err := url.PathUnescape(u.EscapedPath())
		if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Hostname(), "claims.example.com") || u.Port() != "" && u.Port() != "443" || u.User != nil ||
			!strings.HasPrefix(path.Clean(decoded)+"/", "/v1/") || strings.ContainsAny(decoded, "\\;%") {
			t.Errorf("%q is allowed", address)
		}
	})
}
