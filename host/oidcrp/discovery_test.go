package oidcrp

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

func (w *world) canBegin() error {
	_, _, err := w.rp.Begin(w.ctx(), w.request())
	return err
}

func TestAProviderThatIsDownAtStart(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Discovery, hosttest.Fault{Status: 503}) }, nil)
	refused(t, w.rp.Ready(w.ctx()), login.CodeProviderDown)
	// However often it is asked for, the provider is called once until the
	// pause is over.
	for range 50 {
		refused(t, w.canBegin(), login.CodeProviderDown)
		refused(t, w.rp.Ready(w.ctx()), login.CodeProviderDown)
	}
	if got := w.op.Calls(hosttest.Discovery); got != 1 {
		t.Errorf("discovery was called %d times", got)
	}
	w.op.Set(func(k *hosttest.Knobs) { k.Faults = nil })
	w.op.Clock.Advance(firstPause)
	if err := w.rp.Ready(w.ctx()); err != nil {
		t.Errorf("after it came back: %v", err)
	}
	w.must(t)
}

func TestPausesGrowToAMinute(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Discovery, hosttest.Fault{Drop: true}) }, nil)
	for range 600 {
		_ = w.canBegin()
		w.op.Clock.Advance(time.Second)
	}
	// 1+2+4+8+16+32 seconds, then one a minute.
	if got := w.op.Calls(hosttest.Discovery); got < 14 || got > 16 {
		t.Errorf("ten minutes made %d calls", got)
	}
}

func TestDiscoveryIsKeptAnHour(t *testing.T) {
	w := newWorld(t, nil, nil)
	for range 3 {
		w.must(t)
	}
	w.op.Clock.Advance(59 * time.Minute)
	w.must(t)
	if got := w.op.Calls(hosttest.Discovery); got != 1 {
		t.Errorf("discovery was called %d times within an hour", got)
	}
	w.op.Set(func(k *hosttest.Knobs) {
		k.EditDiscovery = func(doc map[string]any) { doc["authorization_endpoint"] = doc["issuer"].(string) + "/moved" }
	})
	w.op.Clock.Advance(time.Minute)
	if err := w.canBegin(); err != nil { // with the old one, while the new one comes
		t.Fatal(err)
	}
	eventually(t, "the new endpoint", func() bool {
		_, redirect, _ := w.rp.Begin(w.ctx(), w.request())
		return strings.Contains(redirect.URL, "/moved?")
	})
	if got := w.op.Calls(hosttest.Discovery); got != 2 {
		t.Errorf("discovery was called %d times", got)
	}
}

func TestKeysOutliveARefreshOfDiscovery(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) { k.KeysMaxAge = "max-age=86400" }, nil)
	w.must(t)
	w.op.Clock.Advance(2 * time.Hour)
	if err := w.rp.Ready(w.ctx()); err != nil { // waits for the new document
		t.Fatal(err)
	}
	w.must(t)
	if d, j := w.op.Calls(hosttest.Discovery), w.op.Calls(hosttest.JWKS); d != 2 || j != 1 {
		t.Errorf("discovery was called %d times, the keys %d", d, j)
	}
}

func TestAnOutageLaterIsBridged(t *testing.T) {
	w := newWorld(t, nil, nil)
	w.must(t)
	w.op.Set(func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Discovery, hosttest.Fault{Status: 500}) })
	w.op.Clock.Advance(2 * time.Hour)
	w.must(t)
	refused(t, w.rp.Ready(w.ctx()), login.CodeProviderDown) // readiness says so nevertheless
	w.op.Clock.Advance(23 * time.Hour)
	refused(t, w.canBegin(), login.CodeProviderDown)
}

func TestAnotherIssuerLaterIsNotBridged(t *testing.T) {
	w := newWorld(t, nil, nil)
	w.must(t)
	w.op.Set(func(k *hosttest.Knobs) { k.Issuer = "https://attacker.example" })
	w.op.Clock.Advance(time.Minute)
	refused(t, w.rp.Ready(w.ctx()), login.CodeProviderDown)
	refused(t, w.canBegin(), login.CodeProviderDown)
}

