package policy

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

// One rule's error never takes away another's grant.
func TestT44_OneRulesErrorTakesNothingFromAnother(t *testing.T) {
	bad := map[string]string{
		"builtin error":      `to_number(input.user.userName) > 3`,
		"negated error":      `not to_number(input.user.userName) == 1`,
		"division by zero":   `1 / (input.now - input.now) == 1`,
		"function conflict":  `conflicting(input.user.id)`,
		"document conflict":  `ambiguous == 1`,
		"bad duration":       `reauth.until(input.user.userName) > 0`,
		"ambiguous claim":    `claims.ref("{attribute-source:userInfo:a.b}") == 1`,
		"malformed, negated": `not claims.ref(input.user.userName)`,
		"error in a helper":  `helper`,
		"in a comprehension": `count([1 | to_number(input.user.userName)]) == 0`,
	}
	for name, body := range bad {
		t.Run(name, func(t *testing.T) {
			var heard atomic.Int32
			e := newEngine(t, Config{OnFailure: func(error) { heard.Add(1) }, Modules: levelsFile(`
grant contains "Authenticated/Engineer" if ` + body + `

grant contains "Terminal"

grant contains "Authenticated/Fresh" if input.user.id == "ada"

conflicting(x) := 1 if x == "ada"

conflicting(x) := 2 if x != ""

ambiguous := 1 if input.user.id == "ada"

ambiguous := 2 if input.user.id != ""

helper if to_number(input.user.userName) > 0

unused if {
	reauth.challenged
	claims.ref("{idp-attributes:x}")
}`)})
			facts := signedIn(t, login.Evidence{AuthTime: at(received)}, userInfo, `{"a": {"b": 1}, "a.b": 2}`)
			facts.User.UserName = "canary-value"
			d := decide(t, e, facts)
			holdsExactly(t, d, "Authenticated", fresh, "Terminal")
			w := withheldFor(t, d, "Authenticated/Engineer", login.ReasonRuleError)
			if w.Rule != "levels.rego:7" {
				t.Errorf("rule %q", w.Rule)
			}
			if strings.Contains(asJSON(t, d), "canary-value") {
				t.Errorf("a claim's value is in %+v", w)
			}
			if heard.Load() != 1 {
				t.Errorf("OnFailure heard %d times", heard.Load())
			}
		})
	}
}

func TestErrorOfOneRuleLeavesTheOtherRuleOfTheSameLevel(t *testing.T) {
	e := withPolicy(t, `grant contains "Terminal" if to_number(input.user.id) > 3
grant contains "Terminal" if input.user.id == "ada"`)
	d := decide(t, e, signedIn(t, login.Evidence{}))
	if l := level(t, d, "Terminal"); l.Rule != "levels.rego:7" {
		t.Errorf("got %+v", l)
	}
	if len(d.Withheld) != 0 {
		t.Errorf("withheld %+v", d.Withheld)
	}
}

const runaway = `grant contains "Authenticated/Engineer" if count([1 |
	some a in numbers.range(1, 1000)
	some b in numbers.range(1, 1000)
	some c in numbers.range(1, 1000)
	a + b + c == 0
]) > 0
`

func TestT44_RunawayRuleTakesNothingFromAnother(t *testing.T) {
	var heard atomic.Int32
	e := newEngine(t, Config{
		Deadline: 800 * time.Millisecond, OnFailure: func(error) { heard.Add(1) },
		Modules: levelsFile(runaway + `
grant contains "Terminal" if input.user.id == "ada"`),
	})
	start := time.Now()
	d := decide(t, e, signedIn(t, login.Evidence{}))
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	holdsExactly(t, d, "Authenticated", "Terminal")
	withheldFor(t, d, "Authenticated/Engineer", login.ReasonBudget)
	if !d.Volatile {
		t.Error("a decision that ran out of time is kept for good")
	}
	if heard.Load() == 0 {
		t.Error("OnFailure heard nothing")
	}
}

