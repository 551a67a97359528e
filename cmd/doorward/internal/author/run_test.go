package author_test

import (
	"bytes"
	"context"
	"path/filepath"
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

// A function without a name is called as it is exported.
func TestAStackOfFunctionsWithoutNames(t *testing.T) {
	ran := runOn(t, host(t), "nameless", redInput, nil)
	if want := []string{"$1", "helper", "map"}; !slices.Equal(ran.Stack, want) {
		t.Errorf("the stack is %q, want %q", ran.Stack, want)
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
		redInput:                    "is no login file: it is a plugin's input; give it to --input",
		`{"sources":{},"user":{}}`:  "is no login file: it is a plugin's input; give it to --input",
		`{"sources":{},"login":{}}`: "format is missing",
		`{"format":"doorward.login/v2","sources":{},"login":{}}`:            `this doorward reads "doorward.login/v1"`,
		`{"format":"doorward.login/v1","sources":{}}`:                       "login is missing",
		`{"format":"doorward.login/v1","source":{},"login":{}}`:             `"source" is no member of a login file`,
		`{"format":"doorward.login/v1","sources":{"a":1,"a":2},"login":{}}`: "is not strict JSON",
		`[]`: "want an object; a login file is exported from a test login",
	} {
		_, err := run(login, "")
		what, then, _ := strings.Cut(want, "; ")
		advised(t, err, what, then)
	}
	_, err = run(loginFile, "{\n \"é\": tru\n}")
	advised(t, err, "config.json is not strict JSON: line 2, column 7: expected", "under config:")
}

// Each of the two kinds of files is refused in the place of the other; an input
// may have members that nobody knows yet.
func TestALoginFileIsNoInput(t *testing.T) {
	h, m := host(t), module(t, "team")
	for login, refused := range map[string]bool{
		loginFile: true,
		`{"sources":{"userInfo":{"team":"red"}},"login":{},"session":{}}`: true,
		`{"sources":{"userInfo":{"team":"red"}},"login":{}}`:              false,
		`{"sources":{"userInfo":{"team":"red"}},"user":{},"session":{}}`:  false,
	} {
		ran, err := author.Run(context.Background(), h, m, author.Given{Input: file(t, t.TempDir(), "in.json", login)})
		if refused {
			advised(t, err, "in.json is no plugin input: it is a login file", "give it to --login")
		} else if err != nil || string(ran.Result) != `{"set":{"roles":["red"]}}` {
			t.Errorf("%s: %+v, %v", login, ran, err)
		}
	}
}

// The config.json beside a login.json is its config, as in a golden case.
func TestALoginComesWithItsConfig(t *testing.T) {
	dir := t.TempDir()
	given := func(login, config string) (author.Given, string) {
		return author.Given{Login: filepath.Join(dir, login), Config: config}.WithItsConfig()
	}
	if g, note := given("login.json", ""); g.Config != "" || note != "" {
		t.Errorf("without one: %+v, %s", g, note)
	}
	beside := file(t, dir, "config.json", "{}")
	if g, note := given("login.json", ""); g.Config != beside || !strings.Contains(note, beside+", which lies beside the login; --config FILE") {
		t.Errorf("%+v, %s", g, note)
	}
	if g, note := given("ada.json", ""); g.Config != "" || note != "" {
		t.Errorf("of another login: %+v, %s", g, note)
	}
	if g, note := given("login.json", "mine.json"); g.Config != "mine.json" || note != "" {
		t.Errorf("when one is named: %+v, %s", g, note)
	}
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
