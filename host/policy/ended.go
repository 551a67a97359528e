// Claims that have an end: what rests on them ends with them.

package policy

import (
	"fmt"

	"github.com/doorward/doorward/host/login"
)

// claimsEnd is when what needs n ends because the claims that it rests on do;
// zero for no end.
func (b *ballot) claimsEnd(n needs) int64 {
	if b.facts.Document == nil || !n.claims() {
		return 0
	}
	return b.facts.ClaimsEnd
}

// addUntil adds a level that rests on claims which end at end (zero: never), or
// withholds it when they have ended.
func (b *ballot) addUntil(level login.Level, end int64) {
	switch {
	case end == 0:
	case end <= b.now:
		b.withhold(login.Withheld{Path: level.Path, Reason: login.ReasonClaimsEnded, Rule: level.Rule,
			Detail: fmt.Sprintf("it rests on the provider's claims, which ended %d s ago and could not be refreshed", b.now-end)})
		return
	case outlasts(level.Until, end):
		level.Until = end
	}
	b.add(level)
}

// endedClaims shows what a rule rests on that has ended.
func endedClaims(n needs) (values []Value) {
	for _, source := range n.sources {
		values = append(values, Value{Name: trimDot("input.sources." + source), Value: "ended"})
	}
	for _, name := range n.attributes {
		values = append(values, Value{Name: trimDot("input.user." + name), Value: "ended"})
	}
	return values[:min(len(values), maxValues)]
}
