package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/config/internal/keys"
)

// everyKey is a provider of one type with every key that it takes, by the
// examples of the table. Secrets are named in the form of suffix.
func everyKey(kind, suffix string) string {
	var b strings.Builder
	var write func(path, indent string)
	write = func(path, indent string) {
		for _, row := range keys.Config.Under(path) {
			name := row.Name()
			secret := strings.HasSuffix(name, "_file") && keys.Config.Find(strings.TrimSuffix(row.Path, "_file")) != nil ||
				strings.HasSuffix(name, "_env") || row.Kind == keys.Inline
			switch {
			case !row.Takes(kind) || name == "type", secret && !strings.HasSuffix(name, suffix), suffix == "" && secret && row.Kind != keys.Inline:
			case row.Kind == keys.Section && row.Example == "", row.Path == "providers.*.saml", row.Path == "providers.*.id_token":
				fmt.Fprintf(&b, "%s%s:\n", indent, name)
				write(row.Path, indent+"  ")
			case row.Kind == keys.Names && keys.Config.Find(row.Path+".*").Kind == keys.Section:
				fmt.Fprintf(&b, "%s%s:\n%s  some.name:\n", indent, name, indent)
				write(row.Path+".*", indent+"    ")
			case row.Path == "providers.*.mappers":
				fmt.Fprintf(&b, "%smappers:\n%s  - direct: {attribute: email, source: userInfo, path: email} # one\n%s  - expression: {attribute: userName, value: 'lower(\"A: #\" + {attribute-source:idTokenClaims:x})'}\n%s  - plugin: groups\n", indent, indent, indent, indent)
			default:
				fmt.Fprintf(&b, "%s%s: %s\n", indent, name, row.Example)
			}
		}
	}
	write("providers.*", "    ")
	return "  corp:\n    type: " + kind + "\n" + b.String()
}

// around the examples.
func exampleFiles(path string) ([]byte, error) {
	switch {
	case strings.HasSuffix(path, "people.yaml"):
		return []byte("people: []\n"), nil
	case strings.HasSuffix(path, ".json"):
		return []byte(`{"keys":[{"kty":"EC"}]}`), nil
	}
	return []byte("a-secret-of-more-than-thirty-two-octets-and-then-some-more-of-them"), nil
}

func exampleEnv(string) (string, bool) {
	return "a-secret-of-more-than-thirty-two-octets-and-then-some-more-of-them", true
}

func providerOf(t *testing.T, file string) Provider {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(file, text, exampleEnv, exampleFiles)
	if c == nil {
		t.Fatal(err)
	}
	p, ok := c.Providers["corp"]
	if !ok {
		t.Fatalf("there is no provider corp in\n%s", text)
	}
	return p
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func edited(t *testing.T, file string) *Edit {
	t.Helper()
	e, err := OpenEdit(file, "corp")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Export, then import, is the identity: for every key of every type of
// provider, every form of a secret's place, and every preset.
func TestIGN06_ExportAndImportAreTheIdentity(t *testing.T) {
	cases := map[string]string{}
	for _, kind := range keys.Config.Find("providers.*.type").Values {
		for _, suffix := range []string{"_file", "_env"} {
			cases[kind+suffix] = everyKey(kind, suffix)
		}
	}
	for _, name := range Presets() {
		cases["preset "+name] = "  corp: {preset: " + name + ", issuer: 'https://idp.example.com', client_id: '4711', client_auth: none}\n"
	}
	for name, provider := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			from, to := filepath.Join(dir, "from.yaml"), filepath.Join(dir, "to.yaml")
			write(t, from, "public_url: https://login.example.com\nproviders:\n"+provider)
			document, err := edited(t, from).Export()
			if err != nil {
				t.Fatal(err)
			}
			want := providerOf(t, from)
			if len(strings.Split(provider, "\n")) > 3 && reflect.DeepEqual(want, Provider{Type: want.Type}) {
				t.Fatal("nothing was read")
			}
			for _, before := range []string{
				"public_url: https://login.example.com # kept\n",
				"public_url: https://login.example.com # kept\nproviders: {}\n",
				"public_url: https://login.example.com # kept\nproviders:\n  other: {issuer: x} # kept\n  corp:\n    skew: 9s\n    issuer: https://old.example.com # old\n# end\n",
				"public_url: https://login.example.com # kept\nproviders:\n" + provider,
			} {
				write(t, to, before)
				e := edited(t, to)
				if err := e.Import(document); err != nil {
					t.Fatal(err)
				}
				if err := e.Write(); err != nil {
					t.Fatal(err)
				}
				if got := providerOf(t, to); !reflect.DeepEqual(got, want) {
					t.Errorf("after the import of %s into\n%s\ngot  %+v\nwant %+v", document, before, got, want)
				}
				again, err := edited(t, to).Export()
				if err != nil || !sameKeys(t, again, document) {
					t.Errorf("exported again: %v\n%s\nwant\n%s", err, again, document)
				}
				after := string(e.After())
				if strings.Count(after, "# kept") != strings.Count(before, "# kept") || strings.Contains(before, "# end") != strings.Contains(after, "# end") {
					t.Errorf("comments are gone:\n%s", after)
				}
				if before == "public_url: https://login.example.com # kept\nproviders:\n"+provider && (after != before || len(e.Changes()) > 0) {
					t.Errorf("what was the same already was changed: %v", e.Changes())
				}
			}
		})
	}
}

