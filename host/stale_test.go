package host_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// lasting are the parameters of an authorization request that do not change
// when the same is asked once more.
func lasting(authorize *url.URL) url.Values {
	q := authorize.Query()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		q.Del(name)
	}
	return q
}

// An answer that came too late is asked for once more, with everything that was
// asked for, and the login ends where the first would have.
func TestCallback_AStaleAnswerIsAskedForOnceMore(t *testing.T) {
	t.Parallel()
	const office = "https://office.example.test/vault/7?x=1&y=%2F"
	for _, c := range []struct {
		name, query, target, app string
		signedIn                 bool
		level                    string
		sent                     url.Values // of the authorization request
	}{
		{"a first login", "&login_hint=alice", office, "vault", false, "", url.Values{"login_hint": {"alice"}}},
		{"forced", "&force_auth=true&login_hint=alice", office + "#there", "vault", true, freshLevel, url.Values{"prompt": {"login"}, "login_hint": {"alice"}}},
		{"with an age", "&max_age=60", office, "vault", true, freshLevel, url.Values{"max_age": {"60"}}},
		{"a level", "&level=" + freshLevel, office, "vault", true, freshLevel, url.Values{"prompt": {"login"}}},
		{"all at once", "&level=" + freshLevel + "&force_auth=true&max_age=30&login_hint=alice&app=vault", office, "vault", true, freshLevel,
			url.Values{"prompt": {"login"}, "max_age": {"1"}, "login_hint": {"alice"}}}, // force_auth asks for the least age
		{"a page of the host", "&level=" + freshLevel, "/there?a=b", "", true, freshLevel, url.Values{"prompt": {"login"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newOpen(t)
			b := s.browser()
			if c.signedIn {
				b.signedIn("/login?idp=corp")
				s.idp.Clock.Advance(10 * time.Minute)
			}
			s.idp.ResetCalls()
			first := b.begin("/login?idp=corp&return_to=" + url.QueryEscape(c.target) + c.query)
			for name, want := range c.sent {
				if got := first.Query()[name]; !slices.Equal(got, want) {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			callback := b.approve(first)
			s.idp.Clock.Advance(11 * time.Minute)
			again, err := b.step(callback).Location()
			if err != nil || !strings.HasPrefix(again.String(), s.idp.URL+"/") {
				t.Fatalf("a stale answer leads to %v", again)
			}
			if got, want := lasting(again), lasting(first); !maps.EqualFunc(got, want, slices.Equal) {
				t.Errorf("asked once more for %v, at first for %v", got, want)
			}
			for _, name := range []string{"state", "nonce", "code_challenge"} {
				if again.Query().Get(name) == first.Query().Get(name) || again.Query().Get(name) == "" {
					t.Errorf("%s is the first one's", name)
				}
			}
			if a := b.step(callback); a.code() != string(login.CodeStateUnknown) {
				t.Errorf("the stale answer once more: %s %q", a.Status, a.code())
			}
			a := b.step(b.approve(again))
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != c.target {
				t.Errorf("it ends with %s %q at %q", a.Status, a.code(), a.Header.Get("Location"))
			}
			if n := s.idp.Calls(hosttest.Authorize); n != 2 {
				t.Errorf("the provider was asked %d times", n)
			}
			kind, level := "login", ""
			if strings.Contains(c.query, "max_age=") {
				kind = "step_up"
			}
			if strings.Contains(c.query, "level=") {
				kind, level = "step_up", freshLevel
			}
			if e := s.audited(kind); len(e) == 0 || e[len(e)-1].App != c.app || e[len(e)-1].Level != level {
				t.Errorf("audited: %+v", e)
			}
			if d := b.session(); !d.Authenticated || c.level != "" && d.level(c.level) == nil {
				t.Errorf("the session holds %+v", d.SecurityLevels)
			}
		})
	}
}

// The same, behind an application: the person is at the provider for longer than
// the hand-over waits, and comes to the page, with its fragment, all the same.
func TestHandOver_AStaleAnswerEndsAtTheTarget(t *testing.T) {
	t.Parallel()
	for _, more := range []url.Values{
		{}, {"level": {freshLevel}}, {"force_auth": {"true"}, "max_age": {"60"}}, {"level": {freshLevel}, "force_auth": {"true"}, "max_age": {"0"}, "login_hint": {"alice"}, "idp": {"corp"}},
	} {
		s := newOpen(t)
		b := s.browser()
		query := url.Values{"return_to": {"/vault/7?x=1"}, "fragment": {"there"}}
		maps.Copy(query, more)
		to, err := b.step("https://office.example.test/.doorward/start?" + query.Encode()).Location()
		if err != nil {
			t.Fatal(err)
		}
		first := b.begin(to.String())
		callback := b.approve(first)
		s.idp.Clock.Advance(11 * time.Minute)
		again, err := b.step(callback).Location()
		if err != nil || !maps.EqualFunc(lasting(again), lasting(first), slices.Equal) {
			t.Fatalf("%v: a stale answer leads to %v, at first to %v", more, again, first)
		}
		finish, err := b.step(b.approve(again)).Location()
		if err != nil {
			t.Fatal(err)
		}
		s.idp.Clock.Advance(6 * time.Second) // the hand-over is begun anew too; where a proof was asked for, it is given then
		if got := b.handedOver(finish.String()); got != "https://office.example.test/vault/7?x=1#there" {
			t.Errorf("%v ends at %s", more, got)
		}
		if e := b.echoed("https://office.example.test/vault/7?x=1"); !strings.Contains(e.Header.Get("X-Doorward-Levels"), freshLevel) {
			t.Errorf("%v: the application is told %s", more, e.Header.Get("X-Doorward-Levels"))
		}
	}
}
