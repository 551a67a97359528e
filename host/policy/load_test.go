package policy

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

const head = "package doorward.levels\n\n"

func load(cfg Config) error {
	if cfg.Levels == nil {
		cfg.Levels = standard()
	}
	_, err := New(context.Background(), cfg)
	return err
}

func TestFaultsOfOneFile(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"misspelt member": {head + `grant contains "Terminal" if input.sources.userinfo.admin`,
			`a.rego:3:30: input.sources has no member "userinfo": did you mean "userInfo"?`},
		"unknown member": {head + `grant contains "Terminal" if input.login.evidence.strength > 1`,
			`a.rego:3:30: input.login.evidence has no member "strength"; it has acr, amr, authTime, challenged`},
		"misspelt root": {head + `grant contains "Terminal" if input.user.rolse[_] == "x"`,
			`a.rego:3:30: input.user has no member "rolse": did you mean "roles"?`},
		"undeclared level": {head + `grant contains "Authenticated/Frehs"`,
			`a.rego:3:16: level "Authenticated/Frehs" is not declared: did you mean "Authenticated/Fresh"?`},
		"undeclared level in an object": {head + `grant contains {"level": "Nowhere", "until": 5}`,
			`a.rego:3:26: level "Nowhere" is not declared; declare it under levels:`},
		"a level in the wrong case": {head + `grant contains "terminal"`,
			`a.rego:3:16: level "terminal" is not declared: did you mean "Terminal"?`},
		"built in": {head + `grant contains "Authenticated"`,
			`a.rego:3:16: level "Authenticated" is built in and cannot be granted`},
		"a role": {head + `grant contains "Authenticated/Roles/admin"`,
			`a.rego:3:16: level "Authenticated/Roles/admin" is built in and cannot be granted`},
		"a zone": {head + `grant contains "SecurityZones/plant"`,
			`a.rego:3:16: level "SecurityZones/plant" is built in and cannot be granted`},
		"Public": {head + `grant contains "Public/Terminal"`,
			`a.rego:3:16: Public is part of no path: write "Terminal"`},
		"a group": {head + `grant contains "Authenticated/Teams"`,
			`a.rego:3:16: level "Authenticated/Teams" only groups: grant one of its children`},
		"no set": {head + `grant := "Terminal"`,
			`a.rego:3:1: grant is a set of levels: write grant contains "PATH" if …`},
		"a function": {head + `grant(x) := x`,
			`a.rego:3:1: grant is a set of levels: write grant contains "PATH" if …`},
		"an object": {head + `grant["Terminal"] := true`,
			`a.rego:3:1: grant is a set of levels: write grant contains "PATH" if …`},
		"unknown name": {head + `grant contains {"level": "Terminal", "untill": 5}`,
			`a.rego:3:16: a member of grant has "level" and "until", not "untill"`},
		"no level": {head + `grant contains {"until": 5}`,
			`a.rego:3:16: a member of grant needs "level"`},
		"a number": {head + `grant contains 5`,
			`a.rego:3:16: a member of grant is a path, or {"level": PATH, "until": SECONDS}`},
		"a number as level": {head + `grant contains {"level": 5}`,
			`a.rego:3:16: "level" is a path, in quotes`},
		"syntax":       {head + `grant contains`, `a.rego:3:1`},
		"older syntax": {head + `grant["Terminal"] { true }`, `a.rego:3:1`},
		"recursion":    {head + `grant contains "Terminal" if "Terminal" in grant`, `a.rego:3:1: rule data.doorward.levels.grant is recursive`},
		"undefined function": {head + `grant contains "Terminal" if lowercase("X") == "x"`,
			`a.rego:3:30: undefined function lowercase`},
		"reference": {"package doorward.levels\nimport data.doorward.claims\ngrant contains \"Terminal\" if claims.ref(\"{attribute-source:idTokenClaims:}\")",
			`a.rego:3:41: column 33: malformed path: the path is empty`},
		"duration": {"package doorward.levels\nimport data.doorward.reauth\ngrant contains \"Terminal\" if reauth.within(\"five minutes\")",
			`a.rego:3:44: not a duration of a second or more: write one such as "90s", "5m" or "12h"`},
		"another package of ours": {"package doorward.reauth\n\nauth_time := 5",
			`a.rego:1:1: package doorward.reauth belongs to the host; use doorward.levels for grants and a name of your own for the rest`},
		"the package around ours": {"package doorward\n\nreauth := {}",
			`a.rego:1:1: package doorward belongs to the host`},
		"the reserved name":    {head + `__doorward__ := 5`, `a.rego:3:1: the name "__doorward__" is reserved`},
		"the reserved package": {"package doorward.levels.__doorward__\n\nx contains \"Terminal\"", `a.rego:1:1: the package name "__doorward__" is reserved`},
		"grant as a package":   {"package doorward.levels.grant\n\nx := 1", `a.rego:1:1: the package name "grant" is reserved`},
		"nothing":              {"", `a.rego:1:1: the file holds no policy; remove it`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := load(Config{Modules: map[string]string{"a.rego": test.text}})
			lines := faultLines(err)
			if len(lines) == 0 || !strings.HasPrefix(lines[0], test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if len(lines) != len(slices.Compact(lines)) {
				t.Errorf("a fault is said twice: %v", err)
			}
		})
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	err := load(Config{
		Levels: map[string]Level{"A//B": {}, "C/D": {}, "Authenticated": {}, "Authenticated/Roles/x/y": {}, "Public/Z": {}, "E": {}, "SecurityZones/plant": {}},
		Grants: []Grant{{Person: login.Person{IdP: "corp"}, Levels: []string{"EE"}}},
		Modules: map[string]string{
			"b.rego": head + "grant contains \"F\"\n\ngrant contains \"E\" if input.usr.id == 1",
			"a.rego": "package x\n\ny := }",
		},
	})
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %T", err)
	}
	want := []string{
		`grants[0]: a person is idp, iss and sub; write all three`,
		`grants[0]: level "EE" is not declared: did you mean "E"?`,
		`levels: "A//B": has an empty segment; write names joined by single slashes`,
		`levels: "Authenticated": is built in; remove it`,
		`levels: "Authenticated/Roles/x/y": levels of roles and zones are built in; they have no children and group nothing`,
		`levels: "C/D": its parent "C" is not declared; declare it, with group: true when it only groups`,
		`levels: "Public/Z": Public is part of no path; leave it out`,
		`a.rego:3:6: `,
		`b.rego:3:16: level "F" is not declared`,
		`b.rego:5:23: input has no member "usr": did you mean "user"?`,
	}
	lines := faultLines(err)
	if len(lines) != len(want) {
		t.Fatalf("%d faults, want %d:\n%v", len(lines), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("fault %d:\ngot  %s\nwant %s", i, lines[i], want[i])
		}
	}
}

