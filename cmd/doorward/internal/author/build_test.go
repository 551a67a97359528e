package author_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

func build(t *testing.T, h *author.Host, p *author.Project) (author.Built, string, error) {
	t.Helper()
	var said bytes.Buffer
	built, err := p.Build(context.Background(), h, &said)
	return built, said.String(), err
}

// What is built carries plugin.json, without what concerns the build alone.
func TestBuildPutsTheMetadataIn(t *testing.T) {
	p := project(t, "team", `, "version": "1.0", "deny": false, "x-note": {"a": 1}`)
	built, _, err := build(t, host(t), p)
	if err != nil {
		t.Fatal(err)
	}
	m, err := author.ReadModule(p.Module())
	if err != nil || built.SHA256 != m.SHA256 || built.Path != p.Module() {
		t.Errorf("%+v, %v", built, err)
	}
	bytes, err := os.ReadFile(p.Module())
	if err != nil || built.Size != len(bytes) {
		t.Errorf("%d bytes, %+v, %v", len(bytes), built, err)
	}
	section, ok, err := wasmbin.Custom(bytes, abi.MetadataSection)
	if want := `{"name":"team","version":"1.0","deny":false,"x-note":{"a":1}}`; string(section) != want || !ok || err != nil {
		t.Errorf("%s, want %s, %v", section, want, err)
	}
}

// What a host would refuse is not written, and the module before stays.
func TestBuildRefusesWhatAHostWould(t *testing.T) {
	h := host(t)
	for _, c := range []struct{ guest, metadata, wrong, advice string }{
		{"wrong", "", "it imports the function env.now", "doorward plugin inspect"},
		{"team", `,"config":{"type":"strin"}`, "the module's config schema", "mend the member config of plugin.json"},
		{"team", `,"config":{"$ref":"https://example.com/x"}`, "the module's config schema", "mend the member config of plugin.json"},
	} {
		p := project(t, c.guest, c.metadata)
		file(t, p.Dir, c.guest+".wasm", "the one before")
		_, _, err := build(t, h, p)
		advised(t, err, c.wrong, c.advice)
		if left, _ := os.ReadFile(p.Module()); string(left) != "the one before" {
			t.Errorf("%s: the module is %.20q", c.guest, left)
		}
	}
}

// A config that the plugin requires is the operator's to write.
func TestBuildNeedsNoConfig(t *testing.T) {
	p := project(t, "team", `,"config":{"type":"object","required":["prefix"]}`)
	if _, _, err := build(t, host(t), p); err != nil {
		t.Error(err)
	}
}