// sameKeys compares two documents, whatever the order of their keys.
func sameKeys(t *testing.T, a, b []byte) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.yaml")
	write(t, file, "a: 1\n")
	e := edited(t, file)
	if err := e.Import(a); err != nil {
		t.Fatal(err)
	}
	before := len(e.Changes())
	if err := e.Import(b); err != nil {
		t.Fatal(err)
	}
	return len(e.Changes()) == before
}

// Secrets that stand in the file are not exported, and an import leaves them.
func TestIGN06_SecretsAreNotExported(t *testing.T) {
	for _, kind := range keys.Config.Find("providers.*.type").Values {
		file := filepath.Join(t.TempDir(), "doorward.yaml")
		text := "public_url: https://login.example.com\ninsecure_inline_secrets: true\nproviders:\n" + strings.ReplaceAll(everyKey(kind, ""), "only-for-trials", "canary")
		write(t, file, text)
		want := providerOf(t, file)
		document, err := edited(t, file).Export()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(document), "canary") {
			t.Errorf("%s: the document holds a secret: %s", kind, document)
		}
		if held := strings.Count(text, "canary"); held != strings.Count(string(document[strings.Index(string(document), `"omitted"`):]), ",")+1 && held > 0 {
			t.Errorf("%s: %d secrets, and omitted are %s", kind, held, document)
		}
		e := edited(t, file)
		if err := e.Import(document); err != nil {
			t.Fatal(err)
		}
		if string(e.After()) != text || len(e.Changes()) > 0 {
			t.Errorf("%s: the import changed %v", kind, e.Changes())
		}
		other := strings.Replace(string(document), `"provider": {`, `"provider": {"display_name": "Other",`, 1)
		if strings.Contains(other, `"display_name": "Example Corp"`) {
			other = strings.Replace(string(document), `"Example Corp"`, `"Other"`, 1)
		}
		if err := e.Import([]byte(other)); err != nil {
			t.Fatal(err)
		}
		if err := e.Write(); err != nil {
			t.Fatal(err)
		}
		want.DisplayName = "Other"
		if got := providerOf(t, file); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: after the import\ngot  %+v\nwant %+v", kind, got, want)
		}
	}
}

