package oidcrp

import (
	"context"
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
		_, err = w.rp.verify(context.Background(), req, a.meta, r)
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
		who, err := w.rp.verify(context.Background(), req, meta, reply{idToken: compact, accessToken: r.accessToken})
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
		who, err := w.rp.verify(context.Background(), req, meta, reply{idToken: compact, accessToken: r.accessToken})
		checkCode(t, err)
		if err != nil {
			return
		}
		exp, _, _ := token.Time(who.claims, "exp")
		iat, _, _ := token.Time(who.claims, "iat")
		if who.claims["iss"] != w.op.URL || who.claims["nonce"] != req.Nonce || who.subject == "" || exp+60 <= now || iat < 1 || iat > now+60 {
			t.Fatalf("claims pass that are not right: %s", payload)
		}
		evidence(who.claims)
	})
}

func checkCode(t *testing.T, err error) {
	t.Helper()
	if code := login.CodeOf(err); err != nil && code != login.CodeIDTokenInvalid && code != login.CodeProviderDown {
		t.Fatalf("an error of another kind: %v", err)
	}
}
