package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/doorward/doorward/host/login"
)

// offers is what each package of the library offers: its rules and functions
// by name, with how many arguments they take.
func offers(t *testing.T) map[string]map[string]int {
	t.Helper()
	packages := map[string]map[string]int{}
	for name, module := range libraryCompiler(t).Modules {
		offered := map[string]int{}
		for _, rule := range module.Rules {
			if ref := rule.Head.Ref()[0].Value.String(); !strings.HasPrefix(ref, "_") {
				offered[ref] = len(rule.Head.Args)
			}
		}
		packages[packageOf(name)] = offered
	}
	return packages
}

func TestEveryFunctionOfTheLibraryHasItsArgumentsChecked(t *testing.T) {
	known := maps.Clone(arguments)
	for pkg, offered := range offers(t) {
		for function, count := range offered {
			name := "data.doorward." + pkg + "." + function
			switch checks, ok := known[name]; {
			case count == 0:
			case name == "data.doorward.lists.texts": // takes any value
			case !ok || len(checks) != count:
				t.Errorf("%s takes %d arguments, %d are checked", name, count, len(checks))
			}
			delete(known, name)
		}
	}
	for name := range known {
		t.Errorf("%s is checked, and is no function of the library", name)
	}
}

func TestPackagesOfTheLibraryAreNamedForTheirFiles(t *testing.T) {
	for name, module := range libraryCompiler(t).Modules {
		if got := module.Package.Path.String(); got != "data.doorward."+packageOf(name) {
			t.Errorf("%s is package %s", name, got)
		}
	}
}

// Each package must read nothing but what its page says: nothing that a
// provider's userinfo, a mapper or a plugin can set counts as evidence.
func TestTheLibraryReadsOnlyWhatItSays(t *testing.T) {
	may := map[string][]string{
		"reauth": {"login", "now"},
		"claims": {"sources"},
		"lists":  {},
		"roles":  {"user.roles"},
		"amr":    {"login.evidence.amr"},
		"acr":    {"login.evidence.acr"},
		"zones":  {"request.zones", "request.ip"},
		"idp":    {"login.idp", "login.protocol"},
		"hours":  {"now"},
	}
	for name, module := range libraryCompiler(t).Modules {
		pkg := packageOf(name)
		allowed, ok := may[pkg]
		if !ok {
			t.Errorf("%s: say here what it may read", pkg)
		}
		read := map[string]bool{}
		ast.WalkRefs(module, func(ref ast.Ref) bool {
			if !ref.HasPrefix(ast.InputRootRef) {
				return false
			}
			text := strings.TrimPrefix(ref.String(), "input.")
			at := slices.IndexFunc(allowed, func(path string) bool {
				return text == path || strings.HasPrefix(text, path+".") || strings.HasPrefix(text, path+"[")
			})
			if at < 0 {
				t.Errorf("%s reads %s", pkg, ref)
				return false
			}
			read[allowed[at]] = true
			return false
		})
		if len(read) != len(allowed) {
			t.Errorf("%s reads %v only", pkg, slices.Collect(maps.Keys(read)))
		}
	}
}

func TestOnlyWhatIsUsedOfTheLibraryIsCompiled(t *testing.T) {
	for rules, want := range map[string]string{
		`grant contains "Terminal"`: "",
		"import data.doorward.roles\ngrant contains \"Terminal\" if roles.any([\"a\"])":                  "lists roles",
		"import data.doorward.claims as c\ngrant contains \"Terminal\" if c.ref(\"{idp-attributes:a}\")": "claims lists",
		`grant contains "Terminal" if data.doorward.hours.within("08:00-18:00", "UTC")`:                  "hours",
		`grant contains "Terminal" if data["doorward"]["idp"].is("corp")`:                                "idp lists",
		"import data.doorward\ngrant contains \"Terminal\" if doorward.amr.multi_factor":                 "acr amr claims hours idp lists reauth roles zones",
	} {
		e := newEngine(t, Config{Modules: map[string]string{"levels.rego": "package doorward.levels\n" + rules + "\n"}})
		var got []string
		for name := range e.compiler.Modules {
			if strings.HasPrefix(name, embeddedName+"doorward/") {
				got = append(got, packageOf(name))
			}
		}
		if slices.Sort(got); strings.Join(got, " ") != want {
			t.Errorf("%s: compiled %v, want %s", rules, got, want)
		}
	}
	all := 0
	for range offers(t) {
		all++
	}
	if all != 9 {
		t.Errorf("%d packages: name them in the last case", all)
	}
}