func TestBuildShowsWhatTheToolchainSays(t *testing.T) {
	h := host(t)
	custom := func(command string) *author.Project {
		dir := t.TempDir()
		file(t, dir, "plugin.json", `{"name":"x","x-build":{"run":`+command+`,"module":"x.bin"}}`)
		p, err := author.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	_, said, err := build(t, h, custom(`["sh","-c","echo mapper.x:3: no such function >&2; exit 7"]`))
	advised(t, err, "sh failed (exit status 7)", "mend what it says above")
	if !strings.HasSuffix(said, "plugin.json runs sh -c \"echo mapper.x:3: no such function >&2; exit 7\"\nmapper.x:3: no such function\n") {
		t.Errorf("it said %q", said)
	}
	_, _, err = build(t, h, custom(`["no-such-compiler","x"]`))
	advised(t, err, "no-such-compiler is not installed", "install it")
	_, _, err = build(t, h, custom(`["true"]`))
	advised(t, err, "left 0 modules", "see that it builds one")
	_, _, err = build(t, h, custom(`["sh","-c","echo no module >x.bin"]`))
	advised(t, err, "cannot be read", "core module")
}

func TestOpenExplains(t *testing.T) {
	for _, c := range []struct{ metadata, wrong, advice string }{
		{"", "there is no plugin.json", "doorward plugin new"},
		{`{"name":"X"}`, "plugin.json: name: want lower case letters", "mend"},
		{`{"name":"x","source":[]}`, `unknown member "source"`, "begin with x-; mend"},
		{`{"name":"x","x-build":{"run":[]}}`, "x-build", "mend"},
		{`{"name":"x","sources":["userinfo"]}`, `sources: there is no source "userinfo", only idTokenClaims, userInfo`, "mend"},
		{`{"name":"x","abi":2}`, "plugin.json: abi: want 1", "mend"},
		{"{\n \"name\": \"x\"", "plugin.json: line 2, column 13: ", "mend"},
	} {
		dir := t.TempDir()
		if c.metadata != "" {
			file(t, dir, "plugin.json", c.metadata)
		}
		_, err := author.Open(dir)
		advised(t, err, c.wrong, c.advice)
	}
}

func TestFindIsAModuleOrAProject(t *testing.T) {
	h, p := host(t), project(t, "team", "")
	m, err := author.Find(context.Background(), h, p.Dir, false, &bytes.Buffer{})
	if err != nil || m.Path != p.Module() || m.Name != "team" || m.Metadata == nil {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err = author.Find(context.Background(), h, "testdata/trap.wasm", false, &bytes.Buffer{}); err != nil || m.Name != "trap" || m.Metadata != nil {
		t.Errorf("%+v, %v", m, err)
	}
	_, err = author.Find(context.Background(), h, filepath.Join(p.Dir, "nowhere"), false, &bytes.Buffer{})
	advised(t, err, "no such file", "name a module")
	_, err = author.Find(context.Background(), h, t.TempDir(), false, &bytes.Buffer{})
	advised(t, err, "there is no plugin.json", "doorward plugin new")
}

// The binary's own plugins are modules like others.
func TestFindIsABundledPlugin(t *testing.T) {
	h := host(t)
	m, err := author.Find(context.Background(), h, "bundled:email-domain", false, &bytes.Buffer{})
	if err != nil || m.Path != "bundled:email-domain" || m.Name != "email-domain" || m.Metadata == nil {
		t.Fatalf("%+v, %v", m, err)
	}
	g := author.Given{Input: file(t, t.TempDir(), "in.json", strings.Replace(redInput, `"config":{}`, `"config":{"claim":"/userInfo/team"}`, 1))}
	ran, err := author.Run(context.Background(), h, m, g)
	if err != nil || ran.Used.Fuel == 0 || ran.Limits.Fuel == 0 {
		t.Errorf("%+v, %v", ran, err)
	}
	if i, text := inspected(t, h, m); len(i.Faults) != 0 || !strings.Contains(text, "module    bundled:email-domain, ") {
		t.Error(text)
	}
	_, err = author.Find(context.Background(), h, "bundled:mine", false, &bytes.Buffer{})
	advised(t, err, `no bundled plugin is called "mine"`, "write one of claim-types, email-domain, ")
}

func TestNewRefuses(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine")
	for _, name := range []string{"", "Mine", "1st", "-x", "x-", "a/b", "..", "doorward", strings.Repeat("a", 65)} {
		_, err := author.New(author.NewOptions{Name: name, Language: "go", Dir: mine})
		advised(t, err, "is no name for a new plugin", "a letter first")
	}
	_, err := author.New(author.NewOptions{Name: "mine", Language: "cobol", Dir: mine})
	advised(t, err, `"cobol"`, "go, rust, assemblyscript, c")
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("something was made: %v", entries)
	}
	kept := file(t, mine, "mapper.go", "my work")
	_, err = author.New(author.NewOptions{Name: "mine", Language: "go", Dir: mine})
	advised(t, err, "exists and is left as it is", "another name")
	if entries, _ := os.ReadDir(mine); len(entries) != 1 {
		t.Errorf("it holds %v", entries)
	}
	if text, _ := os.ReadFile(kept); string(text) != "my work" {
		t.Errorf("it holds %s", text)
	}
}

// A folder may lie in others that are not there yet.
func TestNewMakesTheFoldersAbove(t *testing.T) {
	dir := t.TempDir()
	p, err := author.New(author.NewOptions{Name: "mine", Language: "c", Dir: filepath.Join(dir, "a", "b", "mine") + "/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := author.Open(p.Dir); err != nil {
		t.Error(err)
	}
	above := file(t, dir, "file", "")
	_, err = author.New(author.NewOptions{Name: "mine", Language: "c", Dir: filepath.Join(above, "mine")})
	advised(t, err, "not a directory", "choose another folder with --dir")
}

// A new project has everything, and no placeholder is left.
func TestNewWritesAWholeProject(t *testing.T) {
	for _, language := range author.Languages() {
		dir := filepath.Join(t.TempDir(), "p")
		p, err := author.New(author.NewOptions{Name: "team-roles", Language: language, Dir: dir, Version: "v1.2.3"})
		if err != nil {
			t.Fatal(err)
		}
		if p.Name() != "team-roles" || p.Metadata.Config == nil {
			t.Errorf("%s: %+v", language, p.Metadata)
		}
		for _, name := range []string{"plugin.json", "README.md", ".gitignore", "testdata/team/login.json", "testdata/team/output.json"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Error(err)
			}
		}
		err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			inside, _ := filepath.Rel(dir, path)
			for _, mark := range []string{"@NAME@", "@LANGUAGE@", "@CHECK@", "@ABOUT@", "@VERSION@"} {
				if bytes.Contains(text, []byte(mark)) {
					t.Errorf("%s: %s holds %s", language, inside, mark)
				}
			}
			if inside == "README.md" && strings.Contains(string(text), "npm install\nnpm test\n") != (language == "assemblyscript") {
				t.Errorf("%s: %s", language, text)
			}
			if strings.HasSuffix(inside, ".tmpl") || strings.Contains(inside, "dot-") || strings.HasPrefix(inside, "doorward") && strings.HasSuffix(inside, "_test.go") {
				t.Errorf("%s: there is %s", language, inside)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
