package host_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// mapped is a host whose partner has those mappers, and more of the
// configuration behind them.
func mapped(t testing.TB, mappers, rest string, files map[string]string) *site {
	t.Helper()
	idp := hosttest.NewProvider(t)
	return newSite(t, idp, settings{Rest: partner(idp, partnerKeys) + "    mappers:\n" + indented(mappers, 6) + rest, Files: files})
}

func indented(text string, by int) string {
	margin := strings.Repeat(" ", by)
	return margin + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+margin) + "\n"
}

// user signs in with those claims and is what the session says of the person.
func (s *site) user(changed with) document {
	s.t.Helper()
	return s.of(s.taken(s.brings(s.minted(changed))).TokenID)
}

// PNG-07: the claims become local attributes: sub gives uid.
func TestPNG07_SubToUID(t *testing.T) {
	t.Parallel()
	s := mapped(t, `
- direct: {attribute: id, path: sub}
- direct: {attribute: attributes.uid, source: idTokenClaims, path: sub}
- expression: {attribute: attributes.mail, value: 'lower({attribute-source:idTokenClaims:email})'}`, "", nil)
	d := s.user(with{"email": "Ada@Example.COM"})
	if d.User.ID != "ada" || d.User.Attributes["uid"] != "ada" || d.User.Attributes["mail"] != "ada@example.com" {
		t.Errorf("%+v", d.User)
	}
}

const keycloakRoles = `plugins:
  keycloak-roles: {module: "bundled:keycloak-roles", %s, config: {sources: [idTokenClaims], clients: [wiki]}}
`

// PNG-08: a plugin sees the sources that it is granted, one by one, and no other:
// asking for one fails the login, and says which key grants it.
func TestPNG08_UnlistedInputsAreInvisible(t *testing.T) {
	t.Parallel()
	roles := with{"realm_access": with{"roles": []string{"user"}}, "resource_access": with{"wiki": with{"roles": []string{"editor"}}, "other": with{"roles": []string{"admin"}}}}
	s := mapped(t, "- plugin: keycloak-roles", fmt.Sprintf(keycloakRoles, "sources: [idTokenClaims]"), nil)
	if d := s.user(roles); !slices.Equal(d.User.Roles, []string{"user", "wiki:editor"}) || d.level("Authenticated/Roles/wiki:editor") == nil {
		t.Errorf("roles %q, levels %v", d.User.Roles, d.paths())
	}
	blind := mapped(t, "- plugin: keycloak-roles", fmt.Sprintf(keycloakRoles, "sources: [userInfo]"), nil)
	blind.turnedAway(blind.brings(blind.minted(roles)), login.CodePluginFailed, "", "editor")
	if !strings.Contains(blind.log.String(), "plugins.keycloak-roles.sources") {
		t.Error("the log does not name the key that grants the source")
	}
}

// PNG-15: what a plugin is given is the same for every kind of login, and no
// more: the granted sources, the user so far, the login's facts, its config. It
// gets neither the token nor any header of the request.
func TestPNG15_WhatAPluginIsGiven(t *testing.T) {
	t.Parallel()
	guest, err := os.ReadFile("plugin/testdata/command.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for granted, want := range map[string][]string{"sources: [idTokenClaims]": {"idTokenClaims"}, "sources: [userInfo]": nil} {
		s := mapped(t, "- plugin: echo", "plugins:\n  echo: {module: echo.wasm, "+granted+", config: {status: 0}}\n", map[string]string{"echo.wasm": string(guest)})
		token := s.minted(nil)
		a := s.sends("", header("oidc_id_token", token, "X-Canary", "canary-9"))
		d := s.of(s.taken(a).TokenID)
		input, ok := d.User.Attributes["input"].(map[string]any)
		if !ok {
			t.Fatalf("%+v", d.User)
		}
		sources, _ := input["sources"].(map[string]any)
		if got := slices.Sorted(maps.Keys(sources)); !slices.Equal(got, want) {
			t.Errorf("%s: sees %q", granted, got)
		}
		if got := slices.Sorted(maps.Keys(input)); !slices.Equal(got, []string{"config", "login", "sources", "user", "version"}) {
			t.Errorf("%s: is given %q", granted, got)
		}
		if facts, _ := input["login"].(map[string]any); facts["protocol"] != "id-token" || facts["idp"] != "partner" {
			t.Errorf("the login is %v", facts)
		}
		if text := fmt.Sprint(input); strings.Contains(text, "canary-9") || strings.Contains(text, token) || strings.Contains(text, strings.Split(token, ".")[2]) {
			t.Error("it is given the request's headers, or the token")
		}
	}
}

