package host_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// The freshness cases that no module of the conformance suite covers, each
// through the whole host. Case 8 is about refreshed tokens.

const trusted = "challenged: trusted"

// notFresh holds that someone is signed in, with no level that needs proof.
func (d document) notFresh(t *testing.T) {
	t.Helper()
	if d.level("Authenticated") == nil || d.level(freshLevel) != nil || d.level(challengedLevel) != nil {
		t.Errorf("authenticated %t, levels %+v", d.Authenticated, d.SecurityLevels)
	}
}

func TestFreshness_c6_01_MaxAgeSentAuthTimeAbsent(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.AuthTime = hosttest.NoAuthTime }), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp&max_age=300").notFresh(t)
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp&max_age=300"), "reauth_not_performed") })
}

func TestFreshness_c6_02_AuthTimeOlderThanMaxAgeAndSkew(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{}, ignoresPrompt)
	s.browser().signedIn("/login?idp=corp&max_age=300").notFresh(t)
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp&max_age=300"), "reauth_not_performed") })
}

func TestFreshness_c6_03_AuthTimeInTheFuture(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{Top: "session: {idle: 4h}"}, func(k *hosttest.Knobs) { k.AuthTime = hosttest.FutureTime })
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp&force_auth=true"), "reauth_not_performed") })
	other := s.browser()
	other.signedIn("/login?idp=corp").notFresh(t)
	s.idp.Clock.Advance(time.Hour + time.Second) // the clock has caught up, and it is no proof still
	other.session().notFresh(t)
}

func TestFreshness_c6_04_AuthTimeOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, kind := range []hosttest.AuthTime{hosttest.StringTime, hosttest.FloatTime, hosttest.MillisTime, hosttest.NegativeTime, hosttest.NullTime} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s, b := tenMinutes(t, settings{}, func(k *hosttest.Knobs) { k.AuthTime = kind })
			s.browser().signedIn("/login?idp=corp").notFresh(t)
			b.unchanged(func() { s.helpful(b.get("/login?idp=corp&force_auth=true"), "reauth_not_performed") })
		})
	}
}

func TestFreshness_c6_05_ForcedLoginAnsweredWithTheOldSession(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{Provider: trusted}, ignoresPrompt, func(k *hosttest.Knobs) { k.Challenged = true })
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp&force_auth=true"), "reauth_not_performed") })
	d := s.browser().signedIn("/login?idp=corp&force_auth=true")
	d.notFresh(t)
	if d.IdPAttributes["idTokenClaims"]["challenged"] != false {
		t.Error("the provider did not say challenged false")
	}
}

// Either proves it, and both are shown: the challenge counts, the old
// auth_time does not make anything fresh.
func TestFreshness_c6_06_ChallengedWithAnOldAuthTime(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{Provider: trusted}, func(k *hosttest.Knobs) {
		k.AuthTime, k.Claims = hosttest.OldAuthTime, map[string]any{"challenged": true}
	})
	d := b.signedIn("/login?idp=corp&force_auth=true")
	now := s.idp.Clock.Now().Unix()
	if l := d.level(challengedLevel); l == nil || l.Until != now+300 || d.level(freshLevel) != nil {
		t.Errorf("%+v", d.SecurityLevels)
	}
	claims := d.IdPAttributes["idTokenClaims"]
	if claims["auth_time"] != float64(now-86400) || claims["challenged"] != true {
		t.Errorf("auth_time %v and challenged %v are shown", claims["auth_time"], claims["challenged"])
	}
}

func TestFreshness_c6_07_ChallengedAsAString(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{Provider: trusted}, ignoresPrompt, func(k *hosttest.Knobs) { k.Claims = map[string]any{"challenged": "true"} })
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp&force_auth=true"), "reauth_not_performed") })
	s.browser().signedIn("/login?idp=corp&force_auth=true").notFresh(t)
}

// What userinfo says, what a mapper copies and what a plugin makes up.
func TestFreshness_c6_09_OnlyTheIDTokensAuthTimeCounts(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	now := idp.Clock.Now().Unix() + 600
	made := fmt.Sprintf(`{"set":{"attributes":{"auth_time":%d,"authTime":%d,"challenged":true},"roles":["Authenticated/Fresh"]}}`, now, now)
	s := newSite(t, idp, settings{
		Provider: trusted + `
mappers:
  - direct: {attribute: attributes.copied, source: userInfo, path: auth_time}
  - expression: {attribute: attributes.evidence, value: '{attribute-source:userInfo:auth_time}'}
  - plugin: liar`,
		Rest:  "plugins: {liar: {module: liar.wasm}}\n",
		Files: map[string]string{"liar.wasm": string(answering(made))},
	})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(10 * time.Minute)
	s.idp.Set(func(k *hosttest.Knobs) {
		k.AuthTime = hosttest.NoAuthTime
		k.UserClaims = map[string]any{"auth_time": now, "challenged": true, "amr": []string{"hwk"}}
	})
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp&force_auth=true"), "reauth_not_performed") })
	d := s.browser().signedIn("/login?idp=corp&force_auth=true")
	d.notFresh(t)
	for _, name := range []string{"copied", "evidence", "auth_time"} {
		if d.User.Attributes[name] != float64(now) {
			t.Errorf("attributes.%s is %v: nothing was tried", name, d.User.Attributes[name])
		}
	}
}

