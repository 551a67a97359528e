package host_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
)

func TestSession_EndsWhenItIsIdle(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: "session: {idle: 10m, absolute: 12h}"})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for range 5 {
		s.idp.Clock.Advance(10*time.Minute - time.Second)
		if !b.session().Authenticated {
			t.Fatal("a session that is used ended")
		}
	}
	s.idp.Clock.Advance(10 * time.Minute)
	d := b.session()
	if d.Authenticated || d.User.ID != "" || len(d.IdPAttributes) != 0 {
		t.Errorf("an idle session is still there: %+v", d)
	}
}

func TestSession_EndsAtItsAbsoluteLifetimeHoweverUsed(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: "session: {idle: 10m, absolute: 1h}"})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for range 11 {
		s.idp.Clock.Advance(5 * time.Minute)
		if !b.session().Authenticated {
			t.Fatal("the session ended early")
		}
	}
	s.idp.Clock.Advance(5*time.Minute - time.Millisecond)
	if !b.session().Authenticated {
		t.Error("the session ended a millisecond early")
	}
	s.idp.Clock.Advance(time.Millisecond)
	if b.session().Authenticated {
		t.Error("the session outlives its absolute lifetime")
	}
}

func TestSession_TimestampIsTheMillisecondOfTheAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	callback := b.approve(b.begin("/login?idp=corp"))
	s.idp.Clock.Advance(1234 * time.Millisecond)
	b.get(callback)
	want := s.idp.Clock.Now().UnixMilli()
	if d := b.session(); d.User.Timestamp != want || want%1000 != 234 {
		t.Errorf("timestamp %d, want %d", d.User.Timestamp, want)
	}
	s.idp.Clock.Advance(time.Minute)
	s.stop()
	s.start()
	if d := b.session(); d.User.Timestamp != want {
		t.Errorf("after a restart: timestamp %d, want %d", d.User.Timestamp, want)
	}
}

func TestSession_SurvivesARestart(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b, other := s.browser(), s.browser()
	b.signedIn("/login?idp=corp")
	callback := other.approve(other.begin("/login?idp=corp&return_to=/there")) // a login in progress
	b.unchanged(func() {
		s.stop()
		s.start()
	})
	if a := other.step(callback); a.Header.Get("Location") != "/there" || !other.session().Authenticated {
		t.Errorf("the login in progress: %s %s", a.Status, a.code())
	}
}

func TestSession_TheCookieIsAHostCookie(t *testing.T) {
	t.Parallel()
	b := newSite(t, hosttest.NewProvider(t), settings{}).browser()
	begun := b.step("/login?idp=corp")
	to, err := begun.Location()
	if err != nil {
		t.Fatal(err)
	}
	done := b.step(b.approve(to))
	for _, c := range append(begun.Cookies(), done.Cookies()...) {
		if !strings.HasPrefix(c.Name, sessionCookie) || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("%+v", c)
		}
		if c.Name == sessionCookie && (c.MaxAge != 0 || !c.Expires.IsZero()) {
			t.Errorf("the session's cookie outlives the browser: %+v", c)
		}
	}
	if len(begun.Cookies()) != 1 || len(done.Cookies()) != 2 {
		t.Errorf("cookies: %v, then %v", begun.Cookies(), done.Cookies())
	}
}

func TestRotateKeys_SessionsAndLoginsInProgressSurviveOne(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b, during := s.browser(), s.browser()
	b.signedIn("/login?idp=corp")
	callback := during.approve(during.begin("/login?idp=corp&return_to=/there"))
	late := s.browser().approve(s.browser().begin("/login?idp=corp"))
	rotate := func() {
		before, err := host.ListKeys(context.Background(), s.options().Config)
		if err != nil {
			t.Fatal(err)
		}
		after, err := host.RotateKeys(context.Background(), s.options().Config)
		if err != nil || len(after) != 2 || fmt.Sprint(after[1].ID) != fmt.Sprint(before[0].ID) || after[0].ID == before[0].ID {
			t.Fatalf("%+v became %+v: %v", before, after, err)
		}
	}
	b.unchanged(rotate)
	if a := during.step(callback); a.Header.Get("Location") != "/there" || !during.session().Authenticated {
		t.Errorf("the login in progress: %s %s", a.Status, a.code())
	}
	s.stop() // writes down what was used: sealed anew, with the current key
	s.start()
	b.unchanged(rotate)
	s.helpful(during.get(late), "state_unknown")
	if d := s.browser().signedIn("/login?idp=corp"); !d.Authenticated {
		t.Error("nobody can sign in after a rotation")
	}
}

// A login in progress whose key has gone, two rotations later, is begun anew.
func TestRotateKeys_ALoginInProgressDoesNotSurviveTwo(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	callback := b.approve(b.begin("/login?idp=corp"))
	for range 2 {
		if _, err := host.RotateKeys(context.Background(), s.options().Config); err != nil {
			t.Fatal(err)
		}
	}
	a := b.get(callback)
	s.helpful(a, "state_unknown")
	if !strings.Contains(a.Body, `href="/login"`) {
		t.Error("the page does not offer to start again")
	}
}
