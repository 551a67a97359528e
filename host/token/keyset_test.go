package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// remote is a key set of a provider in process.
func remote(t testing.TB, change ...func(*hosttest.Knobs)) (*hosttest.Provider, *KeySet) {
	t.Helper()
	op := hosttest.NewProvider(t, change...)
	client := NewClient(ClientConfig{RootCAs: op.CA(), Timeout: 2 * time.Second})
	return op, NewKeySet(client, op.URL+"/jwks", op.Clock.Now)
}

func signedBy(key hosttest.Key) string {
	return hosttest.Sign("RS256", key.Private, header("RS256", key.ID), someClaims)
}

func TestT17_KidStormIsThrottled(t *testing.T) {
	op, set := remote(t)
	rules := Rules{Algs: Asymmetric(), Keys: set}
	storm := func() {
		for i := range 200 {
			unknown := hosttest.Sign("RS256", hosttest.RSAKey(0).Private, header("RS256", fmt.Sprintf("unknown-%d", i)), someClaims)
			if err := verify(unknown, rules); !errors.Is(err, ErrSignature) {
				t.Fatalf("an unknown kid: %v", err)
			}
		}
	}
	storm()
	if got := op.Calls(hosttest.JWKS); got > fetchBurst {
		t.Errorf("the keys were fetched %d times", got)
	}
	if err := verify(signedBy(hosttest.RSAKey(0)), rules); err != nil {
		t.Errorf("a good token after the storm: %v", err)
	}
	op.Clock.Advance(10 * time.Second)
	before := op.Calls(hosttest.JWKS)
	storm()
	if got := op.Calls(hosttest.JWKS) - before; got != 1 {
		t.Errorf("ten seconds allow %d fetches, want 1", got)
	}
}

func TestT17_BadSignaturesUnderAKnownKidFetchNothing(t *testing.T) {
	op, set := remote(t)
	for range 10 {
		if err := verify(hosttest.Spoil(signedBy(hosttest.RSAKey(0))), Rules{Algs: Asymmetric(), Keys: set}); !errors.Is(err, ErrSignature) {
			t.Fatal(err)
		}
	}
	if got := op.Calls(hosttest.JWKS); got != 1 {
		t.Errorf("the keys were fetched %d times", got)
	}
}

func TestRotatedKeysAreFetchedOnce(t *testing.T) {
	for _, withoutKid := range []bool{false, true} {
		op, set := remote(t, func(k *hosttest.Knobs) { k.NoKeyID = withoutKid })
		rules := Rules{Algs: Asymmetric(), Keys: set}
		token := func() string {
			key := op.SigningKey()
			if withoutKid {
				key.ID = ""
			}
			return signedBy(key)
		}
		if err := verify(token(), rules); err != nil {
			t.Fatal(err)
		}
		old := token()
		op.RotateKeys()
		if err := verify(token(), rules); err != nil {
			t.Errorf("after a rotation: %v", err)
		}
		if err := verify(old, rules); !errors.Is(err, ErrSignature) {
			t.Errorf("a token of the withdrawn key: %v", err)
		}
		// The old token's kid, or the lack of one, asked for newer keys too.
		if got := op.Calls(hosttest.JWKS); got != 3 {
			t.Errorf("without kid %v: the keys were fetched %d times", withoutKid, got)
		}
	}
}

