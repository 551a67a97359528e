package host_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// TestT27_OnDemand: whoever asks for the access token is given one that is good,
// and of many who ask at once each is given the same.
func TestT27_OnDemand(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, nil)
	first := b.mustHave("")
	for _, left := range []time.Duration{5 * time.Second, 0, -time.Hour} {
		s.idp.ResetCalls()
		s.idp.Clock.Advance(tokenLife - left)
		var all sync.WaitGroup
		tokens := make([]handedToken, 50)
		for i := range tokens {
			all.Go(func() { tokens[i] = b.mustHave("") })
		}
		all.Wait()
		for _, got := range tokens {
			if got.AccessToken == first.AccessToken || got.AccessToken != tokens[0].AccessToken || got.ExpiresIn != 3600 {
				t.Fatalf("with %v left: %d s", left, got.ExpiresIn)
			}
		}
		if s.refreshes() != 1 {
			t.Errorf("with %v left: refreshed %d times", left, s.refreshes())
		}
		first = tokens[0]
	}
}

// A token that is good is handed out while the provider does not answer, one
// that has ended never is, and a frozen session has none.
func TestT27_OnDemandWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, nil)
	first := b.mustHave("")
	s.idp.Set(func(k *hosttest.Knobs) {
		k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Refresh: {Status: http.StatusServiceUnavailable}}
	})
	s.idp.Clock.Advance(tokenLife - 5*time.Second)
	if got := b.mustHave(""); got.AccessToken != first.AccessToken || got.ExpiresIn != 5 {
		t.Errorf("handed one of %d s", got.ExpiresIn)
	}
	s.idp.Clock.Advance(5 * time.Second)
	for range 3 {
		if a := b.tokenFor(""); a.StatusCode < 500 || a.code() != string(login.CodeProviderDown) {
			t.Errorf("%s %s", a.Status, a.Body)
		}
	}
	s.idp.RevokeRefresh()
	s.idp.Set(func(k *hosttest.Knobs) { k.Faults = nil })
	s.idp.Clock.Advance(time.Minute)
	b.tokenFor("")
	s.happens("frozen", 1) // it is not known whether the refresh token was spent
	for _, resource := range []string{"", "https://orders.example.com", "https://bills.example.com"} {
		if a := b.tokenFor(resource); a.code() != string(login.CodeSessionFrozen) && a.code() != string(login.CodeTokenUnavailable) {
			t.Errorf("%q: %s %s", resource, a.Status, a.Body)
		}
	}
	if a := b.tokenFor(""); a.StatusCode != http.StatusConflict || a.code() != string(login.CodeSessionFrozen) {
		t.Errorf("%s %s", a.Status, a.Body)
	}
	if !b.session().Authenticated {
		t.Error("the frozen session is lost")
	}
}

// A refusal on demand ends the session, and an API that is refused does not.
func TestT27_OnDemandRefused(t *testing.T) {
	t.Parallel()
	s, b := newReaching(t, nil)
	s.idp.Set(func(k *hosttest.Knobs) { k.Refreshing.Error = "invalid_grant" })
	if a := b.tokenFor("https://orders.example.com"); a.StatusCode == http.StatusOK || !b.session().Authenticated {
		t.Errorf("an api: %s %s", a.Status, a.Body)
	}
	s.idp.Clock.Advance(tokenLife - 5*time.Second)
	s.asked(hosttest.Refresh, 1)
	b.tokenFor("")
	if b.until("signed out", func(d document) bool { return !d.Authenticated }); s.happens("logout", 1)[0].Code != login.CodeRefreshRefused {
		t.Errorf("audited %+v", s.audited("logout"))
	}
}
