package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/doorward/doorward/host/login"
)

func TestT44_ExplainStopsARunawayRuleAndNamesItsPlace(t *testing.T) {
	var heard []string
	e := newEngine(t, Config{
		Deadline: 100 * time.Millisecond, OnFailure: func(err error) { heard = append(heard, err.Error()) },
		Modules: levelsFile(runaway),
	})
	decide(t, e, whyFacts(t))
	if all := strings.Join(heard, "\n"); !strings.Contains(all, "rule levels.rego:6: time ran out") {
		t.Errorf("the log says %q", all)
	}
	heard = nil
	start := time.Now()
	x := explained(t, e, whyFacts(t), "Authenticated/Engineer")
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	r := reportOf(t, x, "Authenticated/Engineer", 6)
	if r.Reason != login.ReasonBudget || r.Cut == "" || len(r.Failed) != 1 || r.Failed[0].Kind != Unfinished || r.Failed[0].File != "levels.rego" || r.Failed[0].Line < 7 || r.Failed[0].Line > 10 {
		t.Errorf("got %s", asJSON(t, r))
	}
	if len(heard) != 0 {
		t.Errorf("an explanation counts as a failure of the policy: %q", heard)
	}
}

// One long builtin is not stopped by OPA between steps; it only may not take
// the explanation with it.
func TestExplainGivesUpWithItsCaller(t *testing.T) {
	e := newEngine(t, Config{Deadline: time.Minute, Modules: levelsFile(runaway)})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := e.Explain(ctx, whyFacts(t)); !errors.Is(err, context.DeadlineExceeded) || login.CodeOf(err) != login.CodePolicyFailed {
		t.Errorf("error %v", err)
	}
}

func TestExplainShowsNoTokenString(t *testing.T) {
	const secret = "eyJhbGciOiJub25lIn0.SlAV32hkKGSlAV32hkKG.c2lnbmF0dXJlLW9mLWl0"
	rules := levelsFile(`grant contains "Terminal" if input.sources.tokenEndpointResponse.access_token == "x"

grant contains {"level": "Terminal", "until": input.sources.tokenEndpointResponse.access_token}

grant contains input.sources.tokenEndpointResponse.access_token

grant contains "Terminal" if to_number(split(input.sources.tokenEndpointResponse.access_token, ".")[1]) == 1

grant contains "Terminal" if input.user.userName == "x"

grant contains "Terminal" if input.user.attributes.copied == "x"

grant contains "Terminal" if input.user.roles == []`)
	for _, granted := range []bool{false, true} {
		e := newEngine(t, Config{TokensInInput: granted, Modules: rules})
		facts := signedIn(t, login.Evidence{}, tokens, `{"access_token": "`+secret+`", "token_type": "Bearer"}`)
		facts.User.UserName, facts.User.Roles = secret, []string{secret}
		facts.User.Attributes = map[string]any{"copied": "Bearer " + secret}
		x := explained(t, e, facts, "Terminal")
		out := asTree(t, x) + asJSON(t, x.Levels) + asJSON(t, x.Computed) + asJSON(t, x.Notes)
		if strings.Contains(out, "SlAV32hkKG") {
			t.Errorf("granted %v: the token is in\n%s", granted, out)
		}
		if !strings.Contains(out, "levels.rego:12") {
			t.Errorf("nothing is told of the rules:\n%s", out)
		}
		if granted != (len(x.Notes) > 0) {
			t.Errorf("granted %v: notes %q", granted, x.Notes)
		}
	}
}

func TestExplainCutsLongValues(t *testing.T) {
	long := strings.Repeat("é", 100_000)
	e := withPolicy(t, `grant contains "Terminal" if input.sources.userInfo.text == "x"

grant contains "Terminal" if input.sources.userInfo.list == "x"

grant contains "Terminal" if input.sources.userInfo[_] == "nothing"`)
	facts := signedIn(t, login.Evidence{}, userInfo, `{"text": "`+long+`", "list": [[[1, "`+long+`"], {"a": 1.50}], true, null]}`)
	x := explained(t, e, facts, "Terminal")
	for _, line := range []int{6, 8, 10} {
		values := reportOf(t, x, "Terminal", line).Failed[0].Values
		if len(values) != 1 || len(values[0].Value) > maxValueText || !strings.HasSuffix(values[0].Value, "…") {
			t.Errorf("line %d: %+v", line, values)
		}
	}
	if got := reportOf(t, x, "Terminal", 8).Failed[0].Values[0].Value; !strings.HasPrefix(got, `[[[1, "éé`) {
		t.Errorf("got %s", got)
	}
}

