// What a guest must not be able to tell calls apart by.

package tck

import (
	"strconv"
	"testing"
	"time"

	"github.com/doorward/doorward/sdk/abi"
)

func sandbox(t *testing.T, runner Runner) {
	t.Run("random", func(t *testing.T) { random(t, runner) })
	t.Run("time", func(t *testing.T) { clock(t, runner) })
	t.Run("count", func(t *testing.T) { count(t, runner) })
	t.Run("denied source", func(t *testing.T) { deniedSource(t, runner) })
	t.Run("after a failure", func(t *testing.T) {
		runAll(t, runner, []check{{name: "fail", config: `"do":"fail","reason":"x"`, failed: "x"}})
		count(t, runner)
	})
}

// attribute is an attribute that the guest sets.
func attribute(t *testing.T, runner Runner, config, name, loginID string, received time.Time) abi.Raw {
	t.Helper()
	outcome := runJob(t, runner, Job{Input: check{config: config}.input(), LoginID: loginID, Received: received})
	value, found := abi.Raw(outcome.Result).Get("/set/attributes/" + name)
	if !found {
		t.Fatalf("failed %v with the reason %q and the result %s", outcome.Failed, outcome.Reason, outcome.Result)
	}
	return value
}

// Randomness is a function of the login.
func random(t *testing.T, runner Runner) {
	hex := func(loginID string) string {
		text, ok := attribute(t, runner, `"do":"random"`, "hex", loginID, received).Text()
		if !ok || len(text) != 32 {
			t.Fatalf("%q are not 16 bytes in hexadecimal", text)
		}
		return text
	}
	a, b, again := hex("a"), hex("b"), hex("a")
	if a != again {
		t.Errorf("one login drew %s, then %s", a, again)
	}
	if a == b {
		t.Errorf("two logins drew %s", a)
	}
}

// The clock begins at the time the login was received, and moves a little with
// each reading.
func clock(t *testing.T, runner Runner) {
	for _, at := range []time.Time{received, received.AddDate(10, 0, 0).Add(123456789)} {
		text, _ := attribute(t, runner, `"do":"time"`, "time", "a", at).Text()
		n, err := strconv.ParseInt(text, 10, 64)
		if late := time.Unix(0, n).Sub(at); err != nil || late < 0 || late > time.Millisecond {
			t.Errorf("the clock is at %q, %v after the login was received: %v", text, late, err)
		}
	}
}

// What one call counts, the next does not see.
func count(t *testing.T, runner Runner) {
	first := attribute(t, runner, `"do":"count"`, "count", "a", received)
	for range 20 {
		if next := attribute(t, runner, `"do":"count"`, "count", "a", received); string(next) != string(first) {
			t.Fatalf("the guest counted %s, then %s", first, next)
		}
	}
}

// A source that is not granted ends the call.
func deniedSource(t *testing.T, runner Runner) {
	for _, pointer := range []string{"/sources/tokenEndpointResponse", "/sources/tokenEndpointResponse/access_token", "/sources/authnResponse"} {
		if got := run(t, runner, check{config: `"do":"get","pointer":"` + pointer + `"`}.input()); !got.Failed {
			t.Errorf("%s gave %s", pointer, got.Result)
		}
	}
}
