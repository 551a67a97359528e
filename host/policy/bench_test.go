package policy

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

func manyRules(n int) string {
	var rules strings.Builder
	for i := range n {
		fmt.Fprintf(&rules, "grant contains {\"level\": \"Authenticated/L%d\", \"until\": reauth.until(\"%ds\")} if \"group%d\" in input.sources.userInfo.groups\n", i, 300+i, i)
	}
	return rules.String()
}

func manyLevels(n int) map[string]Level {
	levels := map[string]Level{}
	for i := range n {
		levels[fmt.Sprintf("Authenticated/L%d", i)] = Level{}
	}
	return levels
}

func benchFacts(b *testing.B) login.Facts {
	return signedIn(b, login.Evidence{AuthTime: at(received)},
		idToken, `{"iss":"https://idp.example.com","sub":"ada","aud":"doorward","exp":1311284570,"iat":1311280970,"auth_time":1311280970,"email":"ada@example.com"}`,
		tokens, `{"access_token":"`+strings.Repeat("a", 800)+`","token_type":"Bearer","id_token":"`+strings.Repeat("b", 800)+`","expires_in":3600}`,
		userInfo, `{"sub":"ada","email":"ada@example.com","groups":["group0","group7","staff","engineering"]}`)
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			e := newEngine(b, Config{Levels: manyLevels(n), Modules: levelsFile(manyRules(n))})
			facts := benchFacts(b)
			b.ReportAllocs()
			for b.Loop() {
				if d, err := e.Decide(context.Background(), facts); err != nil || len(d.Levels) < 2 {
					b.Fatal(d, err)
				}
			}
		})
	}
}

func BenchmarkLiveHit(b *testing.B) {
	e := newEngine(b, Config{Levels: manyLevels(50), Modules: levelsFile(manyRules(50))})
	live := NewLive(func() *Engine { return e }, 0)
	facts := benchFacts(b)
	facts.Request = login.Request{Zones: []string{"plant"}, UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", App: "wiki"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := live.Levels(context.Background(), "session", facts); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for _, n := range []int{1, 500} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			cfg := Config{Levels: manyLevels(n), Modules: levelsFile(manyRules(n))}
			for b.Loop() {
				if _, err := New(context.Background(), cfg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
