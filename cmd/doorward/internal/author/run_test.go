package author_test

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
	"github.com/doorward/doorward/host/plugin"
)

func runOn(t *testing.T, h *author.Host, guest, input string, sources []string, limits ...string) author.Ran {
	t.Helper()
	g := author.Given{Input: file(t, t.TempDir(), "in.json", input), Sources: sources}
	var err error
	if g.Limits, err = author.ParseLimits(limits); err != nil {
		t.Fatal(err)
	}
	ran, err := author.Run(context.Background(), h, module(t, guest), g)
	if err != nil {
		t.Fatal(err)
	}
	return ran
}

func printed(r author.Ran) string {
	var out bytes.Buffer
	r.Write(&out)
	return out.String()
}

func TestRunShowsResultAndUse(t *testing.T) {
	ran := runOn(t, host(t), "team", redInput, nil)
	if string(ran.Result) != `{"set":{"roles":["red"]}}` || ran.Failure != "" {
		t.Errorf("%+v", ran)
	}
	u := ran.Used
	if u.Input != int64(len(redInput)) || u.Output != int64(len(ran.Result)) || u.Fuel <= 0 || u.Memory != 64<<10 || u.Time <= 0 {
		t.Errorf("used %+v", u)
	}
	d := plugin.DefaultLimits
	if want := d.Fuel + d.FuelPerByte*int64(len(redInput)); ran.Limits.Fuel != want || ran.Limits.Time != int64(d.Timeout) {
		t.Errorf("limits %+v, want fuel %d", ran.Limits, want)
	}
	if text := printed(ran); !regexp.MustCompile(`(?m)^result  \{"set":\{"roles":\["red"\]\}\}$[\s\S]*^fuel    [0-9,]+ of 51,[0-9,]+ \([0-9.]+ %\)$[\s\S]*^memory  64\.0 KiB of 32\.0 MiB \(0\.2 %\)$`).MatchString(text) {
		t.Error(text)
	}
}

// The fuel is a function of module and input: not of the time, nor of the run.
func TestFuelIsTheSameEveryTime(t *testing.T) {
	first, again := runOn(t, host(t), "team", redInput, nil), runOn(t, host(t), "team", redInput, nil)
	if first.Used.Fuel != again.Used.Fuel {
		t.Errorf("%d and %d", first.Used.Fuel, again.Used.Fuel)
	}
}

func TestRunExplainsFailures(t *testing.T) {
	h := host(t)
	for _, c := range []struct {
		guest, limit, kind, wrong, advice string
	}{
		{"trap", "", "trap", "the guest trapped: unreachable", "mend what led there"},
		{"loop", "", "fuel", "fuel", "plugins.loop.limits.fuel"},
		{"loop", "fuel=10000", "fuel", "fuel", "try with --limits fuel=… here"},
		{"fail", "", "guest", "map returned 1", "mend the mapper"},
		{"token", "", "grant", `the source "tokenEndpointResponse", which is not granted`, "here --sources does"},
	} {
		var limits []string
		if c.limit != "" {
			limits = []string{c.limit}
		}
		ran := runOn(t, h, c.guest, redInput, nil, limits...)
		if ran.Kind != c.kind || ran.Result != nil || !strings.Contains(ran.Failure, c.wrong) || !strings.Contains(ran.Failure, c.advice) {
			t.Errorf("%s: %s, %q", c.guest, ran.Kind, ran.Failure)
		}
		if text := printed(ran); !strings.Contains(text, "failed  "+ran.Failure) || strings.Contains(text, "meter") {
			t.Error(text)
		}
	}
	if ran := runOn(t, h, "fail", redInput, nil); ran.Reason != "the team is not known" {
		t.Errorf("the reason is %q", ran.Reason)
	}
	if ran := runOn(t, h, "token", redInput, []string{"tokenEndpointResponse"}); ran.Failure != "" {
		t.Errorf("with the source granted: %s", ran.Failure)
	}
}

func TestATrapComesWithItsStack(t *testing.T) {
	ran := runOn(t, host(t), "trap", redInput, nil)
	at := func(name string) int {
		return slices.IndexFunc(ran.Stack, func(line string) bool { return strings.Contains(line, name) })
	}
	if at("innermost") != 0 || at("middle") != 1 || at("outer") != 2 {
		t.Errorf("the stack is %q", ran.Stack)
	}
	if !regexp.MustCompile(`(?m)^stack   .*innermost.*\n        .*middle`).MatchString(printed(ran)) {
		t.Error(printed(ran))
	}
}

