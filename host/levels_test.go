package host_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// rego is a policy file of these rules.
func rego(rules string) map[string]string {
	return map[string]string{"policies/levels.rego": "package doorward.levels\n\nimport data.doorward.claims\nimport data.doorward.reauth\n\n" + rules}
}

const manyLevels = `policies: {path: policies}
levels:
  Authenticated/Fresh: {step_up: true}
  Authenticated/Fresh/Admin: {description: a fresh administrator}
  Authenticated/Engineer: {description: works in engineering}
  Authenticated/Active: {description: not suspended}
  Authenticated/Team: {description: of the blue team}
  Authenticated/Broken: {description: its rule fails}
  Authenticated/Teams: {group: true}
  Authenticated/Teams/Blue: {description: the blue team}
  Terminal: {description: a terminal on the shop floor}
`

// paths lists the held levels.
func (d document) paths() []string { return under("", d.SecurityLevels) }

func under(prefix string, nodes []node) (list []string) {
	for _, n := range nodes {
		list = append(list, prefix+n.Name)
		list = append(list, under(prefix+n.Name+"/", n.Children)...)
	}
	slices.Sort(list)
	return list
}

func (d document) holds(t *testing.T, want ...string) {
	t.Helper()
	if got := d.paths(); !slices.Equal(got, want) {
		t.Errorf("held are %q, want %q", got, want)
	}
}

// withheld is why a level was withheld at the last sign-in.
func (s *site) withheld(path string) (reasons []login.Reason) {
	s.t.Helper()
	events := s.audited("login")
	for _, w := range events[len(events)-1].Withheld {
		if w.Path == path {
			reasons = append(reasons, w.Reason)
		}
	}
	return reasons
}

func TestLevels_AChildEndsWithItsParentAndAGroupWithItsLastChild(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: manyLevels, Files: rego(`
grant contains {"level": "Authenticated/Fresh", "until": reauth.until("5m")}
grant contains "Authenticated/Fresh/Admin"
grant contains {"level": "Authenticated/Teams/Blue", "until": reauth.until("1m")}
`)})
	b := s.browser()
	d := b.signedIn("/login?idp=corp")
	at := s.idp.Clock.Now().Unix()
	d.holds(t, "Authenticated", freshLevel, freshLevel+"/Admin", "Authenticated/Teams", "Authenticated/Teams/Blue")
	for path, until := range map[string]int64{
		"Authenticated": 0, freshLevel: at + 300, freshLevel + "/Admin": at + 300, "Authenticated/Teams": at + 60, "Authenticated/Teams/Blue": at + 60,
	} {
		if got := d.level(path).Until; got != until {
			t.Errorf("%s ends at %d, want %d", path, got, until)
		}
	}
	s.idp.Clock.Advance(time.Minute)
	b.session().holds(t, "Authenticated", freshLevel, freshLevel+"/Admin")
	s.idp.Clock.Advance(4 * time.Minute)
	b.session().holds(t, "Authenticated")
}

func TestLevels_RolesAreLevelsOfTheirName(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.Claims = map[string]any{
			"roles":  []string{"admin", "Admin", "a/b", "../Fresh", "with space", "admin"},
			"wanted": []string{"Authenticated/Roles/forged", "SecurityZones/forged", "Authenticated/Nope"},
		}
	}), settings{Provider: "mappers: [{direct: {attribute: roles, path: roles}}]", Rest: manyLevels, Files: rego(`
grant contains path if some path in input.sources.idTokenClaims.wanted
grant contains "Authenticated/Engineer" if "admin" in input.user.roles
`)})
	s.browser().signedIn("/login?idp=corp").holds(t, "Authenticated", "Authenticated/Engineer", "Authenticated/Roles",
		"Authenticated/Roles/Admin", "Authenticated/Roles/admin", "Authenticated/Roles/with space")
	// A path that a rule made of a claim is a claim, and so is a role's that is no
	// level: they stand nowhere.
	want := []login.Reason{login.ReasonUndeclared, login.ReasonRoleName, login.ReasonRoleName, login.ReasonBuiltin, login.ReasonBuiltin}
	if got := s.withheld(""); !slices.Equal(got, want) {
		t.Errorf("they were withheld for %q", got)
	}
	if log := s.log.String(); strings.Contains(log, "forged") || strings.Contains(log, "a/b") {
		t.Error("the log has a claim")
	}
}

const restsOnUserInfo = `
grant contains "Terminal"
grant contains "Authenticated/Engineer" if "engineering" in input.sources.userInfo.groups
grant contains "Authenticated/Active" if not input.sources.userInfo.suspended
grant contains "Authenticated/Team" if not input.user.attributes.team == "red"
grant contains "Authenticated/Teams/Blue" if not claims.ref("{attribute-source:userInfo:suspended}")
grant contains {"level": "Authenticated/Fresh", "until": reauth.until("5m")}
`

