package author_test

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
	"github.com/doorward/doorward/host/plugin"
)

func TestBench(t *testing.T) {
	h, p := host(t), project(t, "team", "")
	file(t, p.Dir, "testdata/none/input.json", `{}`)
	if _, err := p.Current(context.Background(), h, false, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	m, err := author.ReadModule(p.Module())
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.BenchCases(context.Background(), h, m, plugin.Limits{Fuel: 50_000}, author.BenchOptions{Calls: 40, For: time.Minute})
	if err != nil || b.Calls != 40 || b.Inputs != 2 || b.Failed != 0 {
		t.Fatalf("%+v, %v", b, err)
	}
	if b.Time.P50 <= 0 || b.Time.P50 > b.Time.P90 || b.Time.P90 > b.Time.P99 || b.Time.P99 > b.Time.Max {
		t.Errorf("time %+v", b.Time)
	}
	none, red := runOn(t, h, "team", `{}`, nil).Used.Fuel, runOn(t, h, "team", redInput, nil).Used.Fuel
	if b.Fuel.P50 != min(none, red) || b.Fuel.Max != max(none, red) || none == red {
		t.Errorf("fuel %+v, of single calls %d and %d", b.Fuel, none, red)
	}
	if b.Memory != 64<<10 || b.Worst.Memory <= 0.19 || b.Worst.Memory >= 0.2 || b.Worst.Fuel <= 0 {
		t.Errorf("memory %d, %+v", b.Memory, b.Worst)
	}
	var out bytes.Buffer
	b.Write(&out)
	if !regexp.MustCompile(`(?m)^40 calls of .*team\.wasm.* on 2 inputs in turn$\n +p50 +p90 +p99 +most +limit +used *\n +time .* %`).MatchString(out.String()) {
		t.Error(out.String())
	}
	if text, err := json.Marshal(b); err != nil || !strings.Contains(string(text), `"percentOfLimits":{"time":`) {
		t.Errorf("%s, %v", text, err)
	}
}

// Calls that fail are measured too, and counted; the first is shown with what
// to do.
func TestBenchShowsTheFirstFailure(t *testing.T) {
	h := host(t)
	g := author.Given{Input: file(t, t.TempDir(), "in.json", redInput)}
	b, err := author.Bench(context.Background(), h, module(t, "fail"), g, author.BenchOptions{Calls: 3, For: time.Minute})
	if err != nil || b.Failed != 3 || b.First == nil || b.First.Kind != "guest" || b.First.Reason != "the team is not known" {
		t.Fatalf("%+v, %v", b, err)
	}
	var out bytes.Buffer
	b.Write(&out)
	if !strings.HasSuffix(out.String(), "3 of 3 calls failed; the first:\nfailed  map returned 1; the reason is the mapper's own: mend the mapper, or the login\nreason  the team is not known\n") {
		t.Error(out.String())
	}
	if b, err = author.Bench(context.Background(), h, module(t, "trap"), g, author.BenchOptions{Calls: 1, For: time.Minute}); err != nil || b.First == nil || len(b.First.Stack) != 3 {
		t.Errorf("%+v, %v", b, err)
	}
}

// A case that wants a failure does not fail; one that does is named.
func TestBenchOfCasesThatFail(t *testing.T) {
	h, p := host(t), project(t, "fail", "")
	if _, err := p.Current(context.Background(), h, false, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	m, err := author.ReadModule(p.Module())
	if err != nil {
		t.Fatal(err)
	}
	bench := func() author.Benched {
		b, err := p.BenchCases(context.Background(), h, m, plugin.Limits{}, author.BenchOptions{Calls: 4, For: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	file(t, p.Dir, "testdata/also/input.json", redInput)
	file(t, p.Dir, "testdata/also/output.json", `{"failure":"the team is not known","log":[]}`)
	b := bench()
	var out bytes.Buffer
	b.Write(&out)
	if b.Failed != 2 || b.First.Case != "red" || !strings.Contains(out.String(), "2 of 4 calls failed; the first, on the case red:\nfailed  ") {
		t.Errorf("%+v\n%s", b, out.String())
	}
	file(t, p.Dir, "testdata/red/output.json", `{"failure":"the team is not known","log":["info: x"]}`)
	if b := bench(); b.Failed != 0 || b.First != nil {
		t.Errorf("%+v", b)
	}
	file(t, p.Dir, "testdata/red/output.json", `{"failure":"for another reason","log":[]}`)
	if b := bench(); b.Failed != 2 {
		t.Errorf("%+v", b)
	}
}
