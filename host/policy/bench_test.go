package policy

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/policies"
)

// benchRules are n rules as people write them; an index can tell most of them
// apart.
func benchRules(n int) string {
	var rules strings.Builder
	for i := range n {
		fmt.Fprintf(&rules, "grant contains {\"level\": \"Authenticated/L%d\", \"until\": reauth.until(\"%ds\")} if \"group%d\" in input.sources.userInfo.groups\n", i, 300+i, i)
	}
	return rules.String()
}

// opaqueRules are n rules that no index can tell apart.
func opaqueRules(n int) string {
	var rules strings.Builder
	for i := range n {
		fmt.Fprintf(&rules, "grant contains \"Authenticated/L%d\" if {\n\tsome group in input.sources.userInfo.groups\n\tstartswith(group, \"group%d\")\n}\n", i, i)
	}
	return rules.String()
}

// failing is a rule that errors for benchFacts.
const failing = `grant contains "Authenticated/L0" if to_number(input.sources.userInfo.email) > 1
`

func benchLevels(n int) map[string]Level {
	levels := map[string]Level{}
	for i := range n {
		levels[fmt.Sprintf("Authenticated/L%d", i)] = Level{}
	}
	return levels
}

func benchFacts(b testing.TB) login.Facts {
	facts := signedIn(b, login.Evidence{AuthTime: at(received)},
		idToken, `{"iss":"https://idp.example.com","sub":"ada","aud":"doorward","exp":1311284570,"iat":1311280970,"auth_time":1311280970,"email":"ada@example.com"}`,
		tokens, `{"access_token":"`+strings.Repeat("a", 800)+`","token_type":"Bearer","id_token":"`+strings.Repeat("b", 800)+`","expires_in":3600}`,
		userInfo, `{"sub":"ada","email":"ada@example.com","groups":["group0","group7","staff","engineering"]}`)
	facts.Request = login.Request{Zones: []string{"plant"}, UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", App: "wiki"}
	return facts
}

// way is one way to decide; run is one decision.
type way struct {
	name string
	each int // runs in one turn
	run  func()
}

// takeTurns measures ways in turns, so that a busy machine disturbs all alike,
// and reports the median of each in microseconds and of the turns' ratios to
// the first.
func takeTurns(b *testing.B, ways ...way) {
	times, ratios := make([][]float64, len(ways)), make([][]float64, len(ways))
	for b.Loop() {
		for n, w := range ways {
			w.run() // what the others left in the processor's caches
			began := time.Now()
			for range w.each {
				w.run()
			}
			times[n] = append(times[n], float64(time.Since(began).Nanoseconds())/1000/float64(w.each))
			ratios[n] = append(ratios[n], times[n][len(times[n])-1]/times[0][len(times[0])-1])
		}
	}
	b.ReportMetric(0, "ns/op")
	for n, w := range ways {
		b.ReportMetric(median(times[n]), w.name+"-µs")
		if n > 0 {
			b.ReportMetric(median(ratios[n]), w.name+"/"+ways[0].name)
		}
	}
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

// BenchmarkDecision takes turns between a bare OPA query of the same grant, its
// input parsed already; a decision, from facts to levels; one in which a rule
// errors, so that each is asked alone; and one out of the cache.
func BenchmarkDecision(b *testing.B) {
	for _, kind := range []struct {
		name  string
		rules func(int) string
	}{{"rules", benchRules}, {"opaque", opaqueRules}} {
		for _, n := range []int{1, 50, 500} {
			b.Run(fmt.Sprintf("%s=%d", kind.name, n), func(b *testing.B) {
				e := newEngine(b, Config{Levels: benchLevels(n), Modules: levelsFile(kind.rules(n))})
				broken := newEngine(b, Config{Levels: benchLevels(n), Modules: levelsFile(kind.rules(n) + failing)})
				each := max(1, 20/n)
				takeTurns(b, bareWay(b, e, kind.rules(n), each), decideWay(b, "decide", e, each, 2), decideWay(b, "fallback", broken, each, 2),
					cachedWay(b, e))
			})
		}
	}
}

// BenchmarkExplain takes turns between a decision and an explanation of every
// level.
func BenchmarkExplain(b *testing.B) {
	for _, n := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			e := newEngine(b, Config{Levels: benchLevels(n), Modules: levelsFile(benchRules(n))})
			takeTurns(b, decideWay(b, "decide", e, 20, 2), explainWay(b, e))
		})
	}
}

// bareWay is OPA as a library: the policy and the library, prepared.
func bareWay(b *testing.B, e *Engine, rules string, each int) way {
	options := []func(*rego.Rego){rego.Query("data.doorward.levels.grant"), rego.StrictBuiltinErrors(true)}
	for _, files := range []map[string]string{levelsFile(rules), embedded(policies.Library)} {
		for name, text := range files {
			options = append(options, rego.Module(name, text))
		}
	}
	query, err := rego.New(options...).PrepareForEval(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	facts := benchFacts(b)
	text, err := e.Input(facts)
	if err != nil {
		b.Fatal(err)
	}
	input := ast.MustParseTerm(string(text)).Value
	return way{"bare", each, func() {
		results, err := query.Eval(context.Background(), rego.EvalParsedInput(input), rego.EvalTime(facts.Now))
		if err != nil || len(results) != 1 || len(results[0].Expressions[0].Value.([]any)) == 0 {
			b.Fatal(results, err)
		}
	}}
}

func decideWay(b *testing.B, name string, e *Engine, each, atLeast int) way {
	facts := benchFacts(b)
	return way{name, each, func() {
		if d, err := e.Decide(context.Background(), facts); err != nil || len(d.Levels) < atLeast {
			b.Fatal(d, err)
		}
	}}
}

func cachedWay(b *testing.B, e *Engine) way {
	live, facts := NewLive(func() *Engine { return e }, 0), benchFacts(b)
	return way{"cached", 200, func() {
		if d, err := live.Levels(context.Background(), "session", facts); err != nil || len(d.Levels) < 2 {
			b.Fatal(d, err)
		}
	}}
}

func explainWay(b *testing.B, e *Engine) way {
	facts := benchFacts(b)
	return way{"explain", 1, func() {
		if x, err := e.Explain(context.Background(), facts); err != nil || len(x.Levels) < 2 {
			b.Fatal(x, err)
		}
	}}
}

// BenchmarkLiveMemory fills the cache with the decisions of 100 000 sessions, of
// four levels each.
func BenchmarkLiveMemory(b *testing.B) {
	const sessions = 100_000
	e := newEngine(b, Config{Levels: benchLevels(50), Modules: levelsFile(benchRules(50))})
	facts := benchFacts(b)
	document := *facts.Document
	facts.Document = &document
	for b.Loop() {
		live := NewLive(func() *Engine { return e }, sessions)
		before := heap()
		for i := range sessions {
			document.ID = fmt.Sprintf("%016x", i)
			if _, err := live.Levels(context.Background(), fmt.Sprintf("session-%016x-1", i), facts); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(heap()-before)/sessions, "B/session")
		if live.Len() != sessions {
			b.Fatal(live.Len())
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func BenchmarkNew(b *testing.B) {
	for _, n := range []int{1, 500} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			cfg := Config{Levels: benchLevels(n), Modules: levelsFile(benchRules(n))}
			for b.Loop() {
				if _, err := New(context.Background(), cfg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
