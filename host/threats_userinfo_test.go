package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// onUserInfo is a policy that rests on userinfo, in both directions, and one
// level that does not.
var onUserInfo = settings{
	Files: map[string]string{"policies/levels.rego": `package doorward.levels

grant contains "Authenticated/Staff" if "staff" in input.sources.userInfo.groups

grant contains "Authenticated/Active" if not input.sources.userInfo.suspended

grant contains "Authenticated/Known" if input.sources.idTokenClaims.sub
`},
	Rest: `
levels: {Authenticated/Staff: {}, Authenticated/Active: {}, Authenticated/Known: {}}
policies: {path: policies/}
`,
}

// What userinfo answers is believed only when it is whole, verified and about
// the person who signed in. When it is not, people sign in without it, and no
// rule that rests on it grants anything, "not suspended" least of all.
func TestT19_userinfo(t *testing.T) {
	t.Parallel()
	believed := []hosttest.UserInfoMode{hosttest.UserInfoJSON, hosttest.UserInfoJWT, hosttest.UserInfoHS256}
	failing := []hosttest.UserInfoMode{
		hosttest.UserInfoBadSignature, hosttest.UserInfoAlgNone, hosttest.UserInfoWrongAud, hosttest.UserInfoWrongIss,
		hosttest.UserInfoNoAud, hosttest.UserInfoNoIss, hosttest.UserInfoExpired, hosttest.UserInfoWrongSub, hosttest.UserInfoNoSub,
		hosttest.UserInfoHTML, hosttest.UserInfoArray, hosttest.UserInfoBroken, hosttest.UserInfoDuplicate, hosttest.UserInfoHuge,
		hosttest.UserInfoBomb, hosttest.UserInfoUnauthorized, hosttest.UserInfoError, hosttest.UserInfoRedirect, hosttest.UserInfoSlow,
		hosttest.UserInfoDrop,
	}
	for _, mode := range slices.Concat(believed, failing) {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			good := slices.Contains(believed, mode)
			idp := hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.UserInfo = mode })
			with := onUserInfo
			if mode == hosttest.UserInfoSlow {
				with.Out = &hurry{next: idp.Client().Transport, path: "/userinfo"}
			}
			s := newSite(t, idp, with)
			b := s.browser()
			b.get("/login?idp=corp")
			d := b.session()
			if !d.Authenticated || d.level("Authenticated/Known") == nil {
				t.Fatalf("authenticated is %t, levels %+v\n%s", d.Authenticated, d.SecurityLevels, s.log)
			}
			if _, there := d.IdPAttributes["userInfo"]; there != good {
				t.Errorf("the document has userInfo: %t", there)
			}
			withheld := withheldBy(s.audited("login"))
			for _, path := range []string{"Authenticated/Staff", "Authenticated/Active"} {
				if held := d.level(path) != nil; held != good {
					t.Errorf("%s is held: %t", path, held)
				}
				if why := withheld[path]; (why == login.ReasonUserInfoFailed) == good {
					t.Errorf("%s: the audit event says %q", path, why)
				}
			}
			if !good && d.User.Email != "" {
				t.Errorf("the user has the email %q of a discarded answer", d.User.Email)
			}
			if of := s.audited("userinfo_subject_mismatch"); len(of) != 0 != (mode == hosttest.UserInfoWrongSub || mode == hosttest.UserInfoNoSub) {
				t.Errorf("subject mismatches audited: %+v", of)
			}
			if n := idp.Calls(hosttest.UserInfo); n < 1 || n > 2 { // net/http repeats a GET once when a kept connection drops
				t.Errorf("userinfo was called %d times", n)
			}
		})
	}
}

// Userinfo that is not offered was not due, so nothing is withheld for it.
func TestT19_userinfo_off(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoOff }), onUserInfo)
	b := s.browser()
	b.get("/login?idp=corp")
	d := b.session()
	if d.level("Authenticated/Active") == nil || d.level("Authenticated/Staff") != nil || len(withheldBy(s.audited("login"))) != 0 {
		t.Errorf("levels %+v, withheld %v", d.SecurityLevels, withheldBy(s.audited("login")))
	}
}

// With on_failure: refuse, a failed call signs nobody in.
func TestT19_userinfo_refuse(t *testing.T) {
	t.Parallel()
	for mode, code := range map[hosttest.UserInfoMode]login.Code{
		hosttest.UserInfoWrongSub: login.CodeUserInfoSubject, hosttest.UserInfoNoSub: login.CodeUserInfoSubject,
		hosttest.UserInfoError: login.CodeUserInfoFailed, hosttest.UserInfoBomb: login.CodeUserInfoFailed,
		hosttest.UserInfoAlgNone: login.CodeUserInfoFailed, hosttest.UserInfoDrop: login.CodeUserInfoFailed,
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.UserInfo = mode }), settings{Provider: "userinfo: {on_failure: refuse}"})
			b := s.browser()
			s.refused(b, b.get("/login?idp=corp"), code)
		})
	}
}

