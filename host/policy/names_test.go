package policy

import (
	"context"
	"slices"
	"strings"
	"testing"
)

func warned(t *testing.T, cfg Config) []string {
	t.Helper()
	if cfg.Levels == nil {
		cfg.Levels = standard()
	}
	e, err := New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, w := range e.Warnings() {
		if !strings.HasPrefix(w.Message, "level ") { // of the tree
			found = append(found, w.String())
		}
	}
	return found
}

const libraryHead = "package doorward.levels\n\nimport data.doorward.idp\nimport data.doorward.zones\n\n"

// A name that the configuration does not have makes a rule that never holds,
// or one that always does when it is negated.
func TestNamesThatTheConfigurationDoesNotHave(t *testing.T) {
	const noZone, noProvider = `the configuration has no zone "plnt": did you mean "plant"?`, `the configuration has no provider "crop": did you mean "corp"?`
	for condition, want := range map[string]string{
		`"plnt" in input.request.zones`:                       "a.rego:6:30: " + noZone,
		`not "plnt" in input.request.zones`:                   "a.rego:6:34: " + noZone,
		`input.request.zones[_] == "plnt"`:                    "a.rego:6:56: " + noZone,
		`zones.any(["plant", "plnt"])`:                        "a.rego:6:50: " + noZone,
		`zones.none(["plnt"])`:                                "a.rego:6:42: " + noZone,
		`zones.all({"plnt"})`:                                 "a.rego:6:41: " + noZone,
		`input.login.idp == "crop"`:                           "a.rego:6:49: " + noProvider,
		`"crop" == input.login.idp`:                           "a.rego:6:30: " + noProvider,
		`input.login.idp != "crop"`:                           "a.rego:6:49: " + noProvider,
		`input.login.idp in ["corp", "crop"]`:                 "a.rego:6:58: " + noProvider,
		`input.login.idp in {"corp", "crop"}`:                 "a.rego:6:58: " + noProvider,
		`idp.is("crop")`:                                      "a.rego:6:37: " + noProvider,
		`idp.any(["crop"])`:                                   "a.rego:6:39: " + noProvider,
		`idp.may("Terminal", {"crop": ["Terminal"]})`:         "a.rego:6:51: " + noProvider,
		`some who in [1]; who == 1; input.login.idp = "crop"`: "a.rego:6:77: " + noProvider,
		`count([1 | input.login.idp == "crop"]) == 1`:         "a.rego:6:60: " + noProvider,
		`input.login.protocol == "samll"`:                     `a.rego:6:54: there is no protocol "samll": did you mean "saml"?`,
		`input.request.app == "wiky"`:                         `a.rego:6:51: the configuration has no application "wiky": did you mean "wiki"?`,
		`input.request.app == "payroll"`:                      `a.rego:6:51: the configuration has no application "payroll"; there is shop, wiki`,
	} {
		cfg := Config{
			Modules:   map[string]string{"a.rego": libraryHead + `grant contains "Terminal" if ` + condition + "\n"},
			Providers: []string{"corp", "partner"}, Zones: []string{"plant", "office"}, Applications: []string{"wiki", "shop"},
		}
		if strings.Contains(condition, ";") {
			cfg.Modules["a.rego"] = libraryHead + `grant contains "Terminal" if { ` + condition + " }\n"
		}
		if got := warned(t, cfg); !slices.Equal(got, []string{want}) {
			t.Errorf("%s:\ngot  %q\nwant %q", condition, got, want)
		}
		cfg.Providers, cfg.Zones, cfg.Applications = nil, nil, nil
		if got := warned(t, cfg); len(got) > 0 && !strings.Contains(got[0], "protocol") {
			t.Errorf("%s: without a configuration: %q", condition, got)
		}
	}
}

func TestNamesThatTheConfigurationHas(t *testing.T) {
	for _, condition := range []string{
		`"plant" in input.request.zones`, `zones.any(["plant"])`, `input.login.idp == "corp"`, `idp.is("corp")`,
		`input.request.app == ""`, `input.request.app == "wiki"`, `input.login.protocol == "oidc"`,
		`idp.may("Terminal", {"corp": ["Terminal"]})`,
		`"admin" in input.user.roles`, `input.sources.idTokenClaims.idp == "crop"`, `input.request.userAgent == "crop"`,
		`input.login.idp == input.user.userName`, `startswith(input.login.idp, "cr")`,
	} {
		cfg := Config{
			Modules:   map[string]string{"a.rego": libraryHead + `grant contains "Terminal" if ` + condition + "\n"},
			Providers: []string{"corp"}, Zones: []string{"plant"}, Applications: []string{"wiki"},
		}
		if got := warned(t, cfg); len(got) > 0 {
			t.Errorf("%s: %q", condition, got)
		}
	}
	// The host has none: then every name is strange.
	got := warned(t, Config{Modules: map[string]string{"a.rego": libraryHead + "grant contains \"Terminal\" if zones.any([\"plant\"])\n"}, Zones: []string{}})
	if !slices.Equal(got, []string{`a.rego:6:41: the configuration has no zone "plant"`}) {
		t.Errorf("%q", got)
	}
}