// A source that the input holds is granted, and so is what the metadata needs.
func TestRunGrantsWhatTheInputHolds(t *testing.T) {
	if ran := runOn(t, host(t), "token", `{"sources":{"tokenEndpointResponse":{}}}`, nil); ran.Failure != "" {
		t.Error(ran.Failure)
	}
}

const loginFile = `{"format":"doorward.login/v1","sources":{"idTokenClaims":{"sub":"1"},"userInfo":{"team":"red"},"tokenEndpointResponse":{"scope":"s"}},` +
	`"login":{"idp":"corp","protocol":"oidc","receivedAt":1773500966,"forceAuth":true,"evidence":{}},"session":{"createdAt":1},"request":{},"now":1}`

func TestRunOnALoginFile(t *testing.T) {
	h, m := host(t), module(t, "team")
	run := func(login, config string, sources ...string) (author.Ran, error) {
		g := author.Given{Login: file(t, t.TempDir(), "login.json", login), Sources: sources}
		if config != "" {
			g.Config = file(t, t.TempDir(), "config.json", config)
		}
		return author.Run(context.Background(), h, m, g)
	}
	ran, err := run(loginFile, `{"a":1}`)
	if err != nil || string(ran.Result) != `{"set":{"roles":["red"]}}` {
		t.Errorf("%+v, %v", ran, err)
	}
	// The input is what a host would send, byte for byte.
	if want := int64(len(`{"version":1,"sources":{"idTokenClaims":{"sub":"1"},"userInfo":{"team":"red"}},"user":{},"login":{"idp":"corp","protocol":"oidc","time":1773500966,"forceAuth":true},"config":{"a":1}}`)); ran.Used.Input != want {
		t.Errorf("the input has %d bytes, want %d", ran.Used.Input, want)
	}
	if ran, err = run(loginFile, "", "idTokenClaims", "tokenEndpointResponse"); err != nil || ran.Kind != "grant" {
		t.Errorf("without userInfo: %+v, %v", ran, err)
	}
	for login, want := range map[string]string{
		redInput: "is no login file",
		`{"format":"doorward.login/v2","sources":{},"login":{}}`:            "is no login file",
		`{"format":"doorward.login/v1","sources":{}}`:                       "login is missing",
		`{"format":"doorward.login/v1","source":{},"login":{}}`:             `the member "source"`,
		`{"format":"doorward.login/v1","sources":{"a":1,"a":2},"login":{}}`: "is not strict JSON",
		`[]`: "want an object",
	} {
		_, err := run(login, "")
		advised(t, err, want, "")
	}
	_, err = run(loginFile, `{"a":`)
	advised(t, err, "config.json is not strict JSON", "under config:")
}

func TestGivenThatMakesNoSense(t *testing.T) {
	for _, c := range []struct {
		given         author.Given
		wrong, advice string
	}{
		{author.Given{}, "there must be one login to map", "--login F"},
		{author.Given{Login: "a", Input: "b"}, "there must be one login to map", "--input F"},
		{author.Given{Input: "a", Config: "b"}, "--config does not go with --input", "--login"},
		{author.Given{Input: "a", Sources: []string{"userinfo"}}, `no source "userinfo"`, "userInfo"},
	} {
		advised(t, c.given.Check(), c.wrong, c.advice)
	}
	if err := (author.Given{Login: "a", Config: "b", Sources: []string{"userInfo"}}).Check(); err != nil {
		t.Error(err)
	}
}

func TestParseLimits(t *testing.T) {
	got, err := author.ParseLimits([]string{"input=64KiB", "memory=2MiB", "output=512B", "fuel=30000", "fuel_per_byte=7", "timeout=90ms"})
	want := plugin.Limits{Input: 64 << 10, Memory: 2 << 20, Output: 512, Fuel: 30000, FuelPerByte: 7, Timeout: 90 * time.Millisecond}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for text, advice := range map[string]string{
		"fuel": "write a number", "fuel=-1": "write a number", "fuel=1MiB": "write a number",
		"memory=32MB": "write a size", "memory=0": "write a size", "input=999999999999GiB": "write a size", "timeout=5": "write a time", "timeout=-5s": "write a time",
		"cpu=1": "write input, memory",
	} {
		_, err := author.ParseLimits([]string{text})
		advised(t, err, "limit", advice)
	}
}

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

// Calls that fail are measured too, and counted.
func TestBenchCountsFailures(t *testing.T) {
	g := author.Given{Input: file(t, t.TempDir(), "in.json", redInput)}
	b, err := author.Bench(context.Background(), host(t), module(t, "fail"), g, author.BenchOptions{Calls: 3, For: time.Minute})
	if err != nil || b.Failed != 3 {
		t.Errorf("%+v, %v", b, err)
	}
}
