package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const canary = "hunter2-canary"

func TestASecretPrintsAsRedacted(t *testing.T) {
	c := Client{Secret: NewSecret(canary)}
	var log strings.Builder
	odd := "%x %d" // verbs that vet would refuse
	slog.New(slog.NewTextHandler(&log, nil)).Info("client", "client", c, "secret", c.Secret, "pointer", &c.Secret)
	encoded, err := json.Marshal(map[string]any{"client": c, "key": map[Secret]int{c.Secret: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c.Secret, c.Secret), fmt.Sprintf(odd, c.Secret, c.Secret),
		string(encoded), log.String(), fmt.Sprintf("%v", map[string]*Client{"a": &c}),
	} {
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("the secret shows in %s", text)
		}
	}
	if c.Secret.Reveal() != canary || c.Secret.Empty() || !(Secret{}).Empty() {
		t.Error("Reveal or Empty is wrong")
	}
}

// Every place of a secret, with the canary put where it belongs and where it
// does not: no fault quotes it.
func TestT48_NoFaultShowsASecret(t *testing.T) {
	around := elsewhere{
		env:   map[string]string{"HOLDS": canary + strings.Repeat("x", maxSecret)},
		files: map[string]string{"holds": canary + strings.Repeat("x", maxSecret), "people.yaml": "people:\n  - {user_name: a b, subject: 's s', password_hash: " + canary + ", " + canary + ": 1}\n"},
	}
	provider := "public_url: https://login.example.com\nproviders:\n  c:\n    issuer: https://idp.example.com\n    client_id: x\n"
	for _, text := range []string{
		provider + "    client_secret: " + canary + "\n",
		provider + "    client_secret: " + canary + "\n    client_secret_file: " + canary + "\n",
		provider + "    client_secret_file: " + canary + "\n",
		provider + "    client_secret_file: holds\n",
		provider + "    client_secret_env: HOLDS\n",
		provider + "    client_secret_env: " + canary + "\n",
		provider + "    client_secret_env: " + strings.ReplaceAll(canary, "-", "_") + "\n",
		provider + "    client_secret: {" + canary + ": 1}\n",
		provider + "    client_secret: [" + canary + "]\n",
		provider + "    client_secret:" + canary + "\n",
		provider + "    client_secret: '" + canary + "\n",
		provider + "    client_secret: \"\\q" + canary + "\n",
		provider + "    client_secret: " + canary + ": x\n",
		provider + "    client_secret: &" + canary + "\n",
		provider + "    client_secret: *" + canary + "\n",
		provider + "    client_secret: !" + canary + " x\n",
		provider + "    client_secret: |\n  " + canary + "\n",
		provider + "    issuer2: x\n    {client_secret:" + canary + "}\n",
		app + "    secret: " + canary + "\n",
		app + "    secret: " + canary[:12] + "\ninsecure_inline_secrets: true\n",
		app + "    secret_file: " + canary + "\n    secret_env: " + canary + "\n",
		app + "    tokens: [{" + canary + ": x}]\n    secret_env: HOLDS\n",
		"public_url: https://login.example.com\nproviders: {c: {client_secret:" + canary + "}}\n",
		"public_url: https://me:" + canary + "@login.example.com\nproviders: {b: {type: builtin}}\n",
		"public_url: https://login.example.com\nproviders: {b: {type: builtin, people_file: people.yaml}}\n",
	} {
		c, err := around.parse("d.yaml", text)
		if err == nil {
			t.Errorf("accepted:\n%s", text)
			continue
		}
		shown := err.Error() + fmt.Sprintf("%v %+v %#v", err, err, err) + fmt.Sprintf("%+v", c)
		if c != nil {
			shown = err.Error() + fmt.Sprintf("%#v", err) + fmt.Sprintf("%+v %#v", c.Providers, c.Providers)
		}
		for _, leak := range []string{canary, strings.ReplaceAll(canary, "-", "_")} {
			if strings.Contains(shown, leak) {
				t.Errorf("the secret of\n%s\nshows in\n%s", text, shown)
			}
		}
	}
}

func TestInlineSecretsNeedTheSwitch(t *testing.T) {
	text := strings.Replace(oidc, "client_secret_env: CORP_SECRET", "client_secret: "+canary, 1)
	if _, err := usual.parse("d.yaml", text); err == nil {
		t.Error("an inline secret was accepted without the switch")
	}
	if _, err := usual.parse("d.yaml", "insecure_inline_secrets: false\n"+text); err == nil {
		t.Error("an inline secret was accepted with the switch off")
	}
	c := must(t, "d.yaml", text+"insecure_inline_secrets: true\n")
	if c.Providers["c"].ClientSecret.Reveal() != canary {
		t.Error("the secret was not read")
	}
}

