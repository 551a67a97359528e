package host_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// A step-up at one application raises the session that all of them have, and
// costs no other its handle.
func TestHandOver_AStepUpAtOneRaisesAll(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	b.get("https://shop.example.test/.doorward/start?return_to=/")
	s.idp.Clock.Advance(10 * time.Minute)
	ask := func(level string) answer {
		return s.auth(level, having(pageAt("https://shop.example.test/x"), "Cookie", handleAt(b.at("shop.example.test", sessionCookie))))
	}
	shop := b.at("shop.example.test", sessionCookie)
	admitted(t, ask(""))
	if a := ask("?level=" + freshLevel); a.StatusCode != http.StatusUnauthorized || a.Header.Get("X-Doorward-Login") == "" {
		t.Errorf("before the step-up: %s", a.Status)
	}
	wiki := b.at("wiki.example.test", sessionCookie)
	if got := b.handedOver("https://wiki.example.test/.doorward/start?return_to=%2Fadmin&level=" + freshLevel); got != "https://wiki.example.test/admin" {
		t.Fatalf("the step-up ends at %s", got)
	}
	admitted(t, ask("?level="+freshLevel))
	if b.at("shop.example.test", sessionCookie) != shop {
		t.Error("the other application's handle changed")
	}
	if b.at("wiki.example.test", sessionCookie) == wiki {
		t.Error("the handle did not change at the step-up")
	}
	if n := len(s.audited("login")) + len(s.audited("step_up")); n != 2 || len(s.audited("hand_over")) != 3 {
		t.Errorf("audited: %d sign-ins, %d hand-overs", n, len(s.audited("hand_over")))
	}
}

// As on the host's own origin, the handle that an application's origin had
// before a sign-in or step-up is dead after it: whoever knew it is not raised
// along.
func TestT23_the_handle_changes_at_an_application(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	for name, again := range map[string]string{"a step-up": "&level=" + freshLevel, "another sign-in": "&force_auth=true"} {
		b := s.browser()
		b.echoed("https://wiki.example.test/")
		b.echoed("https://office.example.test/")
		s.idp.Clock.Advance(10 * time.Minute)
		old, office := b.at("wiki.example.test", sessionCookie), b.at("office.example.test", sessionCookie)
		if got := b.handedOver("https://wiki.example.test/.doorward/start?return_to=%2Fx" + again); got != "https://wiki.example.test/x" {
			t.Fatalf("%s ends at %s", name, got)
		}
		if b.at("wiki.example.test", sessionCookie) == old {
			t.Errorf("%s left the handle as it was", name)
		}
		ask := func(at, handle string) answer {
			return s.auth("", having(having(pageAt(at), "Cookie", handleAt(handle)), "Sec-Fetch-Mode", "cors"))
		}
		admitted(t, ask("https://wiki.example.test/", b.at("wiki.example.test", sessionCookie)))
		admitted(t, ask("https://office.example.test/", office)) // of the others none is lost
		if a := ask("https://wiki.example.test/", old); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("after %s the handle before it still opens the session: %s", name, a.Status)
		}
	}
}

// A handle that somebody set before is not the one that a sign-in leaves.
func TestT23_fixation_at_an_application(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "mallory-0000" })
	attacker := s.browser()
	attacker.echoed("https://wiki.example.test/")
	theirs := attacker.at("wiki.example.test", sessionCookie)
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "alice-7f3a" })
	victim := s.browser()
	victim.jar.SetCookies(mustParse(t, "https://wiki.example.test/"), []*http.Cookie{{Name: sessionCookie, Value: theirs}})
	if got := victim.handedOver("https://wiki.example.test/.doorward/start?return_to=/"); got != "https://wiki.example.test/" {
		t.Fatalf("the sign-in ends at %s", got)
	}
	if e := victim.echoed("https://wiki.example.test/"); e.Header.Get("X-Doorward-Subject") != "alice-7f3a" || victim.at("wiki.example.test", sessionCookie) == theirs {
		t.Errorf("the victim is %s", e.Header.Get("X-Doorward-Subject"))
	}
	a := s.auth("", having(pageAt("https://wiki.example.test/"), "Cookie", handleAt(theirs)))
	if got := a.Header.Get("X-Doorward-Subject"); got != "mallory-0000" {
		t.Errorf("the attacker's handle opens the session of %q: %s %q", got, a.Status, login.Code(a.code()))
	}
}
