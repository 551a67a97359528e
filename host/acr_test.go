package host_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// Step-up by authentication contexts: RFC 9470, on both sides.

const (
	strongLevel = "Authenticated/Strong"
	mfa, hwk    = "urn:example:mfa", "urn:example:hwk"
	oddLevel    = `Authenticated/Say "hi" \ ü, 50%`
)

const contexts = `policies: {path: policies}
levels:
  Authenticated/Fresh: {step_up: true}
  Authenticated/Strong: {step_up: true, acr_values: ["urn:example:mfa", "urn:example:hwk"]}
  Authenticated/Never: {step_up: true, acr_values: ["urn:example:never"]}
  Authenticated/Plain: {description: nothing to ask for}
  'Authenticated/Say "hi" \ ü, 50%': {step_up: true}
`

func acrRules() map[string]string {
	return rego(`grant contains {"level": "Authenticated/Fresh", "until": reauth.until("5m")}
grant contains "Authenticated/Strong" if input.login.evidence.acr in {"urn:example:mfa", "urn:example:hwk"}
grant contains {"level": ` + "`" + oddLevel + "`" + `, "until": reauth.until("5m")}
`)
}

func says(acr string) func(*hosttest.Knobs) {
	return func(k *hosttest.Knobs) { k.Claims = map[string]any{"acr": acr} }
}

// weakly is a site whose person signed in ten minutes ago with a password; from
// now on the provider says acr.
func weakly(t *testing.T, acr string) (*site, *browser) {
	t.Helper()
	s := newSite(t, hosttest.NewProvider(t, says("urn:example:pwd")), settings{Top: trusting, Rest: contexts + applications, Files: acrRules()})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(10 * time.Minute)
	s.idp.Set(says(acr))
	s.idp.ResetCalls()
	return s, b
}

func byACR(values string) string { return "/login?acr_values=" + url.QueryEscape(values) }

func TestACR_WhatTheProviderIsAskedFor(t *testing.T) {
	t.Parallel()
	_, b := weakly(t, mfa)
	for at, want := range map[string]string{
		stepUp(strongLevel):    mfa + " " + hwk,
		stepUp(freshLevel):     "",
		byACR(strongLevel):     mfa + " " + hwk,
		byACR(hwk):             hwk,
		byACR(hwk + " " + mfa): hwk + " " + mfa,
		byACR("urn:unknown " + hwk + " " + freshLevel): hwk,
		byACR(freshLevel + " " + strongLevel):          mfa + " " + hwk,
		"/login?idp=corp":                              "",
		"/login?idp=corp&max_age=60":                   "",
	} {
		sent := b.begin(at).Query()
		if got := sent.Get("acr_values"); got != want || (want == "") == sent.Has("acr_values") {
			t.Errorf("%s asks for %q, want %q", at, got, want)
		}
		if levels := strings.Contains(at, "level=") || strings.Contains(at, "acr_values="); levels != (sent.Get("prompt") == "login" && sent.Get("max_age") == "1") {
			t.Errorf("%s asks with prompt %q and max_age %q", at, sent.Get("prompt"), sent.Get("max_age"))
		}
	}
	if got := b.site.browser().begin(stepUp(strongLevel) + "&idp=corp").Query().Get("acr_values"); got != mfa+" "+hwk {
		t.Errorf("a first login asks for %q", got)
	}
}

func TestACR_ReachedByWhatTheProviderSent(t *testing.T) {
	t.Parallel()
	s, b := weakly(t, hwk)
	a := b.step(b.approve(b.begin(byACR(mfa+" "+hwk) + "&return_to=/there")))
	if a.Header.Get("Location") != "/there" || b.session().level(strongLevel) == nil {
		t.Fatalf("%s %s to %q", a.Status, a.code(), a.Header.Get("Location"))
	}
	events := s.audited("step_up")
	if len(events) != 1 || events[0].Level != strongLevel || events[0].Proof.ACR != hwk || strings.Join(events[0].Proof.ACRValues, " ") != mfa+" "+hwk || !events[0].Proof.Performed {
		t.Errorf("audited: %+v", events)
	}
}

// A weaker context raises nothing, and asking again would not help: one round.
func TestT30_TheProviderSendsALowerACR(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		stepUp(strongLevel): "asked for acr " + mfa + " or " + hwk + " and sent urn:example:pwd.",
		byACR(mfa):          "asked for acr " + mfa + " and sent urn:example:pwd.",
	} {
		s, b := weakly(t, "urn:example:pwd")
		b.unchanged(func() {
			a := b.get(at)
			s.helpful(a, "level_not_reached")
			if !strings.Contains(a.Body, want) {
				t.Errorf("the page does not say %q: %s", want, a.Body)
			}
			if again := `href="/login?` + map[bool]string{true: "acr_values=urn%3Aexample%3Amfa", false: "force_auth=true"}[at == byACR(mfa)]; !strings.Contains(a.Body, again) {
				t.Errorf("the page does not offer %s: %s", again, a.Body)
			}
		})
		if n := s.idp.Calls(hosttest.Authorize); n != 1 {
			t.Errorf("the provider was asked %d times", n)
		}
		if e := s.audited("refused"); len(e) != 1 || e[0].Level != strongLevel || e[0].Proof.ACR != "urn:example:pwd" || e[0].Purpose != "step-up" || len(e[0].Levels) != 1 {
			t.Errorf("audited: %+v", e)
		}
	}
}