func TestLoadReadsFilesBesideTheConfiguration(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("closed", "first\n\n", 0o640)
	write("open", "second", 0o644)
	write("doorward.yaml", `public_url: https://login.example.com
admin_listen: :9090
levels: {Site: {group: true}}
providers:
  a: {issuer: https://a.example.com, client_id: x, client_secret_file: closed}
  b: {issuer: https://b.example.com, client_id: x, client_secret_file: `+filepath.Join(folder, "open")+`}
`, 0o600)
	path := filepath.Join(folder, "doorward.yaml")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Providers["a"].ClientSecret.Reveal(); got != "first\n" {
		t.Errorf("only one line break is left out; got %q", got)
	}
	if got := c.Providers["b"].ClientSecret.Reveal(); got != "second" {
		t.Errorf("got %q", got)
	}
	want := path + ":2:15: admin_listen: the admin listener asks for no password and is reached from other machines; keep it on 127.0.0.1, or behind a firewall\n" +
		path + ":3:16: levels.Site: the level groups nothing, so nobody ever holds it; declare a level under it or remove it\n" +
		path + ":6:72: providers.b.client_secret_file: everyone on this machine may read the file; run chmod o-rwx on it"
	if c.Warnings.Error() != want {
		t.Errorf("warnings:\n%v\nwant:\n%s", c.Warnings, want)
	}
}

func TestLoadSaysWhyAFileCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing.yaml")
	for path, want := range map[string]string{
		missing: missing + ": cannot be read, it does not exist; write the path of a configuration file",
		folder:  folder + ": cannot be read, is a directory; write the path of a configuration file",
	} {
		if c, err := Load(path); c != nil || err == nil || err.Error() != want {
			t.Errorf("got %v, %v", c, err)
		}
	}
}

func TestPeopleAreCheckedInTheirOwnFile(t *testing.T) {
	around := elsewhere{files: map[string]string{"etc/people.yaml": `people:
  - user_name: ada
    subject: p-1
    password_hash: plain
    email: ada@b@example.com
  - user_name: ADA
    subject: p-1
    password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'
    role: admin
  - {}
`}}
	_, err := around.parse("etc/d.yaml", "public_url: https://login.example.com\nproviders: {b: {type: builtin, people_file: people.yaml}}\n")
	want := `etc/people.yaml:4:20: people[0].password_hash: this is not an argon2id hash in PHC form ($argon2id$v=19$m=…,t=…,p=…$SALT$HASH); write text such as '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'
etc/people.yaml:5:12: people[0].email: this is not an email address with one @; write text such as ada@example.com
etc/people.yaml:6:16: people[1].user_name: another person has this user name; write one that differs in more than upper and lower case
etc/people.yaml:7:14: people[1].subject: another person has this subject; write one that was never used
etc/people.yaml:9:5: people[1]: the key role is not known; did you mean roles?
etc/people.yaml:10:5: people[2].subject: is missing; write subject: p-0001
etc/people.yaml:10:5: people[2].user_name: is missing; write user_name: ada`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestKeySetsHoldPublicKeysOnly(t *testing.T) {
	text := oidc + "    endpoints: {authorization: https://idp.example.com/a, token: https://idp.example.com/t}\n    jwks_file: k\n"
	for content, want := range map[string]string{
		`{"keys":[]}`:                       `d.yaml:9:16: providers.c.jwks_file: the file is not a JSON Web Key Set; write {"keys": […]} with at least one key`,
		`nonsense`:                          `d.yaml:9:16: providers.c.jwks_file: the file is not a JSON Web Key Set; write {"keys": […]} with at least one key`,
		`{"keys":[{"kty":"oct","k":"AA"}]}`: "d.yaml:9:16: providers.c.jwks_file: the key set holds a private or secret key; keep only public keys",
		`{"keys":[{"kty":"EC","d":"` + canary + `"}]}`: "d.yaml:9:16: providers.c.jwks_file: the key set holds a private or secret key; keep only public keys",
		strings.Repeat(" ", 1<<20) + `{}`:              "d.yaml:9:16: providers.c.jwks_file: the file is larger than 1 MiB; make it smaller",
	} {
		around := elsewhere{env: usual.env, files: map[string]string{"k": content}}
		if _, err := around.parse("d.yaml", text); err == nil || err.Error() != want {
			t.Errorf("got:\n%v\nwant:\n%s", err, want)
		}
	}
}