// An email is no person: what was granted to one account is not held by
// another with the same address, nor by one whose sub only looks the same.
func TestT20_the_person_is_iss_and_sub(t *testing.T) {
	t.Parallel()
	corp, other := hosttest.NewProvider(t), hosttest.NewProvider(t)
	other.Clock = corp.Clock
	s := newSite(t, corp, settings{Rest: provider("other", other) + `
levels: {Authenticated/Engineer: {}}
grants:
  - {idp: corp, iss: "` + corp.URL + `", sub: alice-7f3a, levels: [Authenticated/Engineer]}
`})
	b := s.browser()
	handles := map[string]bool{}
	for _, c := range []struct {
		idp, sub string
		want     bool
	}{
		{"corp", "alice-7f3a", true}, {"corp", "mallory-0000", false}, {"corp", "ALICE-7F3A", false}, {"corp", "alice-7f3a ", false},
		{"corp", "alice-7f3", false}, {"other", "alice-7f3a", false}, {"corp", "alice@example.com", false}, {"corp", "alice-7f3a", true},
	} {
		for _, p := range []*hosttest.Provider{corp, other} {
			p.Set(func(k *hosttest.Knobs) { k.Subject = c.sub })
		}
		old := b.handle()
		b.get("/login?idp=" + c.idp)
		d := b.session()
		if d.User.ID != c.sub || d.User.Email != "alice@example.com" || d.IdP != c.idp {
			t.Errorf("%s at %s is %q, %q at %s", c.sub, c.idp, d.User.ID, d.User.Email, d.IdP)
		}
		if held := d.level("Authenticated/Engineer") != nil; held != c.want {
			t.Errorf("%s at %s holds what was granted to alice-7f3a at corp: %t", c.sub, c.idp, held)
		}
		if handles[b.handle()] || old != "" && s.holding(old).session().Authenticated {
			t.Errorf("%s at %s: the session before goes on", c.sub, c.idp)
		}
		handles[b.handle()] = true
	}
}

// A step-up answered by another account with the same email raises nothing.
func TestT20_step_up_by_a_namesake(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.get("/login?idp=corp")
	s.idp.Clock.Advance(6 * time.Minute)
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "mallory-0000" })
	handle := b.handle()
	s.helpful(b.get("/login?level=Authenticated/Fresh"), string(login.CodePersonMismatch))
	if d := b.session(); b.handle() != handle || d.User.ID != "alice-7f3a" || d.level("Authenticated/Fresh") != nil {
		t.Errorf("after the refused step-up: %q, %+v", d.User.ID, d.SecurityLevels)
	}
}

// Members that only look like email are not it, and an address with two hosts
// is none.
func TestT20_lookalikes(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	for _, name := range []string{"Email", "EMAIL", "еmail", "ｅmail", "email ", "email\x00", "e\u200dmail"} {
		s.idp.Set(func(k *hosttest.Knobs) { k.UserClaims = map[string]any{name: "admin@example.com"} })
		b := s.browser()
		b.get("/login?idp=corp")
		if d := b.session(); !d.Authenticated || d.User.Email != "" {
			t.Errorf("%q: authenticated is %t, email %q", name, d.Authenticated, d.User.Email)
		}
	}
	for _, email := range []any{"admin@example.com@attacker.example", "a@b,admin@example.com", []string{"admin@example.com"}, 7, json.RawMessage(`{"x":1}`)} {
		s.idp.Set(func(k *hosttest.Knobs) { k.UserClaims = map[string]any{"email": email, "email_verified": true} })
		b := s.browser()
		s.helpful(b.get("/login?idp=corp"), string(login.CodeMappingFailed))
		if b.session().Authenticated {
			t.Errorf("%v signed in", email)
		}
	}
	for _, verified := range []any{true, "true", false, nil, 1} {
		s.idp.Set(func(k *hosttest.Knobs) {
			k.UserClaims = map[string]any{"email": "alice@example.com", "email_verified": verified}
		})
		b := s.browser()
		b.get("/login?idp=corp")
		if d := b.session(); d.User.Email != "alice@example.com" || d.User.ID != "alice-7f3a" {
			t.Errorf("email_verified %v: %+v", verified, d.User)
		}
	}
}

func withheldBy(events []login.Event) map[string]login.Reason {
	why := map[string]login.Reason{}
	for _, e := range events {
		for _, w := range e.Withheld {
			why[w.Path] = w.Reason
		}
	}
	return why
}

// holding is a browser with nothing but that session cookie.
func (s *site) holding(handle string) *browser {
	b := s.browser()
	b.jar.SetCookies(home(), []*http.Cookie{{Name: sessionCookie, Value: handle}})
	return b
}

// hurry is the way to a provider, impatient on one path, so that a test need
// not wait as long as a person would. It is an error to go there without a
// deadline of our own.
type hurry struct {
	next http.RoundTripper
	path string
}

const patience = 15 * time.Second // that a host may have with a provider

func (h *hurry) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, h.path) {
		return h.next.RoundTrip(r)
	}
	deadline, bounded := r.Context().Deadline()
	if !bounded || time.Until(deadline) > patience {
		return nil, errors.New("the call has no deadline, or a late one")
	}
	ctx, cancel := context.WithTimeout(r.Context(), 300*time.Millisecond)
	answer, err := h.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	context.AfterFunc(ctx, cancel) // the body is yet to be read
	return answer, nil
}
