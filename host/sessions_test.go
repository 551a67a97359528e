package host_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// listed is doorward session list.
func (s *site) listed() []session.Listed {
	s.t.Helper()
	list, err := host.ListSessions(context.Background(), s.options().Config, host.SessionChoice{})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// three signs alice in twice and bob once, alice first.
func three(s *site) (alice, again, bob *browser) {
	for _, b := range []**browser{&alice, &again} {
		*b = s.browser()
		(*b).signedIn("/login?idp=corp")
		s.idp.Clock.Advance(time.Second)
	}
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "bob-11" })
	bob = s.browser()
	bob.signedIn("/login?idp=corp")
	return alice, again, bob
}

// whoLives says which of the browsers still has a session.
func whoLives(browsers ...*browser) string {
	out := ""
	for _, b := range browsers {
		if b.session().Authenticated {
			out += "+"
		} else {
			out += "-"
		}
	}
	return out
}

func TestSessionsPage_ListsAndEnds(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	alice, again, bob := three(s)
	page := plainText(bob.get("/console/sessions").Body)
	for _, want := range []string{"3 live now", "corp", "Authenticated/Roles/operators", "yours", "Go-http-client"} {
		if want == "Go-http-client" {
			want = "a program"
		}
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q\n%s", want, page)
		}
	}
	list := s.listed()
	if len(list) != 3 || list[1].Person != list[2].Person || list[0].Person == list[1].Person {
		t.Fatalf("%+v", list)
	}
	if page := plainText(bob.get("/console/sessions?person=" + list[1].Person).Body); !strings.Contains(page, "2 of one person") || strings.Contains(page, "yours") {
		t.Errorf("one person's:\n%s", page)
	}

	a := bob.post("/console/sessions/revoke", url.Values{"id": {list[1].ID}})
	if a.Request.URL.RequestURI() != "/console/sessions?revoked=1" || whoLives(alice, again, bob) != "+-+" {
		t.Errorf("one: %s, %s live", a.Request.URL, whoLives(alice, again, bob))
	}
	s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "alice-7f3a" })
	again.signedIn("/login?idp=corp")
	bob.post("/console/sessions/revoke", url.Values{"person": {list[2].ID}})
	if got := whoLives(alice, again, bob); got != "--+" {
		t.Errorf("a person's: %s live", got)
	}
	if e := s.audited("session_revoked"); len(e) != 2 || e[0].Session != list[1].ID || e[0].Sessions != 1 || e[1].Sessions != 2 || e[0].By != list[0].ID {
		t.Errorf("audited: %+v", e)
	}
}

func TestSessionsPage_AllAreEndedOnlyWhenConfirmed(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	alice, again, bob := three(s)
	a := bob.post("/console/sessions/revoke", url.Values{"all": {"yes"}})
	if !strings.Contains(a.Body, "End all sessions?") || whoLives(alice, again, bob) != "+++" {
		t.Fatalf("without a question: %s\n%s", whoLives(alice, again, bob), a.Body)
	}
	for _, form := range []url.Values{
		{}, {"all": {"true"}}, {"confirm": {"yes"}}, {"id": {"x"}, "all": {"yes"}, "confirm": {"yes"}}, {"unknown": {"x"}}, {"id": {"a", "b"}},
	} {
		if a := bob.post("/console/sessions/revoke", form); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: %s", form, a.Status)
		}
	}
	if a := bob.post("/console/sessions/revoke", url.Values{"id": {"00"}}); a.Request.URL.RawQuery != "revoked=0" {
		t.Errorf("an unknown id: %s %s", a.Status, a.Request.URL)
	}
	if got := whoLives(alice, again, bob); got != "+++" {
		t.Fatalf("%s live", got)
	}
	bob.postStep("/console/sessions/revoke", url.Values{"all": {"yes"}, "confirm": {"yes"}}) // behind it, the provider would sign bob in again
	if got := whoLives(alice, again, bob); got != "---" {
		t.Errorf("%s live", got)
	}
}

