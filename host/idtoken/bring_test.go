package idtoken

import (
	"context"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// What signs in once is what was signed, whatever the signature looks like: an
// ECDSA signature has a second form that verifies too.
func TestBring_TheSameTokenWithAnotherSignatureIsTheSame(t *testing.T) {
	p := provider(t)
	first := hosttest.Sign("ES256", hosttest.ECKey().Private, map[string]any{"alg": "ES256", "kid": "ec"}, good(nil))
	at := strings.LastIndexByte(first, '.') + 1
	raw, err := base64.RawURLEncoding.DecodeString(first[at:])
	if err != nil {
		t.Fatal(err)
	}
	s := new(big.Int).SetBytes(raw[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(raw[32:])
	second := first[:at] + base64.RawURLEncoding.EncodeToString(raw)
	if first == second || verdict(t, p, first) != "" || verdict(t, p, second) != "" {
		t.Fatal("the second form must verify, or this test shows nothing")
	}
	a, b := p.Bring(request(), callback(first)), p.Bring(request(), callback(second))
	if a.Brought.Digest == "" || a.Brought.Digest != b.Brought.Digest {
		t.Errorf("%q and %q", a.Brought.Digest, b.Brought.Digest)
	}
	other := p.Bring(request(), callback(signed(good(claims{"jti": "2"}))))
	if other.Brought.Digest == a.Brought.Digest {
		t.Error("two tokens are one")
	}
}

// That a token was used is known for longer than it is taken, whatever skew is
// configured later.
func TestBring_ExpiryCoversTheTokensLife(t *testing.T) {
	now := noon.Unix()
	p := provider(t)
	for name, c := range map[string]struct {
		claims claims
		latest int64 // when it is taken at the latest, with the longest skew that there is
	}{
		"short":           {claims{"exp": now + 300}, now + 300 + 600},
		"within the skew": {claims{"iat": now - 300, "exp": now - 30}, now - 30 + 600},
		"the longest":     {claims{"iat": now + 60, "exp": now + 3660}, now + 3660 + 600},
		"no iat":          {claims{"iat": nil, "exp": now + 3660}, now + 3660 + 600},
	} {
		compact := signed(good(c.claims))
		if got := verdict(t, p, compact); got != "" {
			t.Fatalf("%s: %q", name, got)
		}
		if got := p.Bring(request(), callback(compact)).Expiry; got < c.latest {
			t.Errorf("%s: known until %d s, taken until %d s", name, got-now, c.latest-now)
		}
	}
	for _, absurd := range []claims{{"exp": 253402300799}, {"exp": "x"}, {"exp": nil}} {
		if got := p.Bring(request(), callback(signed(good(absurd)))).Expiry; got > now+2*3600 {
			t.Errorf("%v is kept for %d s", absurd, got-now)
		}
	}
}

func TestBring_WhatMayBeUsedAgainSpendsNothing(t *testing.T) {
	req := provider(t, func(cfg *Config) { cfg.Reuse = true }).Bring(request(), callback(signed(good(nil))))
	if req.Brought == nil || req.Brought.Digest != "" || req.Brought.IssuedAt != noon.Unix() {
		t.Errorf("%+v", req.Brought)
	}
	for _, tokens := range [][]string{nil, {""}, {"no token"}} {
		req := provider(t).Bring(request(), callback(tokens...))
		if req.Brought == nil || *req.Brought != (login.Brought{}) {
			t.Errorf("%q: %+v", tokens, req.Brought)
		}
	}
}

func TestBegin_SaysHowItSignsIn(t *testing.T) {
	_, to, err := provider(t).Begin(context.Background(), request())
	refused(t, err, login.CodeNotInteractive, "")
	if to.URL != "" || !strings.Contains(login.HintOf(err), "POST /login/id-token/partner") || !strings.Contains(login.HintOf(err), "oidc_id_token") {
		t.Errorf("%+v %q", to, login.HintOf(err))
	}
}

func TestPNG01_TheHeader(t *testing.T) {
	ok := signed(good(nil))
	for name, c := range map[string]struct {
		tokens []string
		code   login.Code
		check  string
	}{
		"none": {nil, login.CodeIDTokenHeader, checkMissing}, "empty": {[]string{""}, login.CodeIDTokenHeader, checkMissing},
		"two":             {[]string{ok, ok}, login.CodeParameterDuplicate, checkTwice},
		"one empty":       {[]string{ok, ""}, login.CodeParameterDuplicate, checkTwice},
		"garbage":         {[]string{"garbage"}, login.CodeIDTokenRefused, checkForm},
		"folded":          {[]string{ok + ", " + ok}, login.CodeIDTokenRefused, checkForm},
		"a space in it":   {[]string{ok[:20] + " " + ok[20:]}, login.CodeIDTokenRefused, checkForm},
		"a line break":    {[]string{ok[:20] + "\n" + ok[20:]}, login.CodeIDTokenRefused, checkForm},
		"padded":          {[]string{ok + "="}, login.CodeIDTokenRefused, checkSignature},
		"quoted":          {[]string{`"` + ok + `"`}, login.CodeIDTokenRefused, checkForm},
		"with its scheme": {[]string{"Bearer " + ok}, login.CodeIDTokenRefused, checkForm},
		"encrypted":       {[]string{"eyJhbGciOiJSU0EifQ.a.b.c.d"}, login.CodeIDTokenRefused, checkForm},
		"too long":        {[]string{strings.Repeat("a", token.MaxJWT+1)}, login.CodeIDTokenRefused, checkForm},
	} {
		_, _, err := complete(provider(t), c.tokens...)
		t.Run(name, func(t *testing.T) { refused(t, err, c.code, c.check) })
	}
	_, _, err := complete(provider(t))
	for _, want := range []string{"oidc_id_token", "Authorization: Bearer", "underscores_in_headers", "nginx"} {
		if !strings.Contains(login.HintOf(err), want) {
			t.Errorf("the answer to a missing header lacks %q: %q", want, login.HintOf(err))
		}
	}
	_, _, err = complete(provider(t, func(cfg *Config) { cfg.Header = "X-Id-Token" }))
	if hint := login.HintOf(err); !strings.Contains(hint, "X-Id-Token") || strings.Contains(hint, "underscore") {
		t.Errorf("a header with dashes: %q", hint)
	}
}

// Keys that cannot be had say nothing about the token.
func TestPNG19_JWKNotLoaded(t *testing.T) {
	op := hosttest.NewProvider(t)
	client := token.NewClient(token.ClientConfig{RootCAs: op.CA(), Timeout: 20 * time.Second})
	fault := func(f hosttest.Fault) {
		op.Set(func(k *hosttest.Knobs) {
			k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.JWKS: f}
		})
	}
	for _, f := range []hosttest.Fault{{Drop: true}, {Status: 500}, {Body: "{}", ContentType: "application/json"}, {Redirect: "https://attacker.example/keys"}, {Bomb: true}} {
		fault(f)
		p := provider(t, func(cfg *Config) { cfg.Keys = token.NewKeySet(client, op.URL+"/jwks", nil) })
		_, _, err := complete(p, signed(good(nil)))
		refused(t, err, login.CodeProviderDown, checkKeys)
		if ready := p.Ready(context.Background()); login.CodeOf(ready) != login.CodeProviderDown || login.CheckOf(ready) != checkKeys || !errors.Is(ready, token.ErrKeys) {
			t.Errorf("ready: %v", ready)
		}
	}
	op.Set(func(k *hosttest.Knobs) { k.Faults = nil })
	p := provider(t, func(cfg *Config) { cfg.Keys = token.NewKeySet(client, op.URL+"/jwks", nil) })
	if err := p.Ready(context.Background()); err != nil {
		t.Error(err)
	}
	if err := provider(t, func(cfg *Config) { cfg.Keys, cfg.Secret = nil, token.Secret(strings.Repeat("s", 32)) }).Ready(context.Background()); err != nil {
		t.Error(err)
	}
}
