package idp

// How many clients may be registered, and for how long they stay.

import (
	"net/http"
	"testing"
	"time"
)

func TestOpenRegistrationIsBoundedByAddress(t *testing.T) {
	b := newBench(t, open)
	for range registrations {
		b.registered("")
	}
	r := b.register("", document())
	if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s", r.StatusCode, r.Header, r.body)
	}
	b.clock.advance(registrationWindow)
	b.registered("")
}

func TestOpenRegistrationCountsManyAddressesAsOne(t *testing.T) {
	var l registrars
	now := time.Unix(1_800_000_000, 0)
	for i := range maxRegistrars {
		if _, ok := l.take(string(rune(0x4e00+i%20000))+string(rune(0x4e00+i/20000)), now); !ok {
			t.Fatal("an address that never came is refused")
		}
	}
	refused := 0
	for i := range registrations * 2 {
		if _, ok := l.take("new"+string(rune('a'+i)), now); !ok {
			refused++
		}
	}
	if refused != registrations || len(l.count) > maxRegistrars+1 {
		t.Errorf("%d refused, %d held", refused, len(l.count))
	}
	if _, ok := l.take("one that did", now.Add(-time.Hour)); !ok {
		t.Error("a clock that goes back locks everybody out")
	}
}

// Open registration is not a way to fill the store: a client that nobody uses
// is dropped, one that somebody signed in through stays.
func TestOpenRegistrationExpires(t *testing.T) {
	b := newBench(t, open)
	idle, used := b.registered(""), b.registered("")
	if r := b.tokenAs(used, b.code(used["client_id"])); r.StatusCode != http.StatusOK {
		t.Fatalf("token: %d %s", r.StatusCode, r.body)
	}
	b.clock.advance(25 * time.Hour)
	for client, want := range map[string]int{idle["client_id"].(string): http.StatusBadRequest, used["client_id"].(string): http.StatusOK} {
		if r := b.browser().get(pathAuthorize, asking("client_id", client)); r.StatusCode != want {
			t.Errorf("%d, want %d", r.StatusCode, want)
		}
	}
	b.clock.advance(90 * 24 * time.Hour)
	if r := b.browser().get(pathAuthorize, asking("client_id", used["client_id"].(string))); r.StatusCode != http.StatusBadRequest {
		t.Errorf("unused for 90 days: %d", r.StatusCode)
	}
}

func TestRegistrationQuota(t *testing.T) {
	b := newBench(t, closed, func(c *Config) { c.Registration.MaxClients = 2 })
	first := b.registered(initialToken)
	b.registered(initialToken)
	if r := b.register(initialToken, document()); r.StatusCode != http.StatusForbidden || object(t, r.body)["error"] != "access_denied" {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if r := b.call("DELETE", first["registration_client_uri"].(string), first["registration_access_token"].(string), nil); r.StatusCode != http.StatusNoContent || r.body != "" {
		t.Errorf("delete: %d %s", r.StatusCode, r.body)
	}
	b.registered(initialToken)
}