// libraryFile is a policy that may use every package.
func libraryFile(rules string) map[string]string {
	var head strings.Builder
	for _, pkg := range []string{"acr", "amr", "claims", "hours", "idp", "lists", "reauth", "roles", "zones"} {
		fmt.Fprintf(&head, "import data.doorward.%s\n", pkg)
	}
	return map[string]string{"levels.rego": "package doorward.levels\n" + head.String() + rules + "\n"}
}

func TestConstantArgumentsAreCheckedAtLoad(t *testing.T) {
	for call, want := range map[string]string{
		`reauth.until("5")`:      "not a duration of a second or more",
		`reauth.within("100ms")`: "not a duration of a second or more",
		`claims.any("{attribute-source:userinfo:groups}", ["a"])`: `column 19: unknown source: there is no source "userinfo"; write userInfo`,
		`claims.get("{attribute-source:userInfo:}", 1)`:           "column",
		`claims.none("{attribute-source:userInfo:a}", "a")`:       `a list of names is due: write ["a"]`,
		`roles.any("admin")`:                             `a list of names is due: write ["admin"]`,
		`roles.any([])`:                                  "an empty list never holds",
		`roles.any(set())`:                               "an empty list never holds",
		`roles.all(["a", 5])`:                            "a list of names holds texts that are not empty, and nothing else",
		`roles.none({"a", ""})`:                          "a list of names holds texts",
		`roles.any(5)`:                                   "a list of names is due",
		`roles.by_prefix("")`:                            "a name is due",
		`zones.none(null)`:                               "a list of names is due",
		`lists.any(input.user.roles, [])`:                "an empty list never holds",
		`amr.any([["pwd"]])`:                             "a list of names holds texts",
		`acr.at_least("c", ["a", "b"])`:                  "the value does not stand in the order",
		`acr.at_least("a", ["a", "b", "a"])`:             "an order names each context class once",
		`acr.at_least("a", {"a", "b"})`:                  "an order is a list of context classes, the weakest first",
		`idp.is("")`:                                     "a name is due",
		`idp.protocol("SAML2")`:                          `no such protocol: did you mean "saml"?`,
		`idp.protocol("kerberos")`:                       `no such protocol: write "oidc", "saml", "id-token" or "builtin"`,
		`idp.may("Terminal", {"corp": "Terminal"})`:      "caps give each provider, by its name, a list of levels",
		`idp.may("Terminal", ["corp"])`:                  "caps are an object",
		`hours.until("8-18", "UTC")`:                     "not a time window, with two digits",
		`hours.until("08:00-08:00", "UTC")`:              "the window begins and ends at the same time",
		`hours.within("Mo-Fr 08:00-18:00", "UTC")`:       `"Mo" is no weekday: write Mon, Tue`,
		`hours.within("Mon-Wed-Fri 08:00-18:00", "UTC")`: "a range of days has two ends",
		`hours.within("08:00-18:00", "Europe/Atlantis")`: "no such time zone: write a name of the IANA database",
		`hours.within("08:00-18:00", "Local")`:           "Local is another time zone on another machine",
		`hours.within("08:00-18:00", "+01:00")`:          "not a time zone",
		`hours.within(_window, "UTC")`:                   "not a time window",
		`roles.any(_names)`:                              "an empty list never holds",
		`[x | x := "admin"; roles.any(x)]`:               `a list of names is due: write ["admin"]`,
	} {
		err := load(Config{Modules: libraryFile(`grant contains "Terminal" if ` + call + "\n_window := \"8:00-18:00\"\n_names := []")})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "levels.rego:11:") {
			t.Errorf("%s: %v; want %s", call, err, want)
		}
	}
}

func TestConstantArgumentsAreCheckedWhereverACallStands(t *testing.T) {
	for rules, want := range map[string]string{
		`grant contains "Terminal" if not roles.any("a")`:                                                   "levels.rego:11:44",
		`grant contains "Terminal" if count([1 | roles.any("a")]) > 0`:                                      "levels.rego:11:51",
		`grant contains {"level": "Terminal", "until": hours.until("8", "UTC")}`:                            "levels.rego:11:59",
		"grant contains \"Terminal\" if f(1)\nf(_) := y if y := roles.any(\"a\")":                           "levels.rego:12:29",
		"grant contains \"Terminal\" if {\n\tevery x in [1] { roles.any(\"a\"); x }\n}":                     "levels.rego:12:29",
		"grant contains \"Terminal\" if roles.any([\"a\"]) with input.user.roles as [1 | roles.any(\"a\")]": "levels.rego:11:87",
		"unused if roles.any(\"a\")": "levels.rego:11:21",
	} {
		err := load(Config{Modules: libraryFile(rules)})
		if err == nil || err.Error() != want+`: a list of names is due: write ["a"]` && !strings.HasPrefix(err.Error(), want+": not a time window") {
			t.Errorf("%s: %v; want %s", rules, err, want)
		}
	}
}

