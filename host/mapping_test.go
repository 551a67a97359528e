package host_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

func TestMappers_DirectAndExpressionFromTheConfiguration(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.Claims = map[string]any{"nick": "ALICE", "email": "token@example.com", "n": 7, "https://example.com/team": "blue"}
		k.UserClaims["address"] = map[string]any{"country": "CH", "lines": []string{"one", "two"}}
	}), settings{Provider: `scopes: [openid, profile, email, address]
mappers:
  - direct: {attribute: email, source: userInfo, path: email}
  - direct: {attribute: roles, source: userInfo, path: groups}
  - direct: {attribute: attributes.country, source: userInfo, path: address.country}
  - direct: {attribute: attributes.second, source: userInfo, path: 'address.lines[1]'}
  - direct: {attribute: attributes.team, path: '["https://example.com/team"]'}
  - direct: {attribute: attributes.absent, path: nothing.there}
  - expression: {attribute: userName, value: 'lower({attribute-source:idTokenClaims:nick})'}
  - expression: {attribute: attributes.label, value: 'user.userName + "/" + {idp-attributes:https://example.com/team}'}
  - expression: {attribute: attributes.next, value: '{attribute-source:idTokenClaims:n} + 1'}
  - expression: {attribute: attributes.engineer, value: 'containsAny({multi-attribute-source:userInfo:groups}, ["engineering"])'}
  - expression: {attribute: attributes.null, value: 'lower({attribute-source:idTokenClaims:absent})'}`})
	u := s.browser().signedIn("/login?idp=corp").User
	if u.ID != "alice-7f3a" || u.UserName != "alice" || u.Email != "alice@example.com" || u.FirstName != "Alice" || u.LastName != "Example" {
		t.Errorf("%+v", u)
	}
	if !slices.Equal(u.Roles, []string{"engineering", "staff"}) {
		t.Errorf("roles %q", u.Roles)
	}
	want := map[string]any{"country": "CH", "second": "two", "team": "blue", "label": "alice/blue", "next": 8.0, "engineer": true}
	if !reflect.DeepEqual(u.Attributes, want) {
		t.Errorf("attributes %v, want %v", u.Attributes, want)
	}
}

// A wrong type is nobody's empty attribute: the login fails, and the log says
// what was wrong where, without the value.
func TestMappers_AWrongTypeRefusesTheLogin(t *testing.T) {
	t.Parallel()
	const canary = "canary-value"
	for name, c := range map[string]struct {
		mapper string
		value  any
		says   []string
	}{
		"a number for email":   {"direct: {attribute: email, path: odd}", 4711222333, []string{"email", "idTokenClaims", "odd"}},
		"a string for roles":   {"direct: {attribute: roles, path: odd}", canary, []string{"roles", "idTokenClaims", "odd"}},
		"a number among roles": {"direct: {attribute: roles, path: odd}", []any{canary, 4711222333}, []string{"roles", "idTokenClaims", "odd"}},
		"a list for userName":  {"direct: {attribute: userName, path: odd}", []string{canary}, []string{"userName", "idTokenClaims", "odd"}},
		"a bool for the id":    {"direct: {attribute: id, path: odd}", true, []string{"id", "idTokenClaims", "odd"}},
		"an expression":        {"expression: {attribute: email, value: '{attribute-source:idTokenClaims:odd}'}", 4711222333, []string{"email"}},
		"an expression fails":  {"expression: {attribute: email, value: 'lower({attribute-source:idTokenClaims:odd}[0])'}", canary, []string{"email"}},
		"a default":            {"direct: {attribute: attributes.x, path: x}", nil, []string{"email", "idTokenClaims"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
				k.Claims = map[string]any{"odd": c.value}
				if c.value == nil {
					k.Claims["email"] = []string{canary}
				}
			}), settings{Provider: "mappers: [{" + c.mapper + "}]"})
			b := s.browser()
			a := b.get("/login?idp=corp")
			s.helpful(a, "mapping_failed")
			if b.session().Authenticated || b.cookie(sessionCookie) != nil {
				t.Error("somebody is signed in")
			}
			log := s.log.String()
			for _, part := range c.says {
				if !strings.Contains(log, part) {
					t.Errorf("the log does not name %s: %s", part, log)
				}
			}
			for _, secret := range []string{canary, "4711222333"} {
				if strings.Contains(log+a.Body+fmt.Sprint(s.events), secret) {
					t.Errorf("the value %s is in the log or on the page", secret)
				}
			}
		})
	}
}

// The bundled plugin, compiled and run for real.
func TestMappers_TheBundledPlugin(t *testing.T) {
	t.Parallel()
	const canary = "canary-group-7d2f"
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.UserClaims["groups"] = []string{"app-admin", canary, "app-reader"}
		k.Claims = map[string]any{"groups": []string{"staff"}, "department": canary}
	}), settings{
		Provider: "mappers:\n  - direct: {attribute: roles, source: userInfo, path: nothing}\n  - plugin: groups",
		Rest: `plugins:
  groups:
    module: bundled:groups-to-roles
    config: {prefix: "app-", rename: {staff: employee}}
    limits: {timeout: 20s}
`,
	})
	b := s.browser()
	d := b.signedIn("/login?idp=corp")
	if !slices.Equal(d.User.Roles, []string{"employee", "admin", "reader"}) {
		t.Errorf("roles %q", d.User.Roles)
	}
	d.holds(t, "Authenticated", freshLevel, "Authenticated/Roles", "Authenticated/Roles/admin", "Authenticated/Roles/employee", "Authenticated/Roles/reader")

	// Another login, with nothing of the first.
	s.idp.Set(func(k *hosttest.Knobs) { k.UserClaims["groups"], k.Claims = "app-writer", nil })
	if d := s.browser().signedIn("/login?idp=corp"); !slices.Equal(d.User.Roles, []string{"writer"}) {
		t.Errorf("the next person has the roles %q", d.User.Roles)
	}

	// A plugin that fails fails the login: nobody is signed in half-mapped.
	s.idp.Set(func(k *hosttest.Knobs) { k.UserClaims["groups"] = []any{canary, 4711} })
	other := s.browser()
	a := other.get("/login?idp=corp")
	s.helpful(a, "plugin_failed")
	b.unchanged(func() { s.helpful(b.get("/login?idp=corp"), "plugin_failed") })
	if other.session().Authenticated {
		t.Error("somebody is signed in")
	}
	if strings.Contains(s.log.String()+a.Body+fmt.Sprint(s.events)+s.metrics(), canary) {
		t.Error("the log, the page, the audit or the metrics have a group that became no role")
	}
}

func (s *site) metrics() string {
	s.t.Helper()
	resp, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil || !strings.Contains(string(text), "doorward_logins_total") {
		s.t.Fatalf("%v: %s", err, text)
	}
	return string(text)
}
