package host_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// Rules of each outcome, and of each kind of failure that takes no time, for
// whoever asks.
const everyOutcome = `
grant contains "Authenticated/Engineer"
grant contains "Authenticated/Active" if input.user.id == "nobody"
grant contains {"level": "Authenticated/Fresh", "until": 5}
grant contains {"level": "Authenticated/Team", "until": "tomorrow"}
grant contains input.now
grant contains "Authenticated/Broken" if to_number(sprintf("at %d", [input.now])) > 1
grant contains "Authenticated/Broken" if rank == 1
grant contains {"level": "Authenticated/Broken", "until": n} if some n in numbers.range(1, 300)

rank := 1 if input.now > 1

rank := 2 if input.now > 2
`

// What becomes of rules is counted in each decision, by outcome, and each
// failure by kind; a decision out of the cache counts nothing.
func TestPolicyMetrics_RulesAndFailures(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: manyLevels, Files: rego(everyOutcome)})
	s.counts(`doorward_policy_failures_total{kind="error"}`, "0")
	b := s.browser()
	b.signedIn("/login?idp=corp").holds(t, "Authenticated", "Authenticated/Engineer")
	found := regexp.MustCompile(`(?m)^doorward_policy_rules_total\{outcome="granted"\} (\d+)$`).FindStringSubmatch(s.metrics())
	if found == nil || found[1] == "0" {
		t.Fatalf("no decision was counted: %q", found)
	}
	decisions, _ := strconv.Atoi(found[1])
	counted := func(times int) {
		t.Helper()
		for outcome, each := range map[string]int{"granted": 1, "undefined": 1, "withheld": 3, "failed": 3} {
			s.counts(`doorward_policy_rules_total{outcome="`+outcome+`"}`, strconv.Itoa(each*times))
		}
		for kind, each := range map[string]int{"error": 1, "conflict": 1, "limit": 1, "bad_until": 1, "bad_grant": 1, "deadline": 0, "input": 0} {
			s.counts(`doorward_policy_failures_total{kind="`+kind+`"}`, strconv.Itoa(each*times))
		}
	}
	counted(decisions)
	for range 3 {
		b.session()
	}
	counted(decisions)
}
