package policy

import (
	"context"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

const (
	fresh      = "Authenticated/Fresh"
	challenge  = "Authenticated/Challenged"
	performed  = "Authenticated/Engineer" // granted by reauth.performed here
	withinFive = "Authenticated/Teams/Blue"
)

// freshness is the default policy, and the two checks that it does not use.
func freshness(t *testing.T) *Engine {
	return newEngine(t, Config{DefaultPolicy: true, Modules: levelsFile(`
grant contains "Authenticated/Engineer" if reauth.performed
grant contains "Authenticated/Teams/Blue" if reauth.within("5m")`)})
}

func TestFreshness_c6_1_NoAuthTimeThoughMaxAgeWasAskedFor(t *testing.T) {
	facts := signedIn(t, login.Evidence{}, idToken, `{"sub": "ada"}`)
	facts.Document.Login.MaxAge = at(300)
	holdsExactly(t, decide(t, freshness(t), facts), "Authenticated")
}

func TestFreshness_c6_2_AuthTimeOlderThanAsked(t *testing.T) {
	facts := signedIn(t, login.Evidence{AuthTime: at(received - 3600)})
	facts.Document.Login.MaxAge = at(300)
	d := decide(t, freshness(t), facts)
	holdsExactly(t, d, "Authenticated")
	withheldFor(t, d, fresh, login.ReasonExpired)
}

func TestFreshness_c6_3_AuthTimeInTheFuture(t *testing.T) {
	e := freshness(t)
	facts := signedIn(t, login.Evidence{AuthTime: at(received + 61)})
	holdsExactly(t, decide(t, e, facts), "Authenticated")
	facts.Now = time.Unix(received+120, 0) // it stays no proof when the clock has caught up
	holdsExactly(t, decide(t, e, facts), "Authenticated")

	// A clock that is ahead by less buys no time.
	d := decide(t, e, signedIn(t, login.Evidence{AuthTime: at(received + 60)}))
	if got := level(t, d, fresh).Until; got != received+300 {
		t.Errorf("fresh until %d, want %d", got, received+300)
	}
}

func TestFreshness_c6_4_OddAuthTimes(t *testing.T) {
	e := freshness(t)
	for name, evidence := range map[string]login.Evidence{
		"milliseconds": {AuthTime: at(received * 1000)},
		"negative":     {AuthTime: at(-received)},
		"zero":         {AuthTime: at(0)},
		"null":         {},
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, e, signedIn(t, evidence))
			holdsExactly(t, d, "Authenticated")
		})
	}
	for _, claim := range []string{`"1311280970"`, `1311280970.5`, `1311280970000`, `-5`, `null`} {
		t.Run("claim "+claim, func(t *testing.T) {
			facts := signedIn(t, login.Evidence{}, idToken, `{"auth_time": `+claim+`}`)
			holdsExactly(t, decide(t, e, facts), "Authenticated")
		})
	}
}

func TestFreshness_c6_5_ProviderReplaysItsOldSession(t *testing.T) {
	e := freshness(t)
	facts := signedIn(t, login.Evidence{AuthTime: at(received - 4000), Challenged: yes(false)})
	facts.Document.Login.PreviousAuthTime = at(received - 4000)
	d := decide(t, e, facts)
	holdsExactly(t, d, "Authenticated")
	withheldFor(t, d, fresh, login.ReasonExpired)

	// Even a recent auth_time proves no re-authentication when it is the old one.
	facts = signedIn(t, login.Evidence{AuthTime: at(received - 12), Challenged: yes(false)})
	facts.Document.Login.PreviousAuthTime = at(received - 12)
	if d := decide(t, e, facts); d.Holds(performed, afterwards) {
		t.Error("performed by a replayed session")
	}
	facts.Document.Login.PreviousAuthTime = at(received - 13)
	level(t, decide(t, e, facts), performed)
}

func TestFreshness_c6_6_ChallengedButOldAuthTime(t *testing.T) {
	d := decide(t, freshness(t), signedIn(t, login.Evidence{AuthTime: at(received - 4000), Challenged: yes(true)}))
	holdsExactly(t, d, "Authenticated", challenge, performed)
	withheldFor(t, d, fresh, login.ReasonExpired)
	if got := level(t, d, challenge).Until; got != received+300 {
		t.Errorf("challenged until %d, want %d", got, received+300)
	}
}