func TestTooManyRules(t *testing.T) {
	err := load(Config{MaxRules: 2, Modules: map[string]string{"a.rego": head + strings.Repeat("grant contains \"Terminal\"\n", 3)}})
	if err == nil || !strings.Contains(err.Error(), "3 grant rules, more than 2") {
		t.Errorf("got %v", err)
	}
}

func TestWarnings(t *testing.T) {
	e := newEngine(t, Config{
		Levels: map[string]Level{"A": {}, "B": {}, "C": {}, "G": {Group: true}, "Authenticated/Roles/x": {Description: "described"}},
		Grants: []Grant{{Person: login.Person{IdP: "a", Issuer: "b", Subject: "c"}, Levels: []string{"C"}}},
		Modules: map[string]string{"a.rego": head + `grant contains "A" if object.get(input.user, "rolse", []) == []`,
			"ignored_test.rego": "package x_test\n\ntest_x if nothing.of.this.is.loaded"},
	})
	var got []string
	for _, w := range e.Warnings() {
		got = append(got, w.String())
	}
	want := []string{
		`level "B" has no rule and no grant: nobody can hold it`,
		`level "G" only groups and has no child: nobody can hold it`,
		`a.rego:3:23: object.get reads past the schema: a misspelt name in it is not found; prefer input.… and default`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	e = newEngine(t, Config{Levels: map[string]Level{"A": {}}, Modules: map[string]string{"a.rego": head + "grant contains input.user.attributes.level"}})
	got = nil
	for _, w := range e.Warnings() {
		got = append(got, w.String())
	}
	want = []string{
		`level "A" has no rule that names it: only a rule that computes its level could grant it`,
		`a.rego:3:1: this rule computes the level it grants: whether it is declared shows only at a login`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCopyOfTheLibraryIsHarmless(t *testing.T) {
	copied := embedded("doorward")[embeddedName+"doorward/reauth.rego"]
	if err := load(Config{Modules: map[string]string{"lib/reauth.rego": copied}}); err != nil {
		t.Error(err)
	}
	if err := load(Config{Modules: map[string]string{"lib/reauth.rego": copied + "\n# changed\n"}}); err == nil {
		t.Error("a changed library was loaded")
	}
}

func TestReadDir(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"levels.rego": "a", "sub/more.rego": "b", "levels_test.rego": "c", "README.md": "d", ".hidden.rego": "e", "..data/levels.rego": "f",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{dir + "/levels.rego": "a", dir + "/sub/more.rego": "b", dir + "/levels_test.rego": "c"}
	if asJSON(t, got) != asJSON(t, want) {
		t.Errorf("got %v", got)
	}
	one := filepath.Join(dir, "levels.rego")
	if got, err := ReadDir(one); err != nil || len(got) != 1 || got[one] != "a" {
		t.Errorf("one file: %v, %v", got, err)
	}
	if _, err := ReadDir(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing folder is no error")
	}
	if err := os.WriteFile(filepath.Join(dir, "big.rego"), make([]byte, maxFileSize+1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadDir(dir); err == nil || !strings.Contains(err.Error(), "big.rego is larger than") {
		t.Errorf("got %v", err)
	}
}

func TestRevisionChangesWithWhatDecides(t *testing.T) {
	base := func() Config {
		return Config{Levels: standard(), Modules: levelsFile(`grant contains "Terminal"`)}
	}
	seen := map[string]string{newEngine(t, base()).Revision(): "base"}
	if got := newEngine(t, base()).Revision(); seen[got] == "" {
		t.Error("the same policy has another revision")
	}
	for name, change := range map[string]func(*Config){
		"module":  func(c *Config) { c.Modules["levels.rego"] += "#" },
		"name":    func(c *Config) { c.Modules["x.rego"] = "package x" },
		"level":   func(c *Config) { c.Levels["Terminal"] = Level{StepUp: true} },
		"grant":   func(c *Config) { c.Grants = []Grant{{Person: login.Person{IdP: "a", Issuer: "b", Subject: "c"}}} },
		"tokens":  func(c *Config) { c.TokensInInput = true },
		"default": func(c *Config) { c.DefaultPolicy = true },
	} {
		cfg := base()
		change(&cfg)
		got := newEngine(t, cfg).Revision()
		if seen[got] != "" {
			t.Errorf("%s: the revision is that of %s", name, seen[got])
		}
		seen[got] = name
	}
}

func TestKnown(t *testing.T) {
	e := newEngine(t, Config{})
	for path, want := range map[string]bool{
		"Public": true, "Authenticated": true, "Authenticated/Roles": true, "Authenticated/Roles/any": true,
		"SecurityZones": true, "SecurityZones/any": true, "Terminal": true, "Authenticated/Teams": true,
		"": false, "Authenticated/Roles/": false, "Authenticated/Roles/a/b": false, "terminal": false, "Authenticated/": false, "Terminal/Nowhere": false,
	} {
		if got := e.Known(path); got != want {
			t.Errorf("Known(%q) is %v", path, got)
		}
	}
}