// What the provider sends for an acr is its own text.
func TestACR_AnACRThatCannotBeShownIsNot(t *testing.T) {
	t.Parallel()
	for _, acr := range []any{"<script>alert(1)</script> x", strings.Repeat("x", 300), 7, nil, ""} {
		s, b := weakly(t, "")
		s.idp.Set(func(k *hosttest.Knobs) { k.Claims = map[string]any{"acr": acr} })
		a := b.get(stepUp(strongLevel))
		s.helpful(a, "level_not_reached")
		if !strings.Contains(a.Body, "and sent none.") && !strings.Contains(a.Body, "and sent one that cannot be shown.") || strings.Contains(a.Body, "<script>") {
			t.Errorf("acr %.20v: %s", acr, a.Body)
		}
	}
}

// Any of the values is enough, in the order of preference; those that are not
// known are no way round the others.
func TestACR_AnyOfTheValues(t *testing.T) {
	t.Parallel()
	s, b := weakly(t, mfa)
	b.signedIn(byACR("urn:example:never urn:unknown " + mfa))
	if e := s.audited("step_up"); len(e) != 1 || e[0].Level != strongLevel {
		t.Errorf("audited: %+v", e)
	}
	s.idp.Clock.Advance(time.Minute)
	b.unchanged(func() { s.helpful(b.get(byACR("urn:unknown urn:example:never")), "level_not_reached") })
}

func TestACR_AtOnceWhenItIsSoAlready(t *testing.T) {
	t.Parallel()
	s, b := weakly(t, hwk)
	b.signedIn(stepUp(strongLevel))
	s.idp.ResetCalls()
	for at, once := range map[string]bool{
		byACR(strongLevel):                 true,
		byACR(hwk):                         true,
		byACR("urn:unknown " + freshLevel): true,
		byACR(mfa):                         false, // a resource server that asks for it would refuse the token again
		byACR(mfa + " " + hwk):             true,
		byACR(hwk) + "&max_age=60":         false,
		byACR(hwk) + "&force_auth=true":    false,
	} {
		a := b.step(at + "&return_to=/there")
		if got := a.Header.Get("Location") == "/there"; got != once {
			t.Errorf("%s leads to %s", at, a.Header.Get("Location"))
		}
	}
}