func TestLevels_WhatRestsOnUserInfoIsWithheldWhileItFails(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{
		Provider: "mappers: [{direct: {attribute: attributes.team, source: userInfo, path: team}}]", Rest: manyLevels, Files: rego(restsOnUserInfo),
	})
	rest := []string{"Authenticated", "Authenticated/Active", "Authenticated/Engineer", freshLevel, "Authenticated/Team", "Authenticated/Teams", "Authenticated/Teams/Blue", "Terminal"}
	b := s.browser()
	b.signedIn("/login?idp=corp").holds(t, rest...)
	for _, mode := range []hosttest.UserInfoMode{hosttest.UserInfoError, hosttest.UserInfoHTML, hosttest.UserInfoWrongSub, hosttest.UserInfoDrop} {
		s.idp.Set(func(k *hosttest.Knobs) { k.UserInfo = mode })
		d := b.signedIn("/login?idp=corp")
		d.holds(t, "Authenticated", freshLevel, "Terminal")
		if _, there := d.IdPAttributes["userInfo"]; there {
			t.Errorf("%s: there is a userInfo", mode)
		}
		for _, path := range []string{"Authenticated/Engineer", "Authenticated/Active", "Authenticated/Team", "Authenticated/Teams/Blue"} {
			if got := s.withheld(path); !slices.Equal(got, []login.Reason{login.ReasonUserInfoFailed}) {
				t.Errorf("%s: %s was withheld for %q", mode, path, got)
			}
		}
	}
	s.stop()
	s.start()
	b.session().holds(t, "Authenticated", freshLevel, "Terminal") // the failure is kept with the session
	if !strings.Contains(s.log.String(), "Unable to retrieve user info from IDP") {
		t.Error("the log does not say that userinfo failed")
	}
	s.idp.Set(func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoJSON })
	b.signedIn("/login?idp=corp").holds(t, rest...)
}

// userinfo that is switched off is no failure: a rule that asks for its
// absence is answered.
func TestLevels_UserInfoThatIsOffFailsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Provider: "userinfo: {endpoint: off}", Rest: manyLevels, Files: rego(`
grant contains "Authenticated/Active" if not input.sources.userInfo.suspended
`)})
	s.browser().signedIn("/login?idp=corp").holds(t, "Authenticated", "Authenticated/Active")
	if n := s.idp.Calls(hosttest.UserInfo); n != 0 {
		t.Errorf("userinfo was called %d times", n)
	}
}

func TestLevels_ARuleThatFailsTakesNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.Claims = map[string]any{"number": "canary-no-number"} }), settings{Rest: manyLevels, Files: rego(`
grant contains "Authenticated/Broken" if to_number(input.sources.idTokenClaims.number) > 1
grant contains "Authenticated/Engineer" if input.sources.idTokenClaims.number
grant contains {"level": "Authenticated/Team", "until": 1e12} if true
grant contains {"level": "Authenticated/Active", "until": input.sources.idTokenClaims.number} if true
`)})
	s.browser().signedIn("/login?idp=corp").holds(t, "Authenticated", "Authenticated/Engineer")
	for path, reason := range map[string]login.Reason{
		"Authenticated/Broken": login.ReasonRuleError, "Authenticated/Team": login.ReasonBadUntil, "Authenticated/Active": login.ReasonBadUntil,
	} {
		if got := s.withheld(path); !slices.Equal(got, []login.Reason{reason}) {
			t.Errorf("%s was withheld for %q, want %s", path, got, reason)
		}
	}
	if !strings.Contains(s.log.String(), "levels.rego:7") || strings.Contains(s.log.String(), "canary-no-number") {
		t.Errorf("the log does not name the rule's place, or has the claim: %s", s.log)
	}
}

func TestLevels_AReloadChangesOpenSessionsAndABadOneNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: manyLevels, Files: rego(`grant contains "Authenticated/Engineer"`)})
	b, anonymous := s.browser(), s.browser()
	b.signedIn("/login?idp=corp").holds(t, "Authenticated", "Authenticated/Engineer")
	handle := b.cookie(sessionCookie).Value
	write := func(rules string) error {
		for name, text := range rego(rules) {
			if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return s.host.Reload(context.Background())
	}
	for bad, says := range map[string]string{
		`grant contains "Authenticated/Engineer" if {`:                                 "levels.rego:6",
		`grant contains "Authenticated/Enginer"`:                                       `did you mean "Authenticated/Engineer"`,
		`grant contains "Authenticated/Engineer" if input.sources.userinfo`:            `did you mean "userInfo"`,
		`grant contains "Authenticated/Engineer" if http.send({"url": "https://x.y"})`: "http.send",
	} {
		if err := write(bad); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s was taken, or not explained: %v", bad, err)
		}
		b.session().holds(t, "Authenticated", "Authenticated/Engineer")
	}
	if !strings.Contains(s.log.String(), "what was there stays") {
		t.Error("the log does not say that the old policy stays")
	}
	if err := write("grant contains \"Authenticated/Team\"\n\ngrant contains \"Terminal\""); err != nil {
		t.Fatal(err)
	}
	b.session().holds(t, "Authenticated", "Authenticated/Team", "Terminal")
	anonymous.session().holds(t, "Terminal")
	if b.cookie(sessionCookie).Value != handle {
		t.Error("the reload cost a handle")
	}
}

// A level that is given to one person in the configuration is theirs alone.
func TestLevels_AGrantIsForThePersonThatItNames(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := newSite(t, idp, settings{Rest: manyLevels + fmt.Sprintf(`grants:
  - {idp: corp, iss: %q, sub: alice-7f3a, levels: [Authenticated/Engineer]}
  - {idp: corp, iss: "https://elsewhere.example", sub: alice-7f3a, levels: [Authenticated/Team]}
`, idp.URL), Files: rego(`grant contains "Terminal" if false`)})
	s.browser().signedIn("/login?idp=corp").holds(t, "Authenticated", "Authenticated/Engineer")
	idp.Set(func(k *hosttest.Knobs) { k.Subject = "Alice-7f3a" })
	s.browser().signedIn("/login?idp=corp").holds(t, "Authenticated")
}