func TestT49_ReadyAsksTheProvider(t *testing.T) {
	w := newWorld(t, nil, nil)
	for range 5 {
		if err := w.rp.Ready(w.ctx()); err != nil {
			t.Fatal(err)
		}
	}
	if d, j := w.op.Calls(hosttest.Discovery), w.op.Calls(hosttest.JWKS); d != 1 || j != 1 {
		t.Errorf("discovery was called %d times, the keys %d", d, j)
	}
	w.op.Close()
	w.op.Clock.Advance(probeAfter)
	refused(t, w.rp.Ready(w.ctx()), login.CodeProviderDown)
}

func TestDiscoveryDocumentsThatAreRefused(t *testing.T) {
	set := func(name string, value any) func(*hosttest.Knobs) {
		return func(k *hosttest.Knobs) { k.EditDiscovery = func(doc map[string]any) { doc[name] = value } }
	}
	body := func(f hosttest.Fault) func(*hosttest.Knobs) {
		return func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Discovery, f) }
	}
	for name, knobs := range map[string]func(*hosttest.Knobs){
		"issuer with a slash": func(k *hosttest.Knobs) {
			k.EditDiscovery = func(d map[string]any) { d["issuer"] = d["issuer"].(string) + "/" }
		},
		"issuer missing":            set("issuer", nil),
		"no token endpoint":         set("token_endpoint", nil),
		"no keys":                   set("jwks_uri", nil),
		"T50 http token endpoint":   set("token_endpoint", "http://idp.example.com/token"),
		"T50 http keys":             set("jwks_uri", "http://169.254.169.254/latest"),
		"T50 file keys":             set("jwks_uri", "file:///etc/passwd"),
		"javascript authorization":  set("authorization_endpoint", "javascript:alert(1)"),
		"user name in an address":   set("token_endpoint", "https://u:p@idp.example.com/token"),
		"userinfo a number":         set("userinfo_endpoint", 5),
		"end session without https": set("end_session_endpoint", "http://idp.example.com/logout"),
		"text/html":                 func(k *hosttest.Knobs) { k.DiscoveryType = "text/html" },
		"text/plain":                func(k *hosttest.Knobs) { k.DiscoveryType = "text/plain" },
		"not json":                  body(hosttest.Fault{ContentType: "application/json", Body: "<html>"}),
		"array":                     body(hosttest.Fault{ContentType: "application/json", Body: "[]"}),
		"404":                       body(hosttest.Fault{Status: 404, ContentType: "application/json", Body: "{}"}),
		"T50 redirect":              body(hosttest.Fault{Redirect: "https://attacker.example/"}),
		"bomb":                      body(hosttest.Fault{ContentType: "application/json", Bomb: true}),
	} {
		w := newWorld(t, knobs, nil)
		_, redirect, err := w.rp.Begin(w.ctx(), w.request())
		if login.CodeOf(err) != login.CodeProviderDown || redirect.URL != "" {
			t.Errorf("%s: %v, redirect %q", name, err, redirect.URL)
		}
		if got := w.op.Calls(hosttest.Discovery); got != 1 {
			t.Errorf("%s: discovery was called %d times", name, got)
		}
	}
}

func TestASlowProviderTimesOut(t *testing.T) {
	w := impatient(t, func(k *hosttest.Knobs) { k.Faults = fault(hosttest.Discovery, hosttest.Fault{Slow: time.Minute}) }, nil)
	refused(t, w.canBegin(), login.CodeProviderTimeout)
}

func TestAnImpatientCallerLeavesTheAttemptToOthers(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.Faults = fault(hosttest.Discovery, hosttest.Fault{Slow: 50 * time.Millisecond, Status: 500})
	}, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	_, _, err := w.rp.Begin(ctx, w.request())
	refused(t, err, login.CodeProviderTimeout)
	refused(t, w.canBegin(), login.CodeProviderDown) // the same attempt's end
	if got := w.op.Calls(hosttest.Discovery); got != 1 {
		t.Errorf("discovery was called %d times", got)
	}
}

func TestManyLoginsShareOneDiscovery(t *testing.T) {
	w := newWorld(t, nil, nil)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := w.canBegin(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := w.op.Calls(hosttest.Discovery); got != 1 {
		t.Errorf("discovery was called %d times", got)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 200 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s did not come", what)
}