func TestACR_DemandsThatAreRefused(t *testing.T) {
	t.Parallel()
	s, signedIn := weakly(t, mfa)
	for _, b := range []*browser{signedIn, s.browser()} {
		for values, code := range map[string]string{
			"urn:unknown":                        "acr_unknown",
			"URN:example:mfa":                    "acr_unknown", // exact
			"Authenticated/Plain":                "acr_unknown", // no step-up reaches it
			"Authenticated":                      "acr_unknown",
			"0":                                  "acr_unknown",
			mfa + "  " + hwk:                     "parameter_invalid",
			" " + mfa:                            "parameter_invalid",
			mfa + "\t" + hwk:                     "parameter_invalid",
			mfa + "\r\nSet-Cookie: a=b":          "parameter_invalid",
			mfa + "\x00":                         "parameter_invalid",
			`"` + mfa + `"`:                      "parameter_invalid",
			mfa + ` \`:                           "parameter_invalid",
			"Authenticated/Größe " + mfa:         "parameter_invalid",
			strings.Repeat("a ", 16) + mfa:       "parameter_invalid",
			strings.Repeat("a", 520) + " " + mfa: "parameter_invalid",
			mfa + "&level=Authenticated/Fresh":   "acr_unknown",
			"<script>":                           "acr_unknown",
		} {
			a := b.step(byACR(values))
			s.helpful(a, code)
			if strings.Contains(a.Body, "<script>") || a.Header.Get("Set-Cookie") != "" || b.pending() != 0 {
				t.Errorf("%q: a login was begun, or the value stands on the page", values)
			}
			start := b.get("https://wiki.example.test/.doorward/start?fragment=&acr_values=" + url.QueryEscape(values))
			if start.StatusCode < 400 || b.pending() != 0 {
				t.Errorf("%q at start: %s", values, start.Status)
			}
		}
		for _, at := range []string{byACR(mfa) + "&level=" + freshLevel, byACR(mfa) + "&acr_values=" + hwk, byACR(mfa) + "&max_age=-1", byACR(mfa) + "&max_age=5x"} {
			if a := b.step(at); a.StatusCode != http.StatusBadRequest || b.pending() != 0 {
				t.Errorf("%s: %s", at, a.Status)
			}
		}
	}
	if n := s.idp.Calls(hosttest.Authorize); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

var acrValues = regexp.MustCompile(`^Bearer error="insufficient_user_authentication", error_description="[^"\\]+", acr_values="([\x21\x23-\x5b\x5d-\x7e]+)"$`)

// Our own challenge, to a script that lacks a level, can be handed back to us.
func TestRFC9470_TheRoundTripOfOurChallenge(t *testing.T) {
	t.Parallel()
	for _, level := range []string{freshLevel, strongLevel, oddLevel} {
		s, b := weakly(t, hwk)
		b.echoed("https://wiki.example.test/")
		s.idp.Clock.Advance(10 * time.Minute)
		ask := func() answer {
			return s.auth("?level="+url.QueryEscape(level), having(asking("https://wiki.example.test/", "GET", "Sec-Fetch-Mode: cors"), "Cookie", handleAt(b.at("wiki.example.test", sessionCookie))))
		}
		refused := ask()
		said := acrValues.FindStringSubmatch(refused.Header.Get("WWW-Authenticate"))
		if refused.StatusCode != http.StatusUnauthorized || said == nil {
			t.Fatalf("%s: %s %q", level, refused.Status, refused.Header.Get("WWW-Authenticate"))
		}
		if at := b.handedOver("https://wiki.example.test/.doorward/start?fragment=&return_to=/there&acr_values=" + url.QueryEscape(said[1])); at != "https://wiki.example.test/there" {
			t.Errorf("%s: the step-up ended %s", level, at)
		}
		if after := ask(); after.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s after the step-up", level, after.Status, after.code())
		}
	}
}

// An application that knows nothing of levels asks by age alone.
func TestRFC9470_AChallengeByMaxAgeIsAStepUp(t *testing.T) {
	t.Parallel()
	s, b := weakly(t, "urn:example:pwd")
	created := s.audited("login")[0].Session
	b.signedIn("/login?max_age=5")
	e := s.audited("step_up")
	if len(e) != 1 || e[0].Session != created || !e[0].Proof.Performed || *e[0].Proof.MaxAge != 5 || e[0].Level != "" {
		t.Errorf("audited: %+v", e)
	}
	s.idp.Clock.Advance(time.Minute)
	s.idp.ResetCalls()
	s.idp.Set(ignoresPrompt)
	b.unchanged(func() { s.helpful(b.get("/login?max_age=5"), "reauth_not_performed") })
	if n := s.idp.Calls(hosttest.Authorize); n != 2 {
		t.Errorf("T30: the provider was asked %d times, not 2", n)
	}
	s.idp.Set(func(k *hosttest.Knobs) { k.AuthTime, k.Subject = hosttest.Honest, "bob-0001" })
	b.unchanged(func() { s.helpful(b.get("/login?max_age=5"), "person_mismatch") }) // T31
}

func TestACR_TheProviderCannotMeetIt(t *testing.T) {
	t.Parallel()
	s, b := weakly(t, mfa)
	s.idp.Set(func(k *hosttest.Knobs) { k.Error = "unmet_authentication_requirements" })
	b.unchanged(func() {
		a := b.get(byACR(mfa))
		s.helpful(a, "acr_unmet")
		if !strings.Contains(a.Body, "acr_values=urn%3Aexample%3Amfa") {
			t.Error("the page does not offer the same again")
		}
	})
	s.idp.Set(func(k *hosttest.Knobs) { k.Error = "" })
	again := b.get(byACR(mfa)) // and the session is good for another try
	if again.StatusCode != http.StatusOK {
		t.Errorf("%s %s", again.Status, again.code())
	}
}

// What was proved is told to whoever listens, without a claim's value.
func TestReauthenticated_TellsWhatWasProved(t *testing.T) {
	t.Parallel()
	s, b := weakly(t, mfa)
	b.echoed("https://wiki.example.test/")
	l := b.listen(wikiEvents, "")
	l.expect("session")
	s.idp.Clock.Advance(time.Minute)
	b.get(byACR(mfa))
	e := l.expect("reauthenticated")
	now := s.idp.Clock.Now().Unix()
	if p := e.Login; !p.Performed || p.ACR != mfa || strings.Join(p.ACRValues, " ") != mfa || !p.ForceAuth || p.MaxAge == nil || *p.MaxAge != 1 || *p.AuthTime != now {
		t.Errorf("told %s", e.Raw)
	}
	if e.level(strongLevel) == nil || e.level(freshLevel).Until != now+300 {
		t.Errorf("told %s", e.Raw)
	}
}