func TestFreshness_c6_7_ChallengedAsText(t *testing.T) {
	e := freshness(t)
	facts := signedIn(t, login.Evidence{AuthTime: at(received - 4000)}, idToken, `{"challenged": "true"}`, userInfo, `{"challenged": true}`)
	holdsExactly(t, decide(t, e, facts), "Authenticated")

	untrusted := signedIn(t, login.Evidence{AuthTime: at(received - 4000), Challenged: yes(true)})
	untrusted.Document.Login.ChallengedTrusted = false
	holdsExactly(t, decide(t, e, untrusted), "Authenticated")
}

func TestFreshness_c6_9_ForgedAuthTime(t *testing.T) {
	forged := `{"auth_time": 1311280999, "authTime": 1311280999, "challenged": true, "login": {"evidence": {"authTime": 1311280999}}}`
	facts := signedIn(t, login.Evidence{}, idToken, `{"sub": "ada"}`, userInfo, forged, tokens, forged)
	facts.User.Attributes = map[string]any{"auth_time": received, "evidence": map[string]any{"authTime": received, "challenged": true}}
	holdsExactly(t, decide(t, freshness(t), facts), "Authenticated")
}

func TestFreshness_c6_10_Boundary(t *testing.T) {
	e := freshness(t)
	facts := signedIn(t, login.Evidence{AuthTime: at(received)})
	facts.Now = time.Unix(received+299, 999_999_999)
	d := decide(t, e, facts)
	level(t, d, fresh)
	level(t, d, withinFive)
	facts.Now = time.Unix(received+300, 0)
	d = decide(t, e, facts)
	if d.Holds(fresh, facts.Now) || d.Holds(withinFive, facts.Now) {
		t.Errorf("held at the threshold: %v", paths(d))
	}
}

func TestFreshness_c6_10_ClockStepsBack(t *testing.T) {
	e := freshness(t)
	facts := signedIn(t, login.Evidence{AuthTime: at(received), Challenged: yes(true)})
	facts.Now = time.Unix(received-60, 0)
	level(t, decide(t, e, facts), fresh) // a small correction
	facts.Now = time.Unix(received-61, 0)
	holdsExactly(t, decide(t, e, facts), "Authenticated")

	live := NewLive(func() *Engine { return e }, 0)
	facts.Now = afterwards
	if d, _ := live.Levels(context.Background(), "s", facts); !d.Holds(fresh, facts.Now) {
		t.Fatal("not fresh")
	}
	facts.Now = time.Unix(received-3600, 0)
	if d, _ := live.Levels(context.Background(), "s", facts); d.Holds(fresh, facts.Now) {
		t.Error("a kept decision outlives a clock that stepped back")
	}
}

func TestFreshness_c6_11_SomeoneElseAnswers(t *testing.T) {
	e := newEngine(t, Config{DefaultPolicy: true, Grants: []Grant{{
		Person: login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "ada"},
		Levels: []string{"Authenticated/Engineer"},
	}}})
	live := NewLive(func() *Engine { return e }, 0)
	ada := signedIn(t, login.Evidence{AuthTime: at(received - 4000)})
	d, _ := live.Levels(context.Background(), "session of ada", ada)
	holdsExactly(t, d, "Authenticated", "Authenticated/Engineer")

	bob := signedIn(t, login.Evidence{AuthTime: at(received)})
	bob.Document.Person.Subject = "bob"
	bob.Document.ID = "fedcba9876543210"
	d, _ = live.Levels(context.Background(), "session of bob", bob)
	holdsExactly(t, d, "Authenticated", fresh)
	d, _ = live.Levels(context.Background(), "session of ada", ada)
	holdsExactly(t, d, "Authenticated", "Authenticated/Engineer")

	// A document that took another's place is another sign-in, whatever the key.
	d, _ = live.Levels(context.Background(), "session of ada", bob)
	holdsExactly(t, d, "Authenticated", fresh)
}

func TestFreshness_c6_12_LevelDecaysInTheMiddleOfASession(t *testing.T) {
	e := newEngine(t, Config{DefaultPolicy: true})
	live := NewLive(func() *Engine { return e }, 0)
	facts := signedIn(t, login.Evidence{AuthTime: at(received)})
	for _, second := range []int64{0, 299, 300, 301} {
		want := second < 300
		facts.Now = time.Unix(received+second, 0)
		d, err := live.Levels(context.Background(), "s", facts)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Holds(fresh, facts.Now); got != want {
			t.Errorf("%d s after the sign-in: held %v, want %v", second, got, want)
		}
	}
}
