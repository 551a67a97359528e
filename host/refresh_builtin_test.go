package host_test

import (
	"context"
	"html"
	"net/url"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/idp/people"
)

// badge signs in at the built-in provider.
func (b *browser) badge(number string) {
	b.t.Helper()
	page := b.get("/login?idp=staff")
	m := sealedRequest.FindStringSubmatch(page.Body)
	if m == nil {
		b.t.Fatalf("no form: %s\n%s", page.Status, page.Body)
	}
	b.post("/idp/sign-in", url.Values{"request": {html.UnescapeString(m[1])}, "method": {"badge"}, "badge": {number}})
}

// TestT24_ARoleThatIsTakenAwayAtTheBuiltInProvider is gone with the access
// token, as it is at any other provider, and a person who is disabled is signed
// out; nobody is asked for that, and it outlasts the provider's own session.
func TestT24_ARoleThatIsTakenAwayAtTheBuiltInProvider(t *testing.T) {
	t.Parallel()
	with := staff(t)
	with.Top = "session: {idle: 12h, absolute: 48h}"
	with.Builtin += "\nsign_in: {methods: [badge]}\nmappers:\n  - direct: {attribute: roles, source: userInfo, path: roles}"
	s := newSite(t, hosttest.NewProvider(t), with)
	do := func(ask host.PeopleRequest) {
		t.Helper()
		if _, err := host.People(context.Background(), s.options().Config, ask, nil); err != nil {
			t.Fatal(err)
		}
	}
	roles := func(list ...string) *people.Change { return &people.Change{Roles: &list} }
	user := "bob"
	do(host.PeopleRequest{Do: "add", New: &people.New{Change: people.Change{UserName: &user, Roles: &[]string{"admin", "staff"}}, Badges: []string{"4711"}}})
	b := s.browser()
	b.badge("4711")
	if d := b.session(); d.level(adminRole) == nil {
		t.Fatalf("held are %q\n%s", d.paths(), s.log)
	}
	do(host.PeopleRequest{Do: "set", UserName: "bob", Change: roles("staff")})
	if d := b.session(); d.level(adminRole) == nil {
		t.Error("a role is gone that the provider vouched for")
	}
	for range 5 { // the provider's own session is over after half an hour
		s.idp.Clock.Advance(time.Hour)
		b.session().holds(t, "Authenticated", "Authenticated/Roles", "Authenticated/Roles/staff")
	}
	do(host.PeopleRequest{Do: "set", UserName: "bob", Change: roles("admin")})
	s.idp.Clock.Advance(time.Hour)
	b.session().holds(t, "Authenticated", "Authenticated/Roles", adminRole)
	do(host.PeopleRequest{Do: "disable", UserName: "bob"})
	s.idp.Clock.Advance(time.Hour)
	if b.session().Authenticated {
		t.Error("a person who is disabled is signed in")
	}
}

// Without refreshing the built-in provider is asked for no refresh token.
func TestTheBuiltInProviderIsNotRefreshedWhereThatIsOff(t *testing.T) {
	t.Parallel()
	with := staff(t)
	with.Builtin += "\nsign_in: {methods: [badge]}\nrefresh: {mode: off}"
	s := newSite(t, hosttest.NewProvider(t), with)
	b := s.browser()
	b.badge("7777")
	response := b.session().IdPAttributes["tokenEndpointResponse"]
	if _, has := response["refresh_token"]; has || response["access_token"] == nil {
		t.Errorf("%v", response)
	}
	if n := len(s.audited("refreshed")) + len(s.audited("logout")); n != 0 {
		t.Errorf("%d events", n)
	}
}
