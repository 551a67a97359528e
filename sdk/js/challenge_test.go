package js_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/hosttest/chromium"
)

const (
	mfa          = "urn:example:mfa"
	mfaChallenge = `Bearer realm="api", error="insufficient_user_authentication", error_description="say \"please\", twice", acr_values="urn:example:unknown ` + mfa + `"`
)

// api is a resource server of the application: it takes the sign-in's acr, as it
// would out of an access token, and asks for a stronger one.
func (s *site) api(w http.ResponseWriter, r *http.Request) {
	ask, _ := http.NewRequest(http.MethodGet, "http://"+s.listen+"/.doorward/session", nil)
	ask.Host, ask.Header = r.Host, http.Header{"Cookie": r.Header["Cookie"], "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": {r.Host}, "X-Forwarded-For": {"127.0.0.1"}}
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer answer.Body.Close()
	var d struct {
		IDPAttributes struct{ IDTokenClaims struct{ ACR string } }
	}
	if err := json.NewDecoder(answer.Body).Decode(&d); err != nil {
		s.t.Error(err)
	}
	if d.IDPAttributes.IDTokenClaims.ACR == mfa {
		return
	}
	w.Header().Set("WWW-Authenticate", mfaChallenge)
	w.WriteHeader(http.StatusUnauthorized)
}

const apiStatus = "fetch('/api').then(r => r.status)"

func (s *site) says(acr string) {
	s.strong.Set(func(k *hosttest.Knobs) { k.Claims = map[string]any{"acr": acr} })
}

// The round trip of an application's own challenge: refused, handed to the host,
// proved at the provider, and served. A provider that sends another acr than it
// was asked for raises nothing.
func testChallenge(t *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/")
	at.click("{idp: 'strong'}")
	if r := at.came(); r.Session.IdP != "strong" {
		t.Fatalf("signed in as %+v", r)
	}
	if got := read[int](at, apiStatus); got != http.StatusUnauthorized {
		t.Fatalf("the resource server answers %d", got)
	}
	time.Sleep(1100 * time.Millisecond) // the next auth_time is a later second
	s.says("urn:example:password")
	popup := at.ask("{api: '/api'}")
	popup.do("the host explains", chromedp.WaitVisible(`//p[contains(., "asked for acr urn:example:mfa and sent urn:example:password")]`), chromedp.Click(`//a[text()="Back to the application"]`))
	at.refused("level_not_reached")
	s.says(mfa)
	at.click("{api: '/api'}")
	r := at.came()
	if !r.Proof.Performed || r.AlreadyHeld || r.Proof.ACR != mfa || fmt.Sprint(r.Proof.ACRValues) != "["+mfa+"]" {
		t.Errorf("came to %+v", r)
	}
	if got := read[int](at, apiStatus); got != http.StatusOK {
		t.Errorf("the resource server answers %d after the step-up", got)
	}
	at.click(fmt.Sprintf("{challenge: %q}", mfaChallenge))
	if again := at.came(); !again.AlreadyHeld {
		t.Errorf("what is so already came to %+v", again)
	}
}

func testChallengeByMaxAge(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	before := read[session](at, "doorward.session()").User.Timestamp
	time.Sleep(1100 * time.Millisecond)
	at.ask("{challenge: 'Basic abc==, Bearer error=insufficient_user_authentication,max_age=0'}").signIn("ada")
	if r := at.came(); !r.Proof.Performed || r.Session.User.Timestamp <= before {
		t.Errorf("came to %+v", r)
	}
}

// What /auth answers to a script can be handed back.
func testChallengeOfThisHost(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	at.do("wait until it ends", chromium.Until(`doorward.session().then(d => !JSON.stringify(d.securityLevels).includes("Fresh"))`))
	at.ask(`{challenge: 'Bearer error="insufficient_user_authentication", error_description="the person must prove who they are again", acr_values="Authenticated/Fresh"'}`).signIn("ada")
	if r := at.came(); !r.Proof.Performed || r.AlreadyHeld {
		t.Errorf("came to %+v", r)
	}
}

func testNoChallenge(_ *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/")
	for _, header := range []string{
		"Bearer", "Basic realm=x", `Bearer error="invalid_token"`, `Basic error="insufficient_user_authentication"`,
		`Bearer error="insufficient_user_authentication", max_age="-1"`, `Bearer error="insufficient_user_authentication", max_age="soon"`,
		`Bearer realm="error=insufficient_user_authentication"`, `Bearer error="insufficient_user_authentication", x="say "please"", max_age="5"`, `Bearer x="\\", error="insufficient_user_authentication`, "", ",,,",
	} {
		at.click(fmt.Sprintf("{challenge: %q || ' '}", header))
		at.refused("no_challenge")
	}
}