func TestExplainIsBoundedInAll(t *testing.T) {
	var rules strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&rules, "grant contains \"Terminal\" if {\n\ta := input.sources.userInfo.text\n\tb := [a, %d]\n\ta == b\n}\n", i)
	}
	e := withPolicy(t, rules.String())
	facts := signedIn(t, login.Evidence{}, userInfo, `{"text": "`+strings.Repeat("x", 300)+`"}`)
	start := time.Now()
	x := explained(t, e, facts)
	if size := len(asJSON(t, x)); size > 4<<20 || len(x.Notes) != 1 || time.Since(start) > 20*time.Second {
		t.Errorf("%d bytes, notes %q, took %s", size, x.Notes, time.Since(start))
	}
	last := explainedLevel(t, x, "Terminal").Why
	if len(last) != 2500 || last[2499].Cut == "" || last[0].Cut != "" {
		t.Errorf("%d rules, the last %s", len(last), asJSON(t, last[len(last)-1]))
	}
}

// What a provider sends must not reach the terminal as a command.
func TestExplainEscapesWhatATerminalWouldObey(t *testing.T) {
	e := withPolicy(t, `# METADATA
# title: "odd \e[31m title"
grant contains "Terminal" if input.user.userName == "\u001b[31m"

grant contains sprintf("Authenticated/%s", [input.user.userName])`)
	facts := whyFacts(t)
	odd := "\x1b[2J\u009b31m\u202eevil\r\n\x00"
	facts.User.UserName, facts.User.Roles = odd, []string{odd}
	facts.Request.Zones = []string{odd}
	out := asTree(t, explained(t, e, facts))
	for _, r := range out {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%q is in\n%q", r, out)
		}
	}
	if !strings.Contains(out, `\u001b[2J\u009b31m\u202eevil`) {
		t.Errorf("the value does not show: %q", out)
	}
	var coloured strings.Builder
	if err := explained(t, e, facts, "Authenticated").Write(&coloured, true); err != nil || !strings.Contains(coloured.String(), "\x1b[32mheld\x1b[0m") {
		t.Errorf("%v, %q", err, coloured.String())
	}
}

func TestExplainIsSafeForConcurrentUse(t *testing.T) {
	e := withPolicy(t, "grant contains \"Terminal\" if helper(input.user.userName)\n\nhelper(x) if x == \"bob\"")
	facts := whyFacts(t)
	want := asJSON(t, explained(t, e, facts))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if x, err := e.Explain(context.Background(), facts); err != nil || asJSON(t, x) != want {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
}

func TestExplainJSON(t *testing.T) {
	e := newEngine(t, Config{Levels: map[string]Level{"Terminal": {Description: "on the shop floor"}}, Modules: levelsFile(`# METADATA
# title: from the floor
grant contains "Terminal" if inside

inside if "floor" in input.request.zones

inside if input.user.attributes.floor`)})
	x := explained(t, e, whyFacts(t), "Terminal")
	want := `[{"path":"Terminal","description":"on the shop floor","held":false,"reach":"reached","why":[{"by":"rule","verdict":"did_not_hold","level":"Terminal",` +
		`"file":"levels.rego","line":8,"column":1,"title":"from the floor","failed":[{"kind":"undefined","file":"levels.rego","line":8,"column":30,"text":"inside",` +
		`"values":[{"name":"inside","missing":true}],"because":[` +
		`{"kind":"false","file":"levels.rego","line":10,"column":11,"text":"\"floor\" in input.request.zones","values":[{"name":"input.request.zones","value":"[\"plant\"]"}]},` +
		`{"kind":"undefined","file":"levels.rego","line":12,"column":11,"text":"input.user.attributes.floor","values":[{"name":"input.user.attributes.floor","missing":true}]}]}]}]}]`
	if got := asJSON(t, x.Levels); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzShown(f *testing.F) {
	f.Add("plain", 3)
	f.Add("\x1b[31m\xff\u202e\"\\", 400)
	f.Fuzz(func(t *testing.T, s string, n int) {
		out := clip(s, max(n, 8))
		if n >= 8 && len(s) <= n && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0 && out != s {
			t.Errorf("%q became %q", s, out)
		}
		if q := quoted(s); strings.IndexFunc(q, func(r rune) bool { return !unicode.IsPrint(r) && r != unicode.ReplacementChar }) >= 0 {
			t.Errorf("%q", q)
		}
	})
}

// Helpers that share helpers have more ways to fail than there are expressions.
func TestT44_ExplainOfHelpersThatShareHelpersIsBounded(t *testing.T) {
	var rules strings.Builder
	rules.WriteString("grant contains \"Terminal\" if h0\n")
	for depth := range maxDepth {
		for body := range maxBecause {
			fmt.Fprintf(&rules, "\nh%d if {\n\tinput.now != %d\n\th%d\n}\n", depth, body, depth+1)
		}
	}
	fmt.Fprintf(&rules, "\nh%d if input.now == 1\n", maxDepth)
	start := time.Now()
	x := explained(t, withPolicy(t, rules.String()), anonymous(), "Terminal")
	if size, took := len(asJSON(t, x)), time.Since(start); size > 2<<20 || took > 20*time.Second {
		t.Errorf("%d bytes in %s", size, took)
	}
	if r := reportOf(t, x, "Terminal", 6); !strings.Contains(r.Cut, "shortened") || len(r.Failed) == 0 {
		t.Errorf("nothing says that it was cut: %q", r.Cut)
	}
}