// PNG-12: what the mappers made is the session's user, and decides its levels.
func TestPNG12_WhatIsMappedDecidesTheLevels(t *testing.T) {
	t.Parallel()
	s := mapped(t, "- plugin: groups-to-roles\n- expression: {attribute: userName, value: 'upper({attribute-source:idTokenClaims:preferred_username})'}", `plugins:
  groups-to-roles: {module: "bundled:groups-to-roles", sources: [idTokenClaims], config: {paths: [/idTokenClaims/groups]}}
policies: {path: policies}
levels:
  Authenticated/Engineer: {description: "an engineer, who proved it lately"}
`, rego(`grant contains {"level": "Authenticated/Engineer", "until": reauth.until("5m")} if {
	"engineering" in input.user.roles
	input.login.protocol == "id-token"
}`))
	d := s.user(with{"groups": []string{"engineering"}})
	if d.User.UserName != "ADA.L" || d.level("Authenticated/Engineer") == nil || d.level("Authenticated/Roles/engineering") == nil {
		t.Errorf("%+v %v", d.User, d.paths())
	}
	if d := s.user(with{"groups": []string{"staff"}}); d.level("Authenticated/Engineer") != nil {
		t.Error("a level without its role")
	}
	// Freshness is the token's auth_time, and not when it was brought.
	if d := s.user(with{"groups": []string{"engineering"}, "auth_time": s.idp.Clock.Now().Unix() - 600}); d.level("Authenticated/Engineer") != nil {
		t.Error("an old sign-in is fresh because its token is")
	}
	if d := s.user(with{"groups": []string{"engineering"}, "auth_time": nil}); d.level("Authenticated/Engineer") != nil {
		t.Error("a token that does not say when is fresh")
	}
}

// PNG-13: a plugin decides by what it sets and by deny, with a reason that
// people are not shown; a policy's outcome that is not declared grants nothing
// and is told.
func TestPNG13_DecisionsAndTheirOutcomes(t *testing.T) {
	t.Parallel()
	s := mapped(t, "- plugin: gate", `plugins:
  gate: {module: gate.wasm, sources: [idTokenClaims]}
policies: {path: policies}
levels:
  Authenticated/Engineer: {description: an engineer}
`, func() map[string]string {
		files := rego("grant contains input.sources.idTokenClaims.level\n")
		files["gate.wasm"] = string(fixture(t, "gate", "", ""))
		return files
	}())
	a := s.brings(s.minted(with{"denied": true}))
	s.turnedAway(a, login.CodeLoginDenied, "", "not on the list of the day\"}")
	if refused := s.audited("refused"); refused[0].Reason != "gate: not on the list of the day" || strings.Contains(a.Body, "list of the day") {
		t.Errorf("audited %+v\n%s", refused, a.Body)
	}
	if d := s.user(with{"level": "Authenticated/Engineer"}); d.level("Authenticated/Engineer") == nil {
		t.Error("an outcome that is declared is not taken")
	}
	d := s.user(with{"level": "Authenticated/Emperor"})
	if !d.Authenticated || d.level("Authenticated/Emperor") != nil {
		t.Errorf("%v", d.paths())
	}
	if got := s.withheld(""); !slices.Equal(got, []login.Reason{login.ReasonUndeclared}) {
		t.Errorf("withheld %v", got)
	}
}