func TestKeysAreKeptAsCacheControlSays(t *testing.T) {
	for directive, want := range map[string]time.Duration{
		"": time.Hour, "max-age=600": 10 * time.Minute, "public, max-age=600": 10 * time.Minute, "MAX-AGE=600": 10 * time.Minute,
		"max-age=5": time.Minute, "no-store": time.Minute, "no-cache, max-age=600": time.Minute, "max-age=no": time.Minute,
		"max-age=99999999": 24 * time.Hour, "max-age=99999999999999999999": time.Minute, "private": time.Hour, "max-age=-1": time.Minute,
	} {
		if got := keyLife(http.Header{"Cache-Control": {directive}}); got != want {
			t.Errorf("%q: %v, want %v", directive, got, want)
		}
	}
	op, set := remote(t, func(k *hosttest.Knobs) { k.KeysMaxAge = "max-age=600" })
	for _, tt := range []struct {
		advance time.Duration
		calls   int
	}{{0, 1}, {9 * time.Minute, 1}, {time.Minute, 2}} {
		op.Clock.Advance(tt.advance)
		if err := set.Ready(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := op.Calls(hosttest.JWKS); got != tt.calls {
			t.Errorf("after %v: %d calls, want %d", tt.advance, got, tt.calls)
		}
	}
}

func TestConcurrentTokensShareOneFetch(t *testing.T) {
	op, set := remote(t)
	compact := signedBy(hosttest.RSAKey(0))
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if err := verify(compact, Rules{Algs: Asymmetric(), Keys: set}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := op.Calls(hosttest.JWKS); got != 1 {
		t.Errorf("the keys were fetched %d times", got)
	}
}

func TestKeysThatCannotBeHad(t *testing.T) {
	many := `{"keys":[` + strings.Repeat(`{},`, 100) + `{}]}`
	for name, fault := range map[string]hosttest.Fault{
		"500": {Status: 500}, "dropped": {Drop: true}, "not json": {Body: "<html>"}, "no list": {Body: `{}`},
		"null": {Body: `{"keys":null}`}, "another case": {Body: `{"Keys":[]}`}, "twice": {Body: `{"keys":[],"keys":[]}`},
		"bomb": {Bomb: true}, "101 keys": {Body: many}, "redirect": {Redirect: "https://attacker.example/jwks"},
	} {
		op, set := remote(t, func(k *hosttest.Knobs) { k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.JWKS: fault} })
		compact := signedBy(hosttest.RSAKey(0))
		if err := verify(compact, Rules{Algs: Asymmetric(), Keys: set}); !errors.Is(err, ErrKeys) {
			t.Errorf("%s: %v", name, err)
		}
		op.Set(func(k *hosttest.Knobs) { k.Faults = nil })
		if err := verify(compact, Rules{Algs: Asymmetric(), Keys: set}); err != nil {
			t.Errorf("%s, when it is over: %v", name, err)
		}
	}
}

func TestAnImpatientCallerDoesNotSpoilTheFetch(t *testing.T) {
	_, set := remote(t, func(k *hosttest.Knobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.JWKS: {Slow: 100 * time.Millisecond, Body: `{"keys":[]}`}}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	patient := make(chan error, 1)
	err := set.Ready(ctx)
	go func() { patient <- set.Ready(context.Background()) }()
	if !errors.Is(err, ErrKeys) || !IsTimeout(err) {
		t.Errorf("the impatient one: %v", err)
	}
	if err := <-patient; err != nil {
		t.Errorf("the patient one: %v", err)
	}
}

func TestUnusableKeysAreLeftOut(t *testing.T) {
	const ec = `"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"`
	for text, want := range map[string]int{
		`{` + ec + `}`:             1,
		`{` + ec + `,"use":"sig"}`: 1,
		`{` + ec + `,"use":"enc"}`: 0,
		`{` + ec + `,"d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}`: 0, // published with its private part
		`{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTMy"}`:   0,
		`{"kty":"RSA","n":"AQAB","e":"AQAB"}`:                            0, // weak
		`{"kty":"XYZ"}`:                                                  0,
		`{}`:                                                             0,
		`5`:                                                              0,
	} {
		got, err := parseKeys([]byte(`{"keys":[` + text + `]}`))
		if err != nil || len(got) != want {
			t.Errorf("%s: %d keys, %v", text, len(got), err)
		}
	}
	if _, err := NewStaticKeySet([]byte(`{"keys":[]}`)); err == nil {
		t.Error("a static set without keys is accepted")
	}
}

func TestAKeysAlgBindsIt(t *testing.T) {
	public := hosttest.RSAKey(0).Public()
	public.Algorithm = "PS256"
	if err := verify(signedBy(hosttest.RSAKey(0)), Rules{Algs: Asymmetric(), Keys: static(t, public)}); !errors.Is(err, ErrSignature) {
		t.Errorf("a PS256 key verified RS256: %v", err)
	}
}

// The address of the keys is in a discovery document, which is read again with
// them: they may move.
func TestDiscoveredKeys(t *testing.T) {
	op := hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.KeysMaxAge = "max-age=60" })
	client := NewClient(ClientConfig{RootCAs: op.CA(), Timeout: 2 * time.Second})
	set := NewDiscoveredKeySet(client, op.URL+"/.well-known/openid-configuration", op.Clock.Now)
	rules := Rules{Algs: Asymmetric(), Keys: set}
	for range 3 {
		if err := verify(signedBy(hosttest.RSAKey(0)), rules); err != nil {
			t.Fatal(err)
		}
	}
	if d, k := op.Calls(hosttest.Discovery), op.Calls(hosttest.JWKS); d != 1 || k != 1 {
		t.Errorf("%d documents and %d key sets were fetched", d, k)
	}
	for name, uri := range map[string]any{
		"missing": nil, "no text": 7, "plain http": "http://idp.example/jwks", "a user part": "https://a@idp.example/jwks", "relative": "/jwks", "a file": "file:///etc/passwd",
	} {
		op.Clock.Advance(2 * time.Minute)
		op.Set(func(k *hosttest.Knobs) { k.EditDiscovery = func(m map[string]any) { m["jwks_uri"] = uri } })
		if err := verify(signedBy(hosttest.RSAKey(0)), rules); !errors.Is(err, ErrKeys) {
			t.Errorf("jwks_uri %s: %v", name, err)
		}
	}
	op.Clock.Advance(2 * time.Minute)
	op.Set(func(k *hosttest.Knobs) {
		k.EditDiscovery = nil
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Discovery: {Body: `{"jwks_uri":"https://a.example/","jwks_uri":"` + op.URL + `/jwks"}`}}
	})
	if err := verify(signedBy(hosttest.RSAKey(0)), rules); !errors.Is(err, ErrKeys) {
		t.Errorf("a member twice: %v", err)
	}
	op.Clock.Advance(2 * time.Minute)
	op.Set(func(k *hosttest.Knobs) { k.Faults = nil })
	if err := verify(signedBy(hosttest.RSAKey(0)), rules); err != nil {
		t.Errorf("once it is mended: %v", err)
	}
}
