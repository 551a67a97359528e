package host_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

const (
	freshLevel      = "Authenticated/Fresh"
	challengedLevel = "Authenticated/Challenged"
)

// signedIn signs in from a page, and holds that it led to a session.
func (b *browser) signedIn(at string) document {
	b.t.Helper()
	a := b.get(at)
	d := b.session()
	if !d.Authenticated {
		b.t.Fatalf("%s led to no session: %s\n%s\n%s", at, a.Status, a.Body, b.site.log)
	}
	return d
}

// state is what a browser has: its session's cookie, the levels of it with
// their ends, and when its user was produced.
func (b *browser) state() string {
	b.t.Helper()
	d := b.session()
	handle := "none"
	if c := b.cookie(sessionCookie); c != nil {
		handle = c.Value
	}
	return fmt.Sprint(handle, d.Authenticated, d.User.ID, d.User.Timestamp, d.SecurityLevels, d.IdPAttributes["idTokenClaims"]["auth_time"])
}

// unchanged does something, and holds that the browser's session is as it was.
func (b *browser) unchanged(do func()) {
	b.t.Helper()
	before := b.state()
	if c := b.cookie(sessionCookie); c == nil {
		b.t.Fatal("there is no session that could stay")
	}
	do()
	if after := b.state(); after != before {
		b.t.Errorf("the session was\n%s\nand is\n%s", before, after)
	}
}

// bearing is another browser that holds nothing but this one's session cookie.
func (b *browser) bearing() *browser {
	b.t.Helper()
	other := b.site.browser()
	u, err := url.Parse(publicURL)
	if err != nil {
		b.t.Fatal(err)
	}
	if c := b.cookie(sessionCookie); c != nil {
		other.jar.SetCookies(u, []*http.Cookie{c})
	}
	return other
}

// authTime is the auth_time of the last ID token.
func (d document) authTime() any { return d.IdPAttributes["idTokenClaims"]["auth_time"] }

func stepUp(level string) string { return "/login?level=" + url.QueryEscape(level) }

func ignoresPrompt(k *hosttest.Knobs) { k.AuthTime = hosttest.IgnoresPrompt }

// withoutProof lists what a provider may answer to prompt=login instead of
// asking the person, and what the error page then says of it.
var withoutProof = map[hosttest.AuthTime]func(s *site, proved int64) string{
	hosttest.IgnoresPrompt: func(_ *site, proved int64) string { return sent(proved) },
	hosttest.OldAuthTime:   func(s *site, _ int64) string { return sent(s.idp.Clock.Now().Unix() - 86400) },
	hosttest.FutureTime:    func(s *site, _ int64) string { return sent(s.idp.Clock.Now().Unix() + 3600) },
	hosttest.NoAuthTime:    unusable,
	hosttest.StringTime:    unusable,
	hosttest.MillisTime:    unusable,
	hosttest.FloatTime:     unusable,
	hosttest.NegativeTime:  unusable,
	hosttest.NullTime:      unusable,
}

func sent(at int64) string { return "(auth_time " + strconv.FormatInt(at, 10) + ")" }

func unusable(*site, int64) string { return "it sent no usable auth_time" }

func TestForcedLogin_WithoutProofLeavesTheSessionAndSaysWhatTheProviderSent(t *testing.T) {
	t.Parallel()
	for kind, says := range withoutProof {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t), settings{})
			b := s.browser()
			b.signedIn("/login?idp=corp")
			proved := s.idp.Clock.Now().Unix()
			s.idp.Clock.Advance(time.Minute)
			s.idp.Set(func(k *hosttest.Knobs) { k.AuthTime = kind })
			b.unchanged(func() {
				a := b.get("/login?idp=corp&force_auth=true")
				s.helpful(a, "reauth_not_performed")
				if want := says(s, proved); !strings.Contains(a.Body, want) {
					t.Errorf("the page does not say %q:\n%s", want, a.Body)
				}
			})
			if events := s.audited("refused"); len(events) != 1 || events[0].Code != "reauth_not_performed" || events[0].Provider != "corp" {
				t.Errorf("audited: %+v", events)
			}
		})
	}
}

