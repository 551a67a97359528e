package host_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

func TestT31_SomeoneElseAnswersTheStepUp(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{}, func(k *hosttest.Knobs) { k.Subject = "bob-0001" })
	b.unchanged(func() { s.helpful(b.get(stepUp(freshLevel)), "person_mismatch") })
	if n := s.idp.Calls(hosttest.Authorize); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	if events := s.audited("refused"); len(events) != 1 || events[0].Code != "person_mismatch" || events[0].Level != freshLevel {
		t.Errorf("audited: %+v", events)
	}
}

// Bob's answer to Alice's step-up must not become a session, not even when her
// browser has meanwhile become his.
func TestT31_TheBrowserChangedHandsDuringTheStepUp(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{})
	callback := b.approve(b.begin(stepUp(freshLevel))) // by Alice
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "bob-0001" })
	b.signedIn("/login?idp=corp") // Bob, in place of Alice
	b.unchanged(func() { s.helpful(b.get(callback), "person_mismatch") })
}

func TestT30_TheProviderIgnoresThePromptTwoRoundsAtMost(t *testing.T) {
	t.Parallel()
	for _, kind := range []hosttest.AuthTime{hosttest.IgnoresPrompt, hosttest.OldAuthTime, hosttest.NoAuthTime, hosttest.FutureTime} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s, b := tenMinutes(t, settings{}, func(k *hosttest.Knobs) { k.AuthTime = kind })
			b.unchanged(func() { s.helpful(b.get(stepUp(freshLevel)), "reauth_not_performed") })
			if n := s.idp.Calls(hosttest.Authorize); n != 2 {
				t.Errorf("the provider was asked %d times, not 2", n)
			}
			if n := b.pending(); n > 1 {
				t.Errorf("%d logins in progress are left", n)
			}
			if events := s.audited("refused"); len(events) != 2 {
				t.Errorf("audited: %+v", events)
			}
		})
	}
}

// A person who edits prompt and max_age out of the address is asked once more,
// and no more than that.
func TestT30_ThePersonEditsThePromptOut(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{})
	edit := func(u *url.URL) string {
		q := u.Query()
		q.Del("prompt")
		q.Del("max_age")
		u.RawQuery = q.Encode()
		return u.String()
	}
	first := b.begin(stepUp(freshLevel) + "&return_to=/there")
	again, err := b.step(b.approve(mustParse(t, edit(first)))).Location()
	if err != nil || again.Query().Get("prompt") != "login" || again.Query().Get("max_age") != "1" {
		t.Fatalf("the second round asks %v", again)
	}
	if again.Query().Get("state") == first.Query().Get("state") || again.Query().Get("nonce") == first.Query().Get("nonce") {
		t.Error("the second round repeats the state or the nonce of the first")
	}
	t.Run("and again", func(t *testing.T) {
		b.unchanged(func() {
			s.helpful(b.step(b.approve(mustParse(t, edit(again)))), "reauth_not_performed")
		})
	})
	again = b.begin(stepUp(freshLevel) + "&return_to=/there") // and then lets it be
	if a := b.step(b.approve(again)); a.Header.Get("Location") != "/there" || b.session().level(freshLevel) == nil {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

func mustParse(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestT33_AStepUpsStateWorksOnce(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{})
	authorize := b.begin(stepUp(freshLevel))
	thief := s.browser() // has every cookie that the browser had
	thief.jar.SetCookies(mustParse(t, publicURL), b.jar.Cookies(mustParse(t, publicURL)))
	callback := b.approve(authorize)
	if a := b.step(callback); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s %s", a.Status, a.code())
	}
	b.unchanged(func() {
		s.helpful(b.get(callback), "state_unknown") // its cookie is gone
		tokens := s.idp.Calls(hosttest.Token)
		s.helpful(thief.get(callback), "state_spent")
		if s.idp.Calls(hosttest.Token) != tokens {
			t.Error("the replay reached the token endpoint")
		}
	})
	if thief.session().Authenticated {
		t.Error("the handle before the step-up opens a session")
	}
}