func TestArgumentsThatAreRightLoad(t *testing.T) {
	for _, rules := range []string{
		`grant contains "Terminal" if hours.within("Mon,Wed-Thu 22:00-06:00", "America/Argentina/Buenos_Aires")`,
		`grant contains "Terminal" if hours.within("Sat-Sun 00:00-24:00", "Etc/GMT+1")`,
		`grant contains "Terminal" if roles.any({"a", "b"})`,
		"grant contains \"Terminal\" if {\n\tsome x in [\"a\"]\n\troles.any([x])\n\thours.within(x, x)\n\tidp.protocol(x)\n}",
		"grant contains \"Terminal\" if roles.any(names)\nnames contains x if some x in input.user.roles",
		"grant contains \"Terminal\" if roles.any(names)\nnames := []\nnames := [\"a\"] if input.now > 1",
		`grant contains "Terminal" if acr.at_least("b", ["a", "b"])`,
		`grant contains "Terminal" if idp.may("Terminal", {"corp": ["Terminal"], "partner": []})`,
		`grant contains "Terminal" if idp.protocol("id-token")`,
	} {
		if err := load(Config{Modules: libraryFile(rules)}); err != nil {
			t.Errorf("%s: %v", rules, err)
		}
	}
}

// What cannot be seen at load is an error at a login, so that negating it
// grants nothing either.
func TestMalformedArgumentsThatAreComputedGrantNothing(t *testing.T) {
	for _, call := range []string{
		`hours.within(x, "UTC")`, `hours.within("00:00-24:00", x)`, `hours.until(x, x)`,
		`claims.ref(x)`, `claims.get(x, true)`, `claims.list(x)`, `claims.single(x)`,
		`claims.any(x, ["a"])`, `claims.all(x, ["a"])`, `claims.none(x, ["a"])`, `reauth.within(x)`,
	} {
		for _, form := range []string{call, "not " + call} {
			e := newEngine(t, Config{Modules: libraryFile("grant contains \"Terminal\" if {\n\tsome x in [\"Nowhere/At_all\"]\n\t" + form + "\n}")})
			facts := signedIn(t, login.Evidence{AuthTime: at(received)}, userInfo, `{"groups": ["a"]}`)
			withheldFor(t, decide(t, e, facts), "Terminal", login.ReasonRuleError)
		}
	}
}

// An ambiguous claim is an error too, whatever is read of it.
func TestAmbiguousClaimsGrantNothing(t *testing.T) {
	for _, call := range []string{
		`claims.get("R", true)`, `claims.list("R") == []`, `claims.any("R", ["a"])`, `not claims.any("R", ["z"])`, `claims.none("R", ["z"])`,
	} {
		call = strings.Replace(call, "R", "{idp-attributes:a.b}", 1)
		e := newEngine(t, Config{Modules: libraryFile(`grant contains "Terminal" if ` + call)})
		facts := signedIn(t, login.Evidence{}, idToken, `{"a": {"b": "a"}, "a.b": "a"}`)
		withheldFor(t, decide(t, e, facts), "Terminal", login.ReasonRuleError)
	}
}

func TestWhatTheLibrarysFunctionsRestOn(t *testing.T) {
	for call, want := range map[string]needs{
		`roles.none(["x"])`:                                        {attributes: []string{"roles"}},
		`roles.by_prefix("x")`:                                     {attributes: []string{"roles"}},
		`amr.multi_factor`:                                         {},
		`acr.any(["a"])`:                                           {},
		`idp.any(["corp"])`:                                        {},
		`idp.may("a", {"corp": ["a"]})`:                            {},
		`zones.any(["plant"])`:                                     {},
		`zones.highest == "plant"`:                                 {},
		`zones.none(["plant"])`:                                    {ip: true},
		`hours.within("08:00-18:00", "UTC")`:                       {clock: true},
		`claims.any("{idp-attributes:a}", ["x"])`:                  {sources: []string{"idTokenClaims"}},
		`claims.none("{attribute-source:userInfo:a}", ["x"])`:      {sources: []string{"userInfo"}},
		`claims.get("{attribute-source:userInfo:a}", 1) == 1`:      {sources: []string{"userInfo"}},
		`claims.get("{attribute-source:idTokenClaims:a}", 1) == 1`: {sources: []string{"idTokenClaims"}},
		`claims.single("{attribute-source:authnResponse:nameId}")`: {sources: []string{"authnResponse"}},
		`claims.list("{multi-attribute-source:userInfo:a}") == []`: {sources: []string{"userInfo"}},
		`lists.any(input.user.attributes.teams, ["a"])`:            {attributes: []string{"attributes.teams"}},
		`lists.any(claims.list("{idp-attributes:a}"), ["x"])`:      {sources: []string{"idTokenClaims"}},
		`claims.any(sprintf("{%s:a}", ["idp-attributes"]), ["x"])`: {sources: []string{""}}, // cannot tell
	} {
		e := newEngine(t, Config{Modules: libraryFile(`grant contains "Terminal" if ` + call)})
		got := e.rules[0].needs
		if !slices.Equal(got.sources, want.sources) || got.clock != want.clock || got.ip != want.ip || !slices.Equal(got.attributes, want.attributes) {
			t.Errorf("%s: rests on %+v, want %+v", call, got, want)
		}
	}
}