// PNG-14: the older form of a reference gives the same as the newer one.
func TestPNG14_TheOlderReferenceGivesTheSame(t *testing.T) {
	t.Parallel()
	s := mapped(t, `
- expression: {attribute: attributes.newer, value: '{attribute-source:idTokenClaims:address.city}'}
- expression: {attribute: attributes.older, value: '{idp-attributes:address.city}'}`, "", nil)
	a := s.user(with{"address": with{"city": "Springfield"}}).User.Attributes
	if a["newer"] != "Springfield" || a["older"] != a["newer"] {
		t.Errorf("%v", a)
	}
}

// PNG-16, PNG-17: whose account it is goes by provider, issuer and sub, and never
// by an address: the same sub elsewhere is somebody else. A configured grant is
// what an alias list is there: a match, or none.
func TestPNG16_PNG17_TheAccountIsProviderIssuerAndSubject(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := newSite(t, idp, settings{Rest: partner(idp, partnerKeys) + "grants:\n  - {idp: partner, iss: " + idp.URL + ", sub: ada, levels: [Authenticated/Known]}\nlevels:\n  Authenticated/Known: {description: has an account}\n"})
	if d := s.user(nil); d.level("Authenticated/Known") == nil {
		t.Error("the account that is configured is not found")
	}
	if d := s.user(with{"sub": "bob", "email": "ada@example.com"}); !d.Authenticated || d.level("Authenticated/Known") != nil {
		t.Error("the same address is the same account")
	}
	idp.Set(func(k *hosttest.Knobs) { k.Subject = "ada" })
	if d := s.browser().signedIn("/login?idp=corp"); d.level("Authenticated/Known") != nil {
		t.Error("the same sub at another provider is the same account")
	}
}

// PNG-18: mapping has two steps or more, each sees what those before it made, and
// what does not fit is refused: a wrong type at the login, a source that such
// logins never have when the file is read.
func TestPNG18_StepsOfMapping(t *testing.T) {
	t.Parallel()
	s := mapped(t, `
- direct: {attribute: userName, path: upn}
- expression: {attribute: userName, value: 'lower(user.userName)'}
- expression: {attribute: attributes.short, value: 'first(split(user.userName, "@"))'}`, "", nil)
	if d := s.user(with{"upn": "Ada@Corp.Example"}); d.User.UserName != "ada@corp.example" || d.User.Attributes["short"] != "ada" {
		t.Errorf("%+v", d.User)
	}
	s.forgets()
	s.turnedAway(s.brings(s.minted(with{"upn": []string{"canary"}})), login.CodeMappingFailed, "", "canary")
	if !strings.Contains(s.log.String(), "attribute userName") || !strings.Contains(s.log.String(), "path upn") {
		t.Error("the log names neither the attribute nor the path")
	}
	for _, source := range []string{"userInfo", "tokenEndpointResponse", "authnResponse", "claimSources"} {
		_, err := config.Parse("d.yaml", []byte("public_url: https://login.example.com\nproviders: {p: {type: id-token, id_token: {issuer: https://idp.example.com, audience: [a], jwks: https://idp.example.com/k}, mappers: [{direct: {attribute: email, source: "+source+", path: email}}]}}\n"), os.LookupEnv, os.ReadFile)
		if err == nil || !strings.Contains(err.Error(), "do not have this source") {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// PNG-19: a login of which nothing is mapped is refused.
func TestPNG19_NoAttributesMapped(t *testing.T) {
	t.Parallel()
	s := mapped(t, `
- direct: {attribute: id, path: uid}
- direct: {attribute: userName, path: uid}
- direct: {attribute: firstName, path: uid}
- direct: {attribute: lastName, path: uid}
- direct: {attribute: email, path: uid}`, "", nil)
	s.turnedAway(s.brings(s.minted(nil)), login.CodeMappingFailed, "no_attributes_mapped", "ada@example.com")
	s.user(with{"uid": "ada@example.com"})
}
