package policy

import "testing"

// One rule that asks for a window, decided anew: what each second of a session
// in use costs.
func BenchmarkDecideHours(b *testing.B) {
	e := newEngine(b, Config{Modules: libraryFile(`grant contains {"level": "Terminal", "until": hours.until("Mon-Fri 22:00-06:00", "Europe/Zurich")}`)})
	facts := benchFacts(b)
	level(b, decide(b, e, facts), "Terminal")
	b.ReportAllocs()
	for b.Loop() {
		decide(b, e, facts)
	}
}