func TestForcedLogin_WithoutProofAndWithoutSessionSignsInAndWithholds(t *testing.T) {
	t.Parallel()
	for kind := range withoutProof {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t), settings{Provider: "challenged: trusted"})
			s.browser().signedIn("/login?idp=corp") // somebody's SSO session of ten minutes ago
			s.idp.Clock.Advance(10 * time.Minute)
			s.idp.Set(func(k *hosttest.Knobs) { k.AuthTime, k.Challenged = kind, true })
			d := s.browser().signedIn("/login?idp=corp&force_auth=true")
			if d.level("Authenticated") == nil || d.level(freshLevel) != nil || d.level(challengedLevel) != nil {
				t.Errorf("levels %+v", d.SecurityLevels)
			}
		})
	}
}

func TestForcedLogin_ProvedRaisesTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	first := b.signedIn("/login?idp=corp")
	old := b.bearing()
	s.idp.Clock.Advance(10 * time.Minute)
	d := b.signedIn("/login?idp=corp&force_auth=true")
	now := s.idp.Clock.Now()
	if fresh := d.level(freshLevel); fresh == nil || fresh.Until != now.Unix()+300 {
		t.Errorf("%+v", d.SecurityLevels)
	}
	if d.User.Timestamp != now.UnixMilli() || d.User.Timestamp == first.User.Timestamp {
		t.Errorf("timestamp %d", d.User.Timestamp)
	}
	if old.session().Authenticated {
		t.Error("the handle before the login still opens a session")
	}
}

// A provider's clock that is ahead, or that stands still, proves nothing new.
func TestForcedLogin_ARepeatedAuthTimeIsNoProofEvenWithinTheSkew(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, ignoresPrompt), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(3 * time.Second) // auth_time lies within reauth_skew of the request
	b.unchanged(func() {
		a := b.get("/login?idp=corp&force_auth=true")
		s.helpful(a, "reauth_not_performed")
	})
	if !strings.Contains(s.log.String(), "not later than the session's") {
		t.Log(s.log)
		t.Error("the log does not say that auth_time is the session's own")
	}
}

func TestChallenged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setting string
		claim   any
		proved  bool
	}{
		"trusted true":         {"challenged: trusted", true, true},
		"trusted false":        {"challenged: trusted", false, false},
		"trusted string true":  {"challenged: trusted", "true", false},
		"trusted number 1":     {"challenged: trusted", 1, false},
		"trusted null":         {"challenged: trusted", nil, false},
		"trusted list of true": {"challenged: trusted", []bool{true}, false},
		"ignored true":         {"challenged: ignored", true, false},
		"not configured true":  {"", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t, ignoresPrompt), settings{Provider: c.setting})
			b := s.browser()
			b.signedIn("/login?idp=corp")
			s.idp.Clock.Advance(10 * time.Minute) // only the challenge can prove anything now
			s.idp.Set(func(k *hosttest.Knobs) { k.Claims = map[string]any{"challenged": c.claim} })
			if !c.proved {
				b.unchanged(func() { s.helpful(b.get("/login?idp=corp&force_auth=true"), "reauth_not_performed") })
				other := s.browser().signedIn("/login?idp=corp&force_auth=true")
				if other.level(challengedLevel) != nil || other.level(freshLevel) != nil {
					t.Errorf("a first login holds %+v", other.SecurityLevels)
				}
				return
			}
			d := b.signedIn("/login?idp=corp&force_auth=true")
			if l := d.level(challengedLevel); l == nil || l.Until != s.idp.Clock.Now().Unix()+300 {
				t.Errorf("%+v", d.SecurityLevels)
			}
		})
	}
}

// The page tells an operator why a claim that looks like proof was none.
func TestForcedLogin_ThePageSaysWhatChallengedWas(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, ignoresPrompt), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.Clock.Advance(time.Minute)
	for _, challenged := range []bool{false, true} {
		s.idp.Set(func(k *hosttest.Knobs) { k.Claims = map[string]any{"challenged": challenged} })
		a := b.get("/login?idp=corp&force_auth=true")
		if want := fmt.Sprintf("challenged %t", challenged); a.code() != "reauth_not_performed" || !strings.Contains(a.Body, want) {
			t.Errorf("the page does not say %q: %s", want, a.Body)
		}
	}
}

func TestForcedLogin_Cancelled(t *testing.T) {
	t.Parallel()
	s, b := maxAgeSite(t, func(k *hosttest.Knobs) { k.Error = "access_denied" })
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp&force_auth=true"), "login_cancelled") })
}
