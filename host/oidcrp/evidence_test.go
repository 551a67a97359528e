package oidcrp

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

func TestEvidence(t *testing.T) {
	w := newWorld(t, nil, nil)
	now := w.op.Clock.Now().Unix()
	for _, tt := range []struct {
		auth  hosttest.AuthTime
		want  int64 // 0 for none
		claim bool  // it stays in the source
	}{
		{hosttest.Honest, now, true},
		{hosttest.OldAuthTime, now - 86400, true},
		{hosttest.FutureTime, now + 3600, true}, // for policies to judge: undefined for good
		{hosttest.NoAuthTime, 0, false},
		{hosttest.StringTime, 0, true},
		{hosttest.MillisTime, 0, true},
		{hosttest.FloatTime, 0, true},
		{hosttest.NegativeTime, 0, true},
		{hosttest.NullTime, 0, true},
	} {
		w.op.Set(func(k *hosttest.Knobs) { k.AuthTime = tt.auth })
		doc := w.must(t)
		switch got := doc.Login.Evidence.AuthTime; {
		case tt.want == 0 && got != nil:
			t.Errorf("%s: auth_time %d counts", tt.auth, *got)
		case tt.want != 0 && (got == nil || *got != tt.want):
			t.Errorf("%s: got %v, want %d", tt.auth, got, tt.want)
		}
		source, _ := doc.Sources.Object(attrs.IDTokenClaims)
		if _, present := source["auth_time"]; present != tt.claim {
			t.Errorf("%s: in the source: %v", tt.auth, present)
		}
	}
}

func TestForcedAuthenticationShowsInTheEvidence(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) { k.Challenged = true }, nil)
	first := w.must(t).Login.Evidence
	w.op.Clock.Advance(time.Minute)
	again := w.must(t).Login.Evidence
	if *again.AuthTime != *first.AuthTime || *again.Challenged {
		t.Errorf("single sign-on: %d, challenged %v", *again.AuthTime, *again.Challenged)
	}
	force := func(r *login.AuthRequest) { r.ForceAuth = true }
	doc := w.must(t, force)
	if *doc.Login.Evidence.AuthTime != *first.AuthTime+60 || !*doc.Login.Evidence.Challenged || !doc.Login.ForceAuth || *doc.Login.MaxAge != 1 {
		t.Errorf("forced: %+v", doc.Login)
	}
	w.op.Clock.Advance(time.Minute)
	w.op.Set(func(k *hosttest.Knobs) { k.AuthTime = hosttest.IgnoresPrompt })
	if ignored := w.must(t, force).Login.Evidence; *ignored.AuthTime != *doc.Login.Evidence.AuthTime || *ignored.Challenged {
		t.Errorf("ignored: %d, challenged %v", *ignored.AuthTime, *ignored.Challenged)
	}
}

func TestUserInfoIsNoEvidence(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.AuthTime = hosttest.NoAuthTime
		k.UserClaims = map[string]any{"auth_time": time.Now().Unix(), "challenged": true, "amr": []string{"hwk"}, "acr": "high"}
	}, nil)
	got, _ := json.Marshal(w.must(t).Login.Evidence)
	if string(got) != "{}" {
		t.Errorf("evidence %s", got)
	}
}

func TestTrustEmail(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) { k.UserClaims = nil }, func(c *Config) { c.TrustEmail = true })
	if doc := w.must(t); !doc.TrustEmail || !doc.Verified("any@example.com") {
		t.Error("trust_email does not count")
	}
}