func TestT33_TwoStepUpsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{})
	one, two := b.begin(stepUp(freshLevel)+"&return_to=/one"), b.begin(stepUp(freshLevel)+"&return_to=/two")
	if a := b.step(b.approve(one)); a.Header.Get("Location") != "/one" {
		t.Fatalf("%s %s", a.Status, a.code())
	}
	between := b.bearing()
	s.idp.Clock.Advance(time.Second) // the person proves themselves again, in the other tab
	if a := b.step(b.approve(two)); a.Header.Get("Location") != "/two" {
		t.Fatalf("%s %s", a.Status, a.code())
	}
	if !b.session().Authenticated || between.session().Authenticated {
		t.Error("two handles open a session, or none")
	}
}

// Many answers at once, all for one session: one of them raises it.
func TestT33_ConcurrentStepUps(t *testing.T) {
	t.Parallel()
	const tabs = 4
	s, b := tenMinutes(t, settings{})
	var callbacks []string
	var browsers []*browser
	for range tabs {
		callbacks = append(callbacks, b.approve(b.begin(stepUp(freshLevel))))
	}
	for range tabs {
		other := s.browser()
		other.jar.SetCookies(mustParse(t, publicURL), b.jar.Cookies(mustParse(t, publicURL)))
		browsers = append(browsers, other)
	}
	codes := make([]string, tabs)
	var wait sync.WaitGroup
	for i := range tabs {
		wait.Go(func() {
			a := browsers[i].step(callbacks[i])
			codes[i] = fmt.Sprint(a.StatusCode, a.code())
		})
	}
	wait.Wait()
	raised := 0
	for i, code := range codes {
		switch code {
		case "303":
			raised++
			if d := browsers[i].session(); d.level(freshLevel) == nil {
				t.Errorf("the one that was raised holds %+v", d.SecurityLevels)
			}
		case "401session_missing":
		default:
			t.Errorf("an answer got %s", code)
		}
	}
	if raised != 1 || b.session().Authenticated {
		t.Errorf("%d of %v were raised, or the old handle still opens the session", raised, codes)
	}
}

func TestT34_TheReturnAddressOfAStepUpCannotBeChanged(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{Rest: threeApplications})
	for _, bad := range []string{
		"https://evil.example", "//evil.example", `/\evil.example`, "https://relaxed.example.test.evil.example", "https://relaxed.example.test@evil.example",
		"http://relaxed.example.test", "javascript:alert(1)", "/..//evil.example", "https://relaxed.example.test:444/",
	} {
		s.helpful(b.get(stepUp(freshLevel)+"&return_to="+url.QueryEscape(bad)), "return_to_refused")
	}
	// Not with the answer either.
	callback := b.approve(b.begin(stepUp(freshLevel) + "&return_to=https://relaxed.example.test/page"))
	a := b.step(callback + "&return_to=https://evil.example&ReturnTo=https://evil.example&level=Authenticated")
	if got := a.Header.Get("Location"); got != "https://relaxed.example.test/page" {
		t.Errorf("%s to %q", a.Status, got)
	}
}

