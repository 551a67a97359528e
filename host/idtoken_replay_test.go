package host_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// A token signs in once, in all tabs and after a restart, for as long as it would
// be taken.
func TestIDToken_SignsInOnce(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	token := s.minted(with{"exp": s.idp.Clock.Now().Unix() + 3600})
	s.taken(s.brings(token))
	again := func(when string) {
		t.Helper()
		s.forgets()
		s.turnedAway(s.brings(token), login.CodeIDTokenReplayed, "replayed", token)
		s.forgets()
		s.turnedAway(s.sends("", header("Authorization", "Bearer "+token)), login.CodeIDTokenReplayed, "replayed")
		if t.Failed() {
			t.Fatal(when)
		}
	}
	again("at once")
	s.stop()
	s.start()
	again("after a restart")
	s.idp.Clock.Advance(59 * time.Minute)
	again("to its end")
	s.idp.Clock.Advance(2 * time.Minute)
	s.forgets()
	s.turnedAway(s.brings(token), login.CodeIDTokenReplayed, "replayed")
	s.idp.Clock.Advance(time.Hour)
	s.forgets()
	s.turnedAway(s.brings(token), login.CodeIDTokenRefused, "expired")
}

// Of many that bring one token at once, one signs in.
func TestIDToken_ManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	token := s.minted(nil)
	s.taken(s.brings(s.minted(nil))) // keys, connections
	s.forgets()
	answers := make([]answer, 16)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.brings(token) })
	}
	all.Wait()
	in := 0
	for _, a := range answers {
		switch {
		case a.StatusCode == http.StatusOK:
			in++
		case a.code() != string(login.CodeIDTokenReplayed):
			t.Errorf("%s %s", a.Status, a.Body)
		}
	}
	if in != 1 || len(s.audited("login")) != 1 {
		t.Errorf("%d signed in, %d audited", in, len(s.audited("login")))
	}
}

// A token is spent by the session that it makes: one that failed in a mapper can
// come again.
func TestIDToken_AFailedLoginSpendsNothing(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := newSite(t, idp, settings{
		Rest:  partner(idp, partnerKeys) + "    mappers: [{plugin: p}]\nplugins:\n  p: {module: p.wasm, sources: [idTokenClaims]}\n",
		Files: map[string]string{"p.wasm": string(fixture(t, "deny", "", ""))},
	})
	token := s.minted(nil)
	for range 2 {
		if a := s.brings(token); a.code() != string(login.CodeLoginDenied) {
			t.Fatalf("%s %s", a.Status, a.Body)
		}
	}
	s.install(role(t, "one"))
	s.looked()
	s.taken(s.brings(token))
}

// replay: allow is for clients that cannot get a token for each sign-in, and says
// so when the host starts.
func TestIDToken_ReplayAllowed(t *testing.T) {
	t.Parallel()
	s := newPartner(t, "replay: allow")
	token := s.minted(nil)
	one, two := s.taken(s.brings(token)), s.taken(s.brings(token))
	if one.TokenID == two.TokenID || !s.of(one.TokenID).Authenticated || !s.of(two.TokenID).Authenticated {
		t.Error("the two have one session")
	}
	if w := s.options().Config.Warnings; len(w) != 1 || !strings.Contains(w[0].Error(), "id_token.replay") {
		t.Errorf("warnings %v", w)
	}
}

// After the provider ended a person's sessions, no token that was made before
// signs them in, whether it was used or not.
func TestT28_ATokenFromBeforeTheSignOut(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := newSite(t, idp, settings{Rest: partner(idp, partnerKeys, "replay: allow", "max_lifetime: 12h")})
	before, undated := s.minted(with{"exp": idp.Clock.Now().Unix() + 7200}), s.minted(with{"iat": nil, "exp": idp.Clock.Now().Unix() + 7200})
	s.taken(s.brings(before))
	idp.Clock.Advance(time.Second)
	if a := s.notify(idp.LogoutToken(hosttest.Notice{EditClaims: func(c map[string]any) { c["sub"] = "ada"; delete(c, "sid") }})); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.Body)
	}
	if n := len(s.listed()); n != 0 {
		t.Errorf("%d sessions live on", n)
	}
	idp.Clock.Advance(90 * time.Minute)
	for name, token := range map[string]string{"before": before, "undated": undated} {
		if a := s.brings(token); a.code() != string(login.CodeSessionMissing) {
			t.Errorf("%s: %s %s", name, a.Status, a.Body)
		}
	}
	s.taken(s.brings(s.minted(nil)))
}