// A window begins and ends by itself, in the middle of a session.
func TestHoursFollowTheClock(t *testing.T) {
	e := newEngine(t, Config{Modules: libraryFile(`grant contains {"level": "Terminal", "until": hours.until("Thu 22:45-23:00", "Europe/Zurich")}`)})
	live := NewLive(func() *Engine { return e }, 0)
	facts := signedIn(t, login.Evidence{AuthTime: at(received)})
	begin := time.Date(2011, 7, 21, 20, 45, 0, 0, time.UTC) // a quarter to eleven in Zurich
	for after, want := range map[time.Duration]bool{-time.Second: false, 0: true, 899 * time.Second: true, 900 * time.Second: false} {
		facts.Now = begin.Add(after)
		d, err := live.Levels(context.Background(), "s", facts)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Holds("Terminal", facts.Now); got != want {
			t.Errorf("%s after the beginning: held %v", after, got)
		}
		if want && level(t, d, "Terminal").Until != begin.Unix()+900 {
			t.Errorf("until %d", level(t, d, "Terminal").Until)
		}
	}
}

// hoursError asks the library for a window and reports whether that is an error.
func hoursError(t *testing.T, compiler *ast.Compiler, window, zone string) error {
	t.Helper()
	call := ast.CallTerm(ast.NewTerm(ast.MustParseRef("data.doorward.hours.until")), ast.StringTerm(window), ast.StringTerm(zone))
	body, err := compiler.QueryCompiler().Compile(ast.NewBody(ast.Equality.Expr(ast.NewTerm(answer), call)))
	if err != nil {
		t.Fatal(err)
	}
	input := ast.NewObject(ast.Item(ast.StringTerm("now"), ast.NewTerm(seconds(received))))
	_, err = topdown.NewQuery(body).WithCompiler(compiler).WithInput(ast.NewTerm(input)).
		WithTime(time.Unix(received, 0)).WithStrictBuiltinErrors(true).Run(context.Background())
	return err
}

// What is refused at load is what the library refuses at a login.
func FuzzHoursAgreeWithTheCheckAtLoad(f *testing.F) {
	for _, window := range []string{
		"08:00-18:00", "Mon-Fri 08:00-18:00", "Fri,Sat 22:00-06:00", "Sat-Sun 00:00-24:00", "Mon,Wed-Thu 08:00-12:00",
		"Mon-Tue-Wed 08:00-12:00", "24:00-08:00", "08:00-08:00", "08:00-24:01", " 08:00-18:00", "Mon  08:00-18:00", "Mon, 08:00-18:00",
		"mon 08:00-18:00", "08:00-18:00\n", "", "Mon", "-", "Fri-Mon,Fri-Mon 23:59-00:00",
	} {
		f.Add(window, "UTC")
	}
	for _, zone := range []string{"Europe/Zurich", "Local", "", "utc", "Etc/GMT+1", "EST5EDT", "Europe/", "../etc", "America/Argentina/Ushuaia", "a/b/c/d", "Zürich"} {
		f.Add("00:00-24:00", zone)
	}
	modules := map[string]*ast.Module{}
	for name, text := range embedded("doorward") {
		modules[name], _ = parse(name, text)
	}
	compiler := newCompiler()
	compiler.Compile(modules)
	f.Fuzz(func(t *testing.T, window, zone string) {
		if len(window)+len(zone) > 500 {
			return
		}
		refused := wrongWindow(ast.String(window)) != "" || wrongTimeZone(ast.String(zone)) != ""
		if err := hoursError(t, compiler, window, zone); (err != nil) != refused {
			t.Errorf("%q in %q: the check refuses it: %v, the library says %v", window, zone, refused, err)
		}
	})
}