func TestT34_TheCookieOfAStepUpCannotBeChanged(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{})
	at := mustParse(t, publicURL)
	victim := b.approve(b.begin(stepUp(freshLevel) + "&return_to=/mine"))
	named := "__Host-doorward-login-"
	sealed := map[string]string{}
	for _, c := range b.jar.Cookies(at) {
		if strings.HasPrefix(c.Name, named) {
			sealed[c.Name] = c.Value
		}
	}
	other := s.browser() // an attacker's own login, with another return address
	other.begin("/login?idp=corp&return_to=/theirs")
	var theirs string
	for _, c := range other.jar.Cookies(at) {
		theirs = c.Value
	}
	if len(sealed) != 1 {
		t.Fatalf("the logins in progress are %v", sealed)
	}
	for name, value := range sealed {
		flipped := value[:len(value)/2] + string(value[len(value)/2]^1) + value[len(value)/2+1:]
		for _, bad := range []string{flipped, value[:len(value)-4], theirs, "", "A"} {
			b.jar.SetCookies(at, []*http.Cookie{{Name: name, Value: bad}})
			b.unchanged(func() { s.helpful(b.get(victim), "state_unknown") })
		}
		b.jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value}})
	}
	if a := b.step(victim); a.Header.Get("Location") != "/mine" {
		t.Errorf("the untouched cookie: %s %s", a.Status, a.code())
	}
}

// The provider's clock is ahead or behind by up to a minute.
func TestT35_ClockSkew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		skew     int64 // seconds that the provider is ahead
		settings string
		code     string // "" when the step-up succeeds
	}{
		{0, "", ""},
		{60, "", ""},                             // ahead: later than the request, no further than the tolerance
		{61, "skew: 2m", "reauth_not_performed"}, // a time in the future proves nothing
		{61, "", "id_token_invalid"},             // and its iat is refused before that
		{-5, "", ""},                             // behind by reauth_skew
		{-6, "", "reauth_not_performed"},         //
		{-60, "", "reauth_not_performed"},        // refused for want of proof, not let in
		{-60, "reauth_skew: 60s", ""},            // unless the operator says so
		{-61, "reauth_skew: 60s", "reauth_not_performed"},
	} {
		t.Run(fmt.Sprint(c.skew, c.settings), func(t *testing.T) {
			t.Parallel()
			s, b := tenMinutes(t, settings{Provider: c.settings}, func(k *hosttest.Knobs) {
				k.EditClaims = func(claims map[string]any) {
					for _, name := range []string{"iat", "exp", "auth_time"} {
						claims[name] = claims[name].(int64) + c.skew
					}
				}
			})
			if c.code != "" {
				b.unchanged(func() { s.helpful(b.get(stepUp(freshLevel)), c.code) })
				return
			}
			a := b.get(stepUp(freshLevel))
			now := s.idp.Clock.Now().Unix()
			if l := b.session().level(freshLevel); l == nil || l.Until != now+300+min(c.skew, 0) {
				t.Errorf("%s %s: %+v at %d", a.Status, a.code(), l, now)
			}
		})
	}
}

func TestT35_MaxAgeZeroMeansNow(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{})
	if d := b.signedIn("/login?idp=corp&max_age=0"); d.authTime() != float64(s.idp.Clock.Now().Unix()) {
		t.Errorf("auth_time %v", d.authTime())
	}
	s.idp.Clock.Advance(time.Minute)
	s.idp.Set(ignoresPrompt)
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp&max_age=0"), "reauth_not_performed") })
}

// The provider's single sign-on brings a session, never the level; and asking
// for the level again and again makes no loop.
func TestT36_SingleSignOnDoesNotPassTheGate(t *testing.T) {
	t.Parallel()
	s, _ := tenMinutes(t, settings{}, ignoresPrompt)
	b := s.browser()
	a := b.step(b.approve(b.begin(stepUp(freshLevel) + "&return_to=/there")))
	if a.Header.Get("Location") != "/there" {
		t.Fatalf("a first login did not return: %s %s", a.Status, a.code())
	}
	if d := b.session(); !d.Authenticated || d.level(freshLevel) != nil {
		t.Errorf("%+v", d.SecurityLevels)
	}
	s.idp.ResetCalls()
	b.unchanged(func() { s.helpful(b.get(stepUp(freshLevel)+"&return_to=/there"), "reauth_not_performed") })
	if n := s.idp.Calls(hosttest.Authorize); n != 2 {
		t.Errorf("the provider was asked %d times", n)
	}
}
