package host_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// overage is what a provider says of groups that do not fit into its tokens.
func overage(k *hosttest.Knobs) {
	k.Claims = map[string]any{
		"_claim_names":   map[string]any{"groups": "src1"},
		"_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://graph.windows.net/x/getMemberObjects", "access_token": "canary-source-token-41d7"}},
	}
}

// Groups that are kept elsewhere are there for direct mappers, plugins and
// rules. When they cannot be had, nobody signs in by default; with on_failure:
// continue no rule that rests on them grants anything, "not suspended" least of
// all, and whatever happens, the source's own token is shown to nobody.
func TestT50_groups_that_are_kept_elsewhere(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/v1/groups" {
			_, _ = w.Write([]byte(`{"value":[{"id":"app-engineer"},{"id":"staff"}]}`))
			return
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer elsewhere.Close()
	with := func(path, onFailure string) settings {
		return settings{
			Provider: "claim_sources: {allow: ['" + elsewhere.URL + "/v1/'], endpoints: {groups: '" + elsewhere.URL + path + "'}, on_failure: " + onFailure + `}
mappers:
  - direct: {attribute: attributes.teams, source: claimSources, path: groups}
  - plugin: groups-to-roles`,
			Files: map[string]string{"policies/levels.rego": `package doorward.levels

grant contains "Authenticated/Staff" if "staff" in input.sources.claimSources.groups

grant contains "Authenticated/Active" if not "suspended" in input.sources.claimSources.groups

grant contains "Authenticated/Teams" if not "suspended" in input.user.attributes.teams

grant contains "Authenticated/Known" if input.sources.idTokenClaims.sub
`},
			Rest: `
plugins:
  groups-to-roles: {module: 'bundled:groups-to-roles', sources: [claimSources], config: {paths: [/claimSources/groups], prefix: app-}}
levels: {Authenticated/Staff: {}, Authenticated/Active: {}, Authenticated/Known: {}, Authenticated/Teams: {}}
policies: {path: policies/}
`,
		}
	}
	canary := func(s *site, b *browser) {
		t.Helper()
		if told := s.log.String() + string(b.get("/session").Body); strings.Contains(told, "canary-source-token-41d7") {
			t.Error("the source's access token is shown")
		}
	}
	rests := []string{"Authenticated/Staff", "Authenticated/Active", "Authenticated/Teams"}

	s := newSite(t, hosttest.NewProvider(t, overage), with("/v1/groups", "refuse"))
	b := s.browser()
	b.get("/login?idp=corp")
	d := b.session()
	for _, path := range append(rests, "Authenticated/Known", "Authenticated/Roles/engineer") {
		if d.level(path) == nil {
			t.Errorf("%s is not held", path)
		}
	}
	if !slices.Equal(d.User.Roles, []string{"engineer"}) || d.IdPAttributes["claimSources"] == nil {
		t.Errorf("roles %v, document %v", d.User.Roles, d.IdPAttributes)
	}
	canary(s, b)

	s = newSite(t, hosttest.NewProvider(t, overage), with("/v1/gone", "refuse"))
	b = s.browser()
	s.refused(b, b.get("/login?idp=corp"), login.CodeClaimSourceFailed)
	canary(s, b)

	s = newSite(t, hosttest.NewProvider(t, overage), with("/v1/gone", "continue"))
	b = s.browser()
	b.get("/login?idp=corp")
	d = b.session()
	if !d.Authenticated || d.level("Authenticated/Known") == nil {
		t.Fatalf("authenticated %t, levels %+v\n%s", d.Authenticated, d.SecurityLevels, s.log)
	}
	withheld := withheldBy(s.audited("login"))
	for _, path := range rests {
		if d.level(path) != nil || withheld[path] != login.ReasonSourceFailed {
			t.Errorf("%s: held %t, withheld for %q", path, d.level(path) != nil, withheld[path])
		}
	}
	canary(s, b)
}