func TestDocumentsThatAreNotImported(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doorward.yaml")
	for document, want := range map[string]string{
		``:   "not read",
		`[]`: "format",
		`{}`: "format",
		`{"format":"doorward.idp/v2","provider":{"issuer":"x"}}`:                                      "format",
		`{"format":"doorward.idp/v1"}`:                                                                "no provider",
		`{"format":"doorward.idp/v1","provider":{}}`:                                                  "no provider",
		`{"format":"doorward.idp/v1","provider":[]}`:                                                  "no provider",
		`{"format":"doorward.idp/v1","provider":{"issuer":"x"},"more":1}`:                             "later version",
		`{"format":"doorward.idp/v1","provider":{"issuer":"x","issuer":"y"}}`:                         "twice",
		`{"format":"doorward.idp/v1","provider":{"client_secret":"canary"}}`:                          "holds a secret",
		`{"format":"doorward.idp/v1","provider":{"encryption":{"private_key":"canary"}}}`:             "holds a secret",
		`{"format":"doorward.idp/v1","provider":{"clients":{"a.b":{"secret":"canary"}}}}`:             "holds a secret",
		`{"format":"doorward.idp/v1","provider":{"saml":{"private_key":"canary"}},"name":"corp"}`:     "holds a secret",
		`{"format":"doorward.idp/v1","provider":{"issuer":"x"},"name":"corp"} {"client_secret":1}`:    "behind",
		`{"format":"doorward.idp/v1","provider":` + strings.Repeat("[", 99) + strings.Repeat("]", 99): "not read",
	} {
		write(t, file, "public_url: https://login.example.com\n")
		e := edited(t, file)
		err := e.Import([]byte(document))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") || len(e.Changes()) > 0 {
			t.Errorf("%s: %v, %v", document, err, e.Changes())
		}
	}
}

func TestEditsAreWrittenInOneStep(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "doorward.yaml")
	write(t, file, "public_url: https://login.example.com\nproviders:\n  corp:\n    issuer: https://idp.example.com\n    client_id: x\n    client_auth: none\n")
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	e := edited(t, link)
	if err := e.Set("display_name", "Corp"); err != nil {
		t.Fatal(err)
	}
	if err := e.Write(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	text, _ := os.ReadFile(file)
	mode, _ := os.Stat(file)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || !strings.HasSuffix(string(text), "    display_name: Corp\n") || mode.Mode().Perm() != 0o640 {
		t.Errorf("%v %v\n%s", info.Mode(), mode.Mode(), text)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	e = edited(t, link)
	if err := e.Set("skew", "5s"); err != nil {
		t.Fatal(err)
	}
	write(t, file, "public_url: https://other.example.com\n")
	if err := e.Write(); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("a file that was changed meanwhile: %v", err)
	}
	for name, bad := range map[string]string{"../x": "", "Corp": "", "": ""} {
		if _, err := OpenEdit(link, name); err == nil {
			t.Errorf("%q%s is a provider's name", name, bad)
		}
	}
}

// What an import makes wrong is said before anything is written; what was wrong
// before is not its business, and neither is a secret that is not there yet.
func TestChecksOfAnEdit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doorward.yaml")
	write(t, file, "public_url: https://login.example.com\nlisten: nowhere\nproviders:\n  corp: {issuer: https://idp.example.com, client_id: x, client_secret_file: /not/there}\n")
	e := edited(t, file)
	if warnings, err := e.Check(); err != nil || len(warnings) > 0 {
		t.Errorf("nothing was changed: %v, %v", warnings, err)
	}
	if err := e.Import([]byte(`{"format":"doorward.idp/v1","provider":{"issuer":"https://login.microsoftonline.com/common/v2.0","client_id":"x","client_secret_env":"NOT_SET_ANYWHERE","preset":"entra"}}`)); err != nil {
		t.Fatal(err)
	}
	warnings, err := e.Check()
	if err != nil || len(warnings) != 2 || !warnings.Under("providers.corp.client_secret_env") || !warnings.Under("providers.corp.issuer") {
		t.Errorf("%v, %v", warnings, err)
	}
	if err := e.Import([]byte(`{"format":"doorward.idp/v1","provider":{"issuer":"x","skew":"1y"}}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Check(); err == nil || !strings.Contains(err.Error(), "providers.corp.skew") || strings.Contains(err.Error(), "listen") {
		t.Errorf("%v", err)
	}
}