func TestSessionCommands_OfARunningHostAndOfAStoppedOne(t *testing.T) {
	t.Parallel()
	for _, running := range []bool{true, false} {
		s := newSite(t, hosttest.NewProvider(t), settings{})
		cfg := s.options().Config
		var told []login.Event
		revoke := func(choice host.SessionChoice) int {
			t.Helper()
			if !running {
				s.stop()
				defer s.start()
			}
			revoked, err := host.RevokeSessions(context.Background(), cfg, choice, func(_ context.Context, e login.Event) { told = append(told, e) })
			if err != nil {
				t.Fatalf("running %v: %+v: %v", running, choice, err)
			}
			return revoked.Sessions
		}
		alice, again, bob := three(s)
		list := s.listed()
		if len(list) != 3 || list[0].IdP != "corp" || list[0].Device != "a program" || len(list[0].Levels) == 0 || list[0].LastUsed.IsZero() {
			t.Fatalf("%+v", list)
		}
		if n := revoke(host.SessionChoice{ID: strings.ToUpper(list[2].ID[:12])}); n != 1 || whoLives(alice, again, bob) != "-++" {
			t.Errorf("running %v: by the ID's beginning: %d, %s", running, n, whoLives(alice, again, bob))
		}
		if n := revoke(host.SessionChoice{Person: login.Person{IdP: "other", Issuer: s.idp.URL, Subject: "bob-11"}}); n != 0 {
			t.Errorf("running %v: at another provider: %d", running, n)
		}
		if n := revoke(host.SessionChoice{Person: login.Person{IdP: "corp", Issuer: s.idp.URL, Subject: "bob-11"}}); n != 1 || whoLives(again, bob) != "+-" {
			t.Errorf("running %v: a person's: %d, %s", running, n, whoLives(again, bob))
		}
		if n := revoke(host.SessionChoice{SamePerson: list[1].ID}); n != 1 || whoLives(again) != "-" {
			t.Errorf("running %v: the same person's: %d", running, n)
		}
		bob.signedIn("/login?idp=corp")
		if n := revoke(host.SessionChoice{All: true}); n != 1 || whoLives(bob) != "-" {
			t.Errorf("running %v: all: %d", running, n)
		}
		audited := s.audited("session_revoked")
		if !running {
			audited = told
		}
		if len(audited) != 4 || audited[0].By != "command" || audited[0].Session != list[2].ID || audited[3].Sessions != 1 {
			t.Errorf("running %v: audited %+v", running, audited)
		}
	}
}

func TestSessionCommands_RefuseWhatIsNotOne(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	id := s.listed()[0].ID
	for name, choice := range map[string]host.SessionChoice{
		"nothing":     {},
		"too short":   {ID: id[:3]},
		"unknown":     {ID: "0123456789abcdef0123456789abcdef"},
		"longer":      {ID: id + "0"},
		"half a name": {Person: login.Person{Issuer: s.idp.URL}},
		"someone":     {SamePerson: "ffff"},
	} {
		if _, err := host.RevokeSessions(context.Background(), s.options().Config, choice, nil); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !b.session().Authenticated {
		t.Error("the session was ended")
	}
}

// A whole ID is asked for as it is, in either case of its letters; one that no
// session has is refused in the same words as a beginning.
func TestSessionCommands_AWholeID(t *testing.T) {
	t.Parallel()
	for _, running := range []bool{true, false} {
		s := newSite(t, hosttest.NewProvider(t), settings{})
		cfg := s.options().Config
		alice, again, bob := three(s)
		list := s.listed()
		if !running {
			s.stop()
		}
		revoke := func(choice host.SessionChoice) (host.Revoked, error) {
			return host.RevokeSessions(context.Background(), cfg, choice, nil)
		}
		for _, id := range []string{strings.Repeat("0", 32), strings.Repeat("F", 32)} {
			for _, choice := range []host.SessionChoice{{ID: id}, {SamePerson: id}} {
				if revoked, err := revoke(choice); err == nil || revoked != (host.Revoked{}) || !strings.Contains(err.Error(), "see doorward session list") {
					t.Errorf("running %v: %+v: %+v, %v", running, choice, revoked, err)
				}
			}
		}
		if revoked, err := revoke(host.SessionChoice{ID: strings.ToUpper(list[0].ID)}); err != nil || revoked.Sessions != 1 || revoked.ID != list[0].ID {
			t.Errorf("running %v: %+v, %v", running, revoked, err)
		}
		if revoked, err := revoke(host.SessionChoice{SamePerson: strings.ToUpper(list[2].ID)}); err != nil || revoked.Sessions != 2 || revoked.ID != list[2].ID {
			t.Errorf("running %v: a person's: %+v, %v", running, revoked, err)
		}
		if _, err := revoke(host.SessionChoice{ID: list[0].ID}); err == nil {
			t.Errorf("running %v: one that has ended was ended again", running)
		}
		if !running {
			s.start()
		}
		if got := whoLives(alice, again, bob); got != "---" {
			t.Errorf("running %v: %s live", running, got)
		}
	}
}
