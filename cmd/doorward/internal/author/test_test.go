package author_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

const red = `{"result":{"set":{"roles":["red"]}},"log":[]}` + "\n"

func TestGoldenCases(t *testing.T) {
	h := host(t)
	for _, c := range []struct {
		name, input, output string
		passed              bool
		want                string // in what is printed
	}{
		{"as wanted", redInput, red, true, "ok    red"},
		{"laid out", redInput, "{\n  \"log\": [],\n  \"result\": {\"set\": {\"roles\": [\"red\"]}}\n}\n", true, "ok    red"},
		{"another result", redInput, `{"result":{"set":{"roles":["blue"]}},"log":[]}`, false, "-         \"blue\"\n      +         \"red\"\n"},
		{"the order of members", redInput, `{"result":{"set":{"roles":["red"]},"unset":[]},"log":[]}`, false, `-     "unset": []`},
		{"another log", redInput, `{"result":{"set":{"roles":["red"]}},"log":["info: x"]}`, false, `-     "info: x"`},
		{"a failure that does not happen", redInput, `{"failure":"x","log":[]}`, false, `-   "failure": "x"`},
		{"a log line", strings.Replace(redInput, `"team":"red"`, "", 1), `{"result":{},"log":["info: there is no team"]}`, true, "ok"},
		{"no output yet", redInput, "", false, "--update writes what came out"},
		{"an output that is none", redInput, `{"results":{}}`, false, `run doorward plugin test --update`},
		{"both result and failure", redInput, `{"result":{},"failure":"x"}`, false, `not exactly one of result and failure`},
		{"an input that is none", `{"a":1,"a":2}`, red, false, "is not strict JSON"},
		{"a login file as input", loginFile, red, false, "red/input.json is no plugin input: it is a login file; give it to --login, or in a case call it login.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := project(t, "team", "")
			file(t, p.Dir, "testdata/red/input.json", c.input)
			if c.output != "" {
				file(t, p.Dir, "testdata/red/output.json", c.output)
			}
			sum, out := test(t, h, p, author.TestOptions{})
			want := author.Tested{Passed: 1}
			if !c.passed {
				want = author.Tested{Failed: 1}
			}
			if strings.Contains(out, "\n      - ") {
				want.Differ = 1
			}
			if sum != want || !strings.Contains(out, c.want) {
				t.Errorf("%+v\n%s", sum, out)
			}
		})
	}
}

// A failing guest is an outcome like another: its own words, else the host's.
func TestGoldenFailures(t *testing.T) {
	h := host(t)
	for guest, want := range map[string]string{
		"fail": `{"failure":"the team is not known","log":[]}`,
		"trap": `{"failure":"the guest trapped: unreachable","log":[]}`,
	} {
		p := project(t, guest, "")
		file(t, p.Dir, "testdata/red/output.json", want)
		if sum, out := test(t, h, p, author.TestOptions{}); sum.Passed != 1 {
			t.Errorf("%s:\n%s", guest, out)
		}
	}
	// What a trap's author said before it is shown, and where it was.
	p := project(t, "trap", "")
	file(t, p.Dir, "testdata/red/output.json", red)
	if sum, out := test(t, h, p, author.TestOptions{}); sum.Differ != 1 || !strings.Contains(out, "\n      reason  the team is empty\n      stack   innermost\n              middle\n") {
		t.Error(out)
	}
}

// --update writes what differs, and leaves what passes as it is laid out.
func TestUpdate(t *testing.T) {
	h, p := host(t), project(t, "team", "")
	laidOut := "{\"result\": {}, \"log\": [\"info: there is no team\"]}\n"
	file(t, p.Dir, "testdata/none/input.json", `{}`)
	file(t, p.Dir, "testdata/none/output.json", laidOut)
	file(t, p.Dir, "testdata/old/input.json", redInput)
	file(t, p.Dir, "testdata/old/output.json", `{"result":{},"log":[]}`)
	sum, out := test(t, h, p, author.TestOptions{Update: true})
	cases := filepath.Join(p.Dir, "testdata")
	want := "same     " + cases + "/none/output.json\nupdated  " + cases + "/old/output.json\nnew      " + cases + "/red/output.json\n1 new, 1 updated, 1 same, 0 failed\n"
	if sum != (author.Tested{Passed: 1, Updated: 1, New: 1}) || out != want {
		t.Errorf("%+v\n%s", sum, out)
	}
	for name, want := range map[string]string{"none": laidOut, "red": red, "old": red} {
		if got, err := os.ReadFile(filepath.Join(p.Dir, "testdata", name, "output.json")); err != nil || string(got) != want {
			t.Errorf("%s is %s, %v", name, got, err)
		}
	}
	if sum, _ := test(t, h, p, author.TestOptions{}); sum != (author.Tested{Passed: 3}) {
		t.Errorf("after the update: %+v", sum)
	}
}

