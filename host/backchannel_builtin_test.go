package host_test

import (
	"html"
	"net/url"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// atStaff is a browser in which the configured person is signed in at the
// built-in provider, and here.
func (s *site) atStaff() *browser {
	s.t.Helper()
	b := s.browser()
	b.get("/login?idp=staff").submit(b, "method", "badge", "badge", "7777")
	if !b.session().Authenticated {
		s.t.Fatalf("nobody is signed in\n%s", s.log)
	}
	return b
}

// submit sends the form of one of the built-in provider's pages.
func (a answer) submit(b *browser, fields ...string) answer {
	b.t.Helper()
	action, _ := hosttest.FormPost(a.Body)
	m := sealedRequest.FindStringSubmatch(a.Body)
	if m == nil || action == "" {
		b.t.Fatalf("no form: %s\n%s", a.Status, a.Body)
	}
	form := url.Values{"request": {html.UnescapeString(m[1])}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.post(action, form)
}

func newStaff(t *testing.T) *site {
	with := staff(t)
	with.Files["people.yaml"] = "people: [{user_name: conf, subject: c-1, name: Configured One, badges: ['7777']}, {user_name: other, subject: c-2, badges: ['8888']}]\n"
	with.Builtin += "\nsign_in: {methods: [badge]}"
	return newSite(t, hosttest.NewProvider(t), with)
}

// A sign-out at the built-in provider ends the session that came of it here, and
// no other of the person's; nothing goes over the network for it.
func TestABuiltInSignOutEndsTheHostsSession(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	b, other := s.atStaff(), s.atStaff()
	b.get("/idp/end_session").submit(b)
	s.eventually("the session ends", func() bool { return !b.session().Authenticated })
	if !other.session().Authenticated {
		t.Error("the session of another browser ended")
	}
	told := s.audited("provider_logout")
	if len(told) != 1 || told[0].Provider != "staff" || told[0].Sessions != 1 || told[0].Person != s.audited("login")[0].Person {
		t.Errorf("audited %+v", told)
	}
	// The way round: what ends here ends there, and is told once.
	action, fields := hosttest.FormPost(other.post("/logout", nil).Body)
	other.post(action, fields)
	if a := other.get("/login?idp=staff"); !sealedRequest.MatchString(a.Body) {
		t.Errorf("the provider does not ask who it is: %s", a.Body)
	}
	s.eventually("the notice is noted", func() bool { return s.host.Stored("idp.logouts") == 0 })
	if n := len(s.audited("provider_logout")); n != 1 {
		t.Errorf("%d sessions ended twice", n-1)
	}
}

// Somebody else who answers a step-up takes the provider's session, and leaves
// the host's as it was; one who signs in as themselves takes that, too.
func TestABuiltInSignInBySomebodyElse(t *testing.T) {
	t.Parallel()
	s := newStaff(t)
	b := s.atStaff()
	s.idp.Clock.Advance(6 * time.Minute)
	s.helpful(b.get("/login?level=Authenticated/Fresh").submit(b, "method", "badge", "badge", "8888"), string(login.CodePersonMismatch))
	s.eventually("the notices are sent", func() bool { return s.host.Stored("idp.logouts") == 0 })
	if d := b.session(); d.User.ID != "c-1" {
		t.Errorf("after a step-up by somebody else the session is %+v", d.User)
	}
	b.get("/login?force_auth=true&idp=staff").submit(b, "method", "badge", "badge", "7777")
	old := b.bearing()
	b.get("/login?force_auth=true&idp=staff").submit(b, "method", "badge", "badge", "8888")
	if d := b.session(); d.User.ID != "c-2" || old.session().Authenticated {
		t.Errorf("the session is of %q; the one before goes on: %v", d.User.ID, old.session().Authenticated)
	}
}
