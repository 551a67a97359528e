package host_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
)

// demanding is a configuration whose first line of more is line 12. An
// application and the console want what no policy grants.
const demanding = `public_url: http://localhost:8080
trusted_proxies: [127.0.0.1]
policies: {path: levels.rego}
levels:
  Authenticated/Ruled: {}
  Authenticated/Nothing: {}
  Authenticated/Nothing/Ruled: {}
  Authenticated/Bare: {group: true}
  Authenticated/Bare/Nothing: {}
  Authenticated/Granted: {}
grants: [{idp: people, iss: http://localhost:8080/idp, sub: p-1, levels: [Authenticated/Granted]}]
`

const (
	twoRules = `package doorward.levels

grant contains "Authenticated/Ruled"

grant contains "Authenticated/Nothing/Ruled"
`
	computingRules = twoRules + "\ngrant contains input.user.attributes.level\n"
	mapsNothing    = "providers: {people: {type: builtin}}\n"
	mapsRoles      = "providers: {people: {type: builtin, mappers: [{direct: {attribute: roles, path: groups}}]}}\n"
)

// faultsOf is what Check says about a file of text, offline.
func faultsOf(t *testing.T, text, policy string) (faults []string) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"d.yaml": text, "levels.rego": policy} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(folder, "d.yaml"))
	var broken config.Faults
	if err != nil && !errors.As(err, &broken) {
		t.Fatal(err)
	}
	_, err = host.Check(context.Background(), host.Options{Config: cfg}, broken, true)
	var list config.Faults
	if err != nil && !errors.As(err, &list) {
		t.Fatal(err)
	}
	for _, f := range list {
		f.File = filepath.Base(f.File)
		faults = append(faults, f.Error())
	}
	return faults
}

func TestCheckFindsLevelsThatNobodyCanHold(t *testing.T) {
	t.Parallel()
	const end = "; change that, or write another level"
	app := func(levels string) string {
		return "applications:\n  w:\n    origins: [http://localhost:3000]\n    require: [" + levels + "]\n"
	}
	for _, c := range []struct{ name, text, policy, want string }{
		{"what can be held", mapsRoles + app("Public, Authenticated, Authenticated/Ruled, Authenticated/Granted, Authenticated/Roles/x") + "console: {level: Authenticated/Granted}\n", twoRules, ""},
		{"no rule", mapsNothing + app("Authenticated/Ruled, Authenticated/Nothing"), twoRules,
			"d.yaml:16:36: applications.w.require[1]: no rule and no grant gives Authenticated/Nothing, so that nobody reaches the application" + end},
		{"no rule above", mapsNothing + app("Authenticated/Nothing/Ruled"), twoRules,
			"d.yaml:16:15: applications.w.require[0]: no rule and no grant gives Authenticated/Nothing, without which Authenticated/Nothing/Ruled is not held, so that nobody reaches the application" + end},
		{"no rule in a group", mapsNothing + app("Authenticated/Bare"), twoRules,
			"d.yaml:16:15: applications.w.require[0]: no rule and no grant gives a level in Authenticated/Bare, so that nobody reaches the application" + end},
		{"a rule that computes", mapsNothing + app("Authenticated/Nothing, Authenticated/Bare"), computingRules, ""},
		{"no roles", mapsNothing + app("Authenticated/Roles/x"), twoRules,
			"d.yaml:16:15: applications.w.require[0]: no provider has a mapper that gives people roles, so that nobody reaches the application" + end},
		{"no roles at all", mapsNothing + app("Authenticated/Roles"), computingRules,
			"d.yaml:16:15: applications.w.require[0]: no provider has a mapper that gives people roles, so that nobody reaches the application" + end},
		{"the console", mapsNothing + "console: {level: Authenticated/Nothing}\n", twoRules,
			"d.yaml:13:18: console.level: no rule and no grant gives Authenticated/Nothing, so that nobody reaches the console" + end},
		{"besides a fault elsewhere", mapsNothing + app("Authenticated/Nothing") + "plugins: {p: {module: gone.wasm}}\nlog: {level: x}\n", twoRules,
			"d.yaml:16:15: applications.w.require[0]: no rule and no grant gives Authenticated/Nothing, so that nobody reaches the application" + end + "\n" +
				"d.yaml:17:23: plugins.p.module: "},
		{"an undeclared level is one fault", mapsNothing + app("Authenticated/Rulde"), twoRules,
			`d.yaml:16:15: applications.w.require[0]: the level "Authenticated/Rulde" is not declared under levels; did you mean Authenticated/Ruled?`},
		{"policies with faults are not judged", mapsNothing + app("Authenticated/Nothing"), "package doorward.levels\n\ngrant contains 5\n",
			"levels.rego:3:16: a member of grant is a path"},
		{"mappers with faults may give roles", strings.Replace(mapsRoles, "path", "pfad", 1) + app("Authenticated/Roles/x"), twoRules,
			"d.yaml:12:48: providers.people.mappers[0].direct.path: is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := faultsOf(t, demanding+c.text, c.policy)
			if c.want == "" && len(got) > 0 {
				t.Fatalf("got:\n%s", strings.Join(got, "\n"))
			}
			for _, want := range strings.Split(c.want, "\n") {
				if !strings.Contains("\n"+strings.Join(got, "\n"), "\n"+want) {
					t.Errorf("got:\n%s\nwant a line that begins:\n%s", strings.Join(got, "\n"), want)
				}
			}
			if n := strings.Count(strings.Join(got, "\n"), "nobody reaches"); n != strings.Count(c.want, "nobody reaches") {
				t.Errorf("%d levels are said to be out of reach:\n%s", n, strings.Join(got, "\n"))
			}
		})
	}
}

// The host starts all the same, because a reload may bring the rule; the log
// says what is wrong, and the application stays shut.
func TestALevelThatNobodyCanHoldIsLogged(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := "public_url: http://localhost:8080\nproviders: {people: {type: builtin}}\nlevels: {Authenticated/Nothing: {}}\n" +
		"applications: {w: {origins: ['http://localhost:3000'], require: [Authenticated/Nothing]}}\n"
	file := filepath.Join(folder, "d.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	h, err := host.New(context.Background(), host.Options{Config: cfg, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if want := "d.yaml:4:66: applications.w.require[0]: no rule and no grant gives Authenticated/Nothing"; !strings.Contains(log.String(), want) || !strings.Contains(log.String(), `"level":"WARN"`) {
		t.Errorf("the log does not say %q:\n%s", want, log.String())
	}
}