// answering is a reactor that answers every call with result.
func answering(result string) []byte {
	name := func(s string) string { return string(rune(len(s))) + s }
	section := func(id byte, body string) string {
		return string([]byte{id}) + string(binary.AppendUvarint(nil, uint64(len(body)))) + body
	}
	const at = 16 // where the result lies in memory
	// LEB128, below 8 KiB.
	length := string([]byte{byte(len(result)&0x7f | 0x80), byte(len(result) >> 7)})
	body := "\x00\x41" + string(rune(at)) + "\x41" + length + "\x10\x00\x41\x00\x0b"
	return []byte("\x00asm\x01\x00\x00\x00" +
		section(1, "\x02\x60\x02\x7f\x7f\x00\x60\x00\x01\x7f") + // (i32, i32), () -> i32
		section(2, "\x01"+name("doorward")+name("output_write")+"\x00\x00") +
		section(3, "\x01\x01") +
		section(5, "\x01\x00\x01") +
		section(7, "\x02"+name("memory")+"\x02\x00"+name("map")+"\x00\x01") +
		section(10, "\x01"+string(binary.AppendUvarint(nil, uint64(len(body))))+body) +
		section(11, "\x01\x00\x41"+string(rune(at))+"\x0b"+length+result))
}

func TestFreshness_c6_10_TheBoundaryAndAClockThatStepsBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	signedIn := s.idp.Clock.Now()
	for _, c := range []struct {
		after time.Duration
		fresh bool
	}{
		{0, true}, {300*time.Second - time.Millisecond, true}, {300 * time.Second, false}, {301 * time.Second, false},
		{299 * time.Second, true},  // back over the boundary: the time that it holds until has not moved
		{-60 * time.Second, true},  // within the tolerance
		{-61 * time.Second, false}, // the sign-in lies in the future: nothing is proved
		{-2 * time.Hour, false},
		{10 * time.Second, true}, // the clock has caught up
	} {
		s.idp.Clock.Set(signedIn.Add(c.after))
		d := b.session()
		if l := d.level(freshLevel); (l != nil) != c.fresh || l != nil && l.Until != signedIn.Unix()+300 {
			t.Errorf("%s after the sign-in: %+v", c.after, d.SecurityLevels)
		}
	}
}

// max_age has its boundary where it says, with the skew on the provider's side.
func TestFreshness_c6_10_TheBoundaryOfMaxAge(t *testing.T) {
	t.Parallel()
	for age, enough := range map[int64]bool{0: true, 300: true, 305: true, 306: false} {
		s, b := maxAgeSite(t, func(k *hosttest.Knobs) {
			k.EditClaims = func(claims map[string]any) { claims["auth_time"] = claims["iat"].(int64) - age }
		})
		if !enough {
			b.unchanged(func() { s.helpful(b.get("/login?idp=corp&max_age=300"), "reauth_not_performed") })
			continue
		}
		if a := b.get("/login?idp=corp&max_age=300"); a.StatusCode != http.StatusOK {
			t.Errorf("an age of %d s: %s %s", age, a.Status, a.code())
		}
	}
}

func TestFreshness_c6_11_AnotherUserAnswersTheForcedLogin(t *testing.T) {
	t.Parallel()
	s, b := tenMinutes(t, settings{}, func(k *hosttest.Knobs) { k.Subject = "bob-0001" })
	alice := b.bearing()
	d := b.signedIn("/login?idp=corp&force_auth=true")
	if d.User.ID != "bob-0001" || d.IdPAttributes["idTokenClaims"]["sub"] != "bob-0001" {
		t.Errorf("the session is %s's", d.User.ID)
	}
	if alice.session().Authenticated {
		t.Error("the session before still opens")
	}
	events := s.audited("login")
	if len(events) != 2 || events[0].Session == events[1].Session {
		t.Errorf("audited: %+v", events)
	}
	if strings.Contains(s.log.String(), "bob-0001") {
		t.Error("the log has the subject")
	}
}

func TestFreshness_c6_12_TheLevelEndsWhileTheSessionIsOpen(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	first := b.signedIn("/login?idp=corp")
	held := true
	for range 61 {
		d := b.session()
		now := s.idp.Clock.Now().Unix()
		if want := now < first.level(freshLevel).Until; want != (d.level(freshLevel) != nil) || !d.Authenticated {
			t.Fatalf("at %d, with the end at %d: %+v", now, first.level(freshLevel).Until, d.SecurityLevels)
		}
		held = d.level(freshLevel) != nil
		s.idp.Clock.Advance(5 * time.Second)
	}
	if held {
		t.Error("the level never ended")
	}
	if page := b.get("/"); bytes.Contains([]byte(page.Body), []byte("data-until")) || !strings.Contains(page.Body, "Not held: credentials proved within five minutes") {
		t.Error("the page shows an end, or does not offer the step-up")
	}
}
