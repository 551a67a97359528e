// One case: a login, what the guest is told to do, what must come of it.

package tck

import (
	"context"
	"slices"
	"testing"
	"time"
)

// check is run twice, the second time with members that no guest knows.
type check struct {
	name   string
	claims string // idTokenClaims; empty for none
	user   string // empty for {}
	login  string // empty for signIn
	config string // of the guest, without its braces

	want   string // the result
	failed string // the reason, when it must fail
	log    []string
	whole  bool // it reads an object that greasing changes
}

const signIn = `{"idp":"corp","protocol":"oidc","time":1577836800,"forceAuth":false}`

// received is when the logins of the kit were received.
var received = time.Unix(1577836800, 0).UTC()

func (c check) input() []byte {
	or := func(text, other string) string {
		if text == "" {
			return other
		}
		return text
	}
	return []byte(`{"version":1,"sources":{"idTokenClaims":` + or(c.claims, `{}`) + `,"userInfo":{"sub":"4711"}},"user":` + or(c.user, `{}`) +
		`,"login":` + or(c.login, signIn) + `,"config":{` + c.config + `}}`)
}

func runAll(t *testing.T, runner Runner, checks []check) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			c.judge(t, run(t, runner, c.input()))
			if !c.whole {
				c.judge(t, run(t, runner, grease(c.input())))
			}
		})
	}
}

func run(t *testing.T, runner Runner, input []byte) Outcome {
	t.Helper()
	return runJob(t, runner, Job{Input: input, LoginID: "tck", Received: received})
}

func runJob(t *testing.T, runner Runner, job Job) Outcome {
	t.Helper()
	outcome, err := runner.Run(context.Background(), job)
	if err != nil {
		t.Fatalf("%s: %v", job.Input, err)
	}
	return outcome
}

func (c check) judge(t *testing.T, got Outcome) {
	t.Helper()
	if got.Failed != (c.failed != "") || got.Reason != c.failed {
		t.Errorf("failed %v with the reason %q, want %q", got.Failed, got.Reason, c.failed)
	}
	result := string(got.Result)
	if result == "" && !got.Failed {
		result = "{}"
	}
	if !got.Failed && result != c.want {
		t.Errorf("the result is\n%.2000s\nwant\n%.2000s", result, c.want)
	}
	if !slices.Equal(got.Log, c.log) {
		t.Errorf("the log is %q, want %q", got.Log, c.log)
	}
}
