package conformance_test

// The plans: every module of the list is a subtest, and every subtest is a
// module of the list.

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"
)

// modules are the tests of a plan by the suite's names.
type modules map[string]func(*module)

// variant is how a plan runs its modules.
type variant struct {
	mode    string // response_mode; "" asks for none
	dynamic bool   // clients register themselves, and authenticate by private_key_jwt
}

// module is one run of a module: a test with a provider.
type module struct {
	*testing.T
	op *provider
	variant
}

type list struct {
	Plans map[string]struct {
		Modules []string `json:"modules"`
	} `json:"plans"`
}

func readList(t *testing.T) list {
	t.Helper()
	raw, err := os.ReadFile("testdata/modules.json")
	must(t, err)
	var l list
	must(t, json.Unmarshal(raw, &l))
	return l
}

// The lists are whole: a module that falls out of them is not silently gone.
func TestListsAreWhole(t *testing.T) {
	l := readList(t)
	for plan, want := range map[string]int{
		"Basic OP": 38, "Config OP": 1, "Dynamic OP": 23, "RP-Initiated OP": 11, "Back-Channel OP": 2, "Form Post OP": 38, "3rd Party-Init OP": 2,
	} {
		if got := len(l.Plans[plan].Modules); got != want {
			t.Errorf("%s has %d modules, not %d", plan, got, want)
		}
	}
	if !slices.Equal(l.Plans["Basic OP"].Modules, l.Plans["Form Post OP"].Modules) {
		t.Error("Form Post OP is the Basic list with another response mode")
	}
}

// runPlan runs every module of plan, in the plan's order, against one provider.
func runPlan(t *testing.T, plan string, v variant, tests modules) {
	names := readList(t).Plans[plan].Modules
	for name := range tests {
		if !slices.Contains(names, name) {
			t.Errorf("%s is no module of %s", name, plan)
		}
	}
	op := startProvider(t)
	for _, name := range names {
		test, there := tests[name]
		if !there {
			t.Errorf("%s of %s has no test", name, plan)
			continue
		}
		t.Run(name, func(t *testing.T) {
			op.peer.Add(1)
			test(&module{t, op.in(t), v})
			op.clock.advance(time.Second) // no module sees the second of another
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