func TestOnlyTheCasesOfThePattern(t *testing.T) {
	h, p := host(t), project(t, "team", "")
	file(t, p.Dir, "testdata/red/output.json", red)
	file(t, p.Dir, "testdata/other/input.json", redInput)
	sum, out := test(t, h, p, author.TestOptions{Only: regexp.MustCompile("^r")})
	if sum != (author.Tested{Passed: 1}) || strings.Contains(out, "other") {
		t.Errorf("%+v\n%s", sum, out)
	}
	_, err := p.Test(context.Background(), h, author.TestOptions{Only: regexp.MustCompile("zzz")}, &strings.Builder{}, &strings.Builder{})
	advised(t, err, `no case matches "zzz"`, "the cases are other, red")
}

// A login file becomes the input that a host would make of that login.
func TestLoginFilesAreCases(t *testing.T) {
	h, p := host(t), project(t, "team", `,"config":{"type":"object","properties":{"prefix":{"type":"string"}}}`)
	if err := os.Remove(filepath.Join(p.Dir, "testdata/red/input.json")); err != nil {
		t.Fatal(err)
	}
	file(t, p.Dir, "testdata/red/login.json", `{"format":"doorward.login/v1","sources":{"userInfo":{"team":"red"}},"login":{"idp":"corp","protocol":"oidc","receivedAt":1773500966},"session":{},"request":{},"now":1}`)
	file(t, p.Dir, "testdata/red/output.json", red)
	if sum, out := test(t, h, p, author.TestOptions{}); sum.Passed != 1 {
		t.Error(out)
	}
	file(t, p.Dir, "testdata/red/config.json", `{"prefix":7}`)
	if sum, out := test(t, h, p, author.TestOptions{}); sum.Failed != 1 || !strings.Contains(out, "/prefix: want string, got number; change it, or the schema in plugin.json") {
		t.Error(out)
	}
	file(t, p.Dir, "testdata/red/input.json", redInput)
	if _, out := test(t, h, p, author.TestOptions{}); !strings.Contains(out, "has both input.json and login.json; remove one") {
		t.Error(out)
	}
}

// The config of a raw input is what it is: one that the schema refuses is told,
// and the case runs.
func TestRawInputsHaveTheirConfig(t *testing.T) {
	h, p := host(t), project(t, "team", `,"config":{"type":"object","additionalProperties":false}`)
	file(t, p.Dir, "testdata/red/input.json", strings.Replace(redInput, `"config":{}`, `"config":{"grease":1}`, 1))
	file(t, p.Dir, "testdata/red/output.json", red)
	if sum, out := test(t, h, p, author.TestOptions{}); sum.Passed != 1 || !strings.Contains(out, "no host would load it so: the config does not fit the plugin: the config: there is no member grease") {
		t.Error(out)
	}
	strict := project(t, "team", `,"config":{"type":"object","additionalProperties":false,"required":["prefix"]}`)
	if sum, out := test(t, h, strict, author.TestOptions{}); sum.Failed != 1 || !strings.Contains(out, "the member prefix is missing; change it") {
		t.Error(out)
	}
}

// The module is built when a source is newer, and not otherwise.
func TestTestBuildsWhatIsStale(t *testing.T) {
	h, p := host(t), project(t, "team", "")
	file(t, p.Dir, "testdata/red/output.json", red)
	test(t, h, p, author.TestOptions{})
	first, err := os.Stat(p.Module())
	if err != nil {
		t.Fatal(err)
	}
	test(t, h, p, author.TestOptions{})
	second, err := os.Stat(p.Module())
	if err != nil || !os.SameFile(first, second) {
		t.Errorf("it was built again without a change: %v", err)
	}
	later := first.ModTime().Add(2e9)
	if err := os.Chtimes(file(t, p.Dir, "mapper.zig", "x"), later, later); err != nil {
		t.Fatal(err)
	}
	test(t, h, p, author.TestOptions{})
	if third, err := os.Stat(p.Module()); err != nil || os.SameFile(first, third) {
		t.Errorf("it was not built again: %v", err)
	}
}