func TestT44_AllRulesRunAway(t *testing.T) {
	e := newEngine(t, Config{Deadline: 100 * time.Millisecond, Modules: levelsFile(strings.Repeat(runaway, 3))})
	facts := signedIn(t, login.Evidence{})
	facts.User.Roles = []string{"admin"}
	d := decide(t, e, facts)
	holdsExactly(t, d, "Authenticated", "Authenticated/Roles", "Authenticated/Roles/admin")
	withheldFor(t, d, "Authenticated/Engineer", login.ReasonBudget)
}

func TestDecideStopsWithItsCaller(t *testing.T) {
	e := newEngine(t, Config{Deadline: time.Minute, Modules: levelsFile(runaway)})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	d, err := e.Decide(ctx, signedIn(t, login.Evidence{}))
	if !errors.Is(err, context.DeadlineExceeded) || login.CodeOf(err) != login.CodePolicyFailed {
		t.Errorf("error %v", err)
	}
	if len(d.Levels) != 0 {
		t.Errorf("levels %v", d.Levels)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestT44_InputThatIsTooLarge(t *testing.T) {
	e := newEngine(t, Config{MaxInput: 1000, Modules: levelsFile(`grant contains "Terminal"`)})
	facts := signedIn(t, login.Evidence{}, userInfo, `{"x": "`+strings.Repeat("x", 1000)+`"}`)
	d := decide(t, e, facts)
	holdsExactly(t, d, "Authenticated")
	withheldFor(t, d, "Terminal", login.ReasonBudget)
	holdsExactly(t, decide(t, e, signedIn(t, login.Evidence{}, userInfo, `{"x": ""}`)), "Authenticated", "Terminal")
}

func TestT44_NumberBeyondReason(t *testing.T) {
	e := withPolicy(t, `grant contains "Terminal" if floor(input.sources.userInfo.n) > 1`)
	start := time.Now()
	d := decide(t, e, signedIn(t, login.Evidence{}, userInfo, `{"n": 1e999999999}`))
	if d.Holds("Terminal", afterwards) || time.Since(start) > 5*time.Second {
		t.Errorf("holds %v after %s", paths(d), time.Since(start))
	}
}

func TestT44_RuleThatYieldsTooMuch(t *testing.T) {
	e := newEngine(t, Config{MaxGrants: 10, Modules: levelsFile(`
grant contains "Terminal"

grant contains level if {
	some n in numbers.range(1, 11)
	level := sprintf("Authenticated/Engineer%d", [n])
}`)})
	d := decide(t, e, signedIn(t, login.Evidence{}))
	holdsExactly(t, d, "Authenticated", "Terminal")
	withheldFor(t, d, "", login.ReasonBudget)
}

func TestT44_DeepInput(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 60) + `1` + strings.Repeat(`}`, 60)
	e := withPolicy(t, `grant contains "Terminal" if {
	some path
	walk(input.sources.userInfo, [path, 1])
	count(path) == 60
}`)
	holdsExactly(t, decide(t, e, signedIn(t, login.Evidence{}, userInfo, deep)), "Authenticated", "Terminal")
}

func TestT44_BuiltinsWithEffectsAreOff(t *testing.T) {
	for _, call := range []string{
		`http.send({"method": "get", "url": "http://127.0.0.1/"}).status_code == 200`,
		`net.lookup_ip_addr("localhost") != set()`,
		`opa.runtime().env.HOME != ""`,
		`rand.intn("x", 2) == 1`,
		`uuid.rfc4122("x") != ""`,
		`bits.lsh(1, 1000000000) > 0`,
		`net.cidr_expand("0.0.0.0/0") != set()`,
		`json.match_schema({}, {"$ref": "http://127.0.0.1/"})[0]`,
		`io.jwt.encode_sign({}, {}, {}) != ""`,
		`crypto.x509.parse_and_verify_certificates("")[0]`,
	} {
		_, err := New(context.Background(), Config{Levels: standard(), Modules: levelsFile(`grant contains "Terminal" if ` + call)})
		name, _, _ := strings.Cut(call, "(")
		want := "levels.rego:6:30: " + name + " is not available to policies: " + switchedOff[name]
		if lines := faultLines(err); len(lines) == 0 || lines[0] != want {
			t.Errorf("%s:\ngot  %v\nwant %s", call, err, want)
		}
	}
}

func TestT45_FailedReloadKeepsTheOldPolicy(t *testing.T) {
	slot := NewSlot(withPolicy(t, `grant contains "Terminal"`))
	old := slot.Engine().Revision()
	if err := slot.Reload(context.Background(), Config{Levels: standard(), Modules: levelsFile(`grant contains "Nowhere"`)}); err == nil {
		t.Fatal("a policy with a fault was loaded")
	}
	d, err := slot.Decide(context.Background(), anonymous())
	if err != nil || d.Revision != old {
		t.Fatalf("%v, %v", d, err)
	}
	holdsExactly(t, d, "Terminal")
	if err := slot.Reload(context.Background(), Config{Levels: standard(), Modules: levelsFile(`grant contains "Terminal" if input.request.app == "x"`)}); err != nil {
		t.Fatal(err)
	}
	d, _ = slot.Decide(context.Background(), anonymous())
	holdsExactly(t, d)
	if d.Revision == old {
		t.Error("another policy has the same revision")
	}
}

// Asked alone, a rule grants what it grants together with the others: in the
// order, and with the ends, that it has there.
func TestT44_AskedAloneTheRulesDecideTheSame(t *testing.T) {
	const rules = `grant contains {"level": "Authenticated/Engineer", "until": reauth.until("5m")} if "dev" in input.user.roles

grant contains {"level": "Authenticated/Engineer", "until": reauth.until("9m")} if input.login.idp == "corp"

grant contains "Authenticated/Teams/Blue" if {
	some role in input.user.roles
	startswith(role, "st")
}

grant contains level if {
	some name in ["Green", "Blue"]
	level := concat("/", ["Authenticated/Teams", name])
}

grant contains "Terminal" if input.login.idp == "other"

grant contains "Terminal/Inside" if helper(input.user.userName)

helper("ada")

helper(x) if x == "bob"
`
	failing := "\ngrant contains \"Authenticated/Challenged\" if to_number(input.user.userName) == 1\n"
	facts := whyFacts(t)
	together, alone := decide(t, withPolicy(t, rules), facts), decide(t, withPolicy(t, rules+failing), facts)
	if got, want := asJSON(t, alone.Levels), asJSON(t, together.Levels); got != want || len(together.Levels) < 6 {
		t.Errorf("alone    %s\ntogether %s", got, want)
	}
	if len(alone.Withheld) != len(together.Withheld)+1 {
		t.Errorf("alone    %+v\ntogether %+v", alone.Withheld, together.Withheld)
	}
}

// While policies are swapped again and again, each decision is made by one
// version, whole: never by a rule of this one and a rule of that.
func TestT45_EachDecisionIsOfOneVersion(t *testing.T) {
	versions := []Config{
		{Levels: standard(), Modules: levelsFile(`grant contains "Terminal"`)},
		{Levels: standard(), Modules: levelsFile(`grant contains "Site/North"`)},
	}
	versions[0].Levels["Site"], versions[0].Levels["Site/North"] = Level{Group: true}, Level{}
	versions[1].Levels = versions[0].Levels
	slot := NewSlot(nil)
	of := map[string]string{} // what a revision grants
	for i, c := range versions {
		e, err := New(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		of[e.Revision()] = []string{"Terminal", "Site Site/North"}[i]
		slot = NewSlot(e)
	}
	var swapping, deciding sync.WaitGroup
	done := make(chan struct{})
	swapping.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			if err := slot.Reload(t.Context(), versions[i%2]); err != nil {
				t.Error(err)
			}
		}
	})
	for range 4 {
		deciding.Go(func() {
			for range 300 {
				d, err := slot.Decide(t.Context(), anonymous())
				if err != nil {
					t.Error(err)
					return
				}
				var held []string
				for _, l := range d.Levels {
					held = append(held, l.Path)
				}
				if got := strings.Join(held, " "); got != of[d.Revision] {
					t.Errorf("revision %s gave %q, not %q", d.Revision, got, of[d.Revision])
				}
			}
		})
	}
	deciding.Wait()
	close(done)
	swapping.Wait()
}
