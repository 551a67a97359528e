package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

// withPreset is the provider corp of a file with more keys, and the file's
// warnings.
func withPreset(t *testing.T, name, issuer, more string) (Provider, Faults) {
	t.Helper()
	text := "public_url: https://login.example.com\nproviders:\n  corp:\n    preset: " + name + "\n    issuer: " + issuer + "\n    client_id: x\n    client_secret_env: X\n" + more
	c, err := Parse("d.yaml", []byte(text), exampleEnv, exampleFiles)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return c.Providers["corp"], c.Warnings
}

var issuers = map[string]string{
	"entra": "https://login.microsoftonline.com/9c1e4a52-6d0b-4d0e-8b38-2f4f6a7d1c11/v2.0", "google": "https://accounts.google.com",
	"okta": "https://plant.okta.com", "keycloak": "https://sso.example.com/realms/plant", "auth0": "https://plant.eu.auth0.com/",
	"ping": "https://auth.pingone.eu/3b7f0c3e-5a1d-4c0e-9f2b-8d6e1a4c7b90/as", "zitadel": "https://plant.zitadel.cloud",
	"dex": "https://dex.example.com/dex", "adfs": "https://fs.example.com/adfs",
}

// A preset fills in what the file leaves out, and what the file writes counts,
// key by key.
func TestPresetsFillInWhatIsLeftOut(t *testing.T) {
	if names := sorted(presets); !reflect.DeepEqual(names, slices.Sorted(slices.Values(keys.Presets))) {
		t.Fatalf("the table has %v, the key takes %v", names, keys.Presets)
	}
	for name, preset := range presets {
		bare, _ := withPreset(t, name, issuers[name], "")
		for _, f := range preset.keys {
			row := keys.Config.Find("providers.*." + f.key)
			if row == nil || row.Kind == keys.Inline || strings.HasPrefix(f.key, "client_secret") || f.key == "challenged" || f.key == "trust_email" {
				t.Errorf("%s fills in %s", name, f.key)
				continue
			}
			if reflect.DeepEqual(valueAt(bare, f.key), valueAt(mustDefault(t), f.key)) {
				t.Errorf("%s: %s is the default, and not what the preset says", name, f.key)
			}
			written := map[string]string{"claim_sources.endpoints": "{}", "userinfo.endpoint": "auto", "client_auth": "client_secret_basic"}[f.key]
			if written == "" {
				written = row.Default
			}
			section, key, nested := strings.Cut(f.key, ".")
			line := "    " + f.key + ": " + written + "\n"
			if nested {
				line = "    " + section + ": {" + key + ": " + written + "}\n"
			}
			p, _ := withPreset(t, name, issuers[name], line)
			if !reflect.DeepEqual(valueAt(p, f.key), valueAt(mustDefault(t), f.key)) {
				t.Errorf("%s: %s was written, and the preset's value counts: %v", name, f.key, valueAt(p, f.key))
			}
			for _, other := range preset.keys {
				rests := strings.HasPrefix(f.key, "claim_sources") && strings.HasPrefix(other.key, "claim_sources")
				if other.key != f.key && !rests && !reflect.DeepEqual(valueAt(p, other.key), valueAt(bare, other.key)) {
					t.Errorf("%s: %s was written, and %s is another one now", name, f.key, other.key)
				}
			}
		}
		if bare.Challenged != "ignored" || bare.TrustEmail {
			t.Errorf("%s trusts what nobody has checked: %+v", name, bare)
		}
	}
	p, _ := withPreset(t, "entra", issuers["entra"], "    claim_sources: {allow: [https://graph.microsoft.us/v1.0/]}\n")
	if len(p.ClaimSources.Endpoints) != 0 {
		t.Errorf("an endpoint that the file's own list does not allow: %v", p.ClaimSources)
	}
	p, _ = withPreset(t, "entra", issuers["entra"], "    claim_sources: {on_failure: continue}\n")
	if len(p.ClaimSources.Endpoints) != 1 || p.ClaimSources.OnFailure != "continue" {
		t.Errorf("on_failure alone was written: %v", p.ClaimSources)
	}
}

func mustDefault(t *testing.T) Provider {
	t.Helper()
	c, err := Parse("d.yaml", []byte("public_url: https://login.example.com\nproviders: {corp: {issuer: 'https://idp.example.com', client_id: x, client_secret_env: X}}\n"), exampleEnv, exampleFiles)
	if err != nil {
		t.Fatal(err)
	}
	return c.Providers["corp"]
}

// valueAt is the field of p at a key.
func valueAt(p Provider, key string) any {
	at := reflect.ValueOf(p)
	for _, name := range strings.Split(key, ".") {
		for i := range at.NumField() {
			if at.Type().Field(i).Tag.Get("key") == name {
				at = at.Field(i)
				break
			}
		}
	}
	return at.Interface()
}

func TestPresetsWarnOfAnIssuerThatCannotBeRight(t *testing.T) {
	for name, issuer := range issuers {
		if _, warnings := withPreset(t, name, issuer, ""); len(warnings) > 0 {
			t.Errorf("%s: %v", issuer, warnings)
		}
	}
	for _, c := range []struct {
		preset, issuer string
		want           string // of the warning; none when empty
	}{
		{"entra", "https://login.microsoftonline.com/common/v2.0", "https://login.microsoftonline.com/TENANT-ID/v2.0"},
		{"entra", "https://login.microsoftonline.com/organizations/v2.0", "TENANT-ID"},
		{"entra", "https://login.microsoftonline.com/consumers/v2.0", "TENANT-ID"},
		{"entra", "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0", "TENANT-ID"},
		{"entra", "https://login.microsoftonline.com/9c1e4a52-6d0b-4d0e-8b38-2f4f6a7d1c11", "TENANT-ID"},
		{"entra", "https://login.microsoftonline.com/9c1e4a52-6d0b-4d0e-8b38-2f4f6a7d1c11/v2.0/", "TENANT-ID"},
		{"entra", "https://sts.windows.net/9c1e4a52-6d0b-4d0e-8b38-2f4f6a7d1c11/", "TENANT-ID"},
		{"entra", "https://login.microsoftonline.us/9c1e4a52-6d0b-4d0e-8b38-2f4f6a7d1c11/v2.0", ""},
		{"entra", "https://plant.ciamlogin.com/9c1e4a52-6d0b-4d0e-8b38-2f4f6a7d1c11/v2.0", ""},
		{"google", "https://accounts.google.com/", "https://accounts.google.com"},
		{"okta", "https://plant.okta.com/oauth2/default", ""},
		{"okta", "https://login.example.com/oauth2/aus1b2c3d4", ""},
		{"okta", "https://plant.okta.com/", "https://ORG.okta.com"},
		{"okta", "https://plant.okta.com/oauth2/v1/authorize", "https://ORG.okta.com"},
		{"keycloak", "https://sso.example.com/auth/realms/plant", ""},
		{"keycloak", "https://sso.example.com/realms/plant/", "without a slash"},
		{"keycloak", "https://sso.example.com", "https://HOST/realms/REALM"},
		{"auth0", "https://login.example.com/", ""},
		{"auth0", "https://plant.eu.auth0.com", "slash at its end"},
		{"ping", "https://auth.pingone.eu/3b7f0c3e-5a1d-4c0e-9f2b-8d6e1a4c7b90", "ENVIRONMENT-ID/as"},
		{"ping", "https://pf.example.com:9031", ""},
		{"ping", "https://plant.forgeblocks.com/am/oauth2/realms/root/realms/alpha", ""},
		{"ping", "https://login.example.com/as", ""},
		{"zitadel", "https://plant.zitadel.cloud/", "without a path"},
		{"zitadel", "https://plant.zitadel.cloud/oauth/v2", "without a path"},
		{"adfs", "https://fs.example.com/adfs/", "without a slash"},
		{"adfs", "https://fs.example.com", "https://FEDERATION-SERVICE/adfs"},
		{"dex", "https://dex.example.com", ""},
	} {
		_, warnings := withPreset(t, c.preset, c.issuer, "")
		switch {
		case c.want == "" && len(warnings) > 0:
			t.Errorf("%s: %v", c.issuer, warnings)
		case c.want != "" && (len(warnings) != 1 || !strings.Contains(warnings[0].Message, c.want) || warnings[0].Key != "providers.corp.issuer" || warnings[0].Line != 5):
			t.Errorf("%s %s: %v", c.preset, c.issuer, warnings)
		}
	}
}

// The page of a product lists what its preset fills in, as the table has it.
func TestPresetsAreOnTheirPages(t *testing.T) {
	for name, preset := range presets {
		raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "providers", name+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		_, said, _ := strings.Cut(string(raw), "## What the preset fills in\n")
		said, _, _ = strings.Cut(said, "\n## ")
		for _, f := range preset.keys {
			if row := "| `" + f.key + "` | `" + f.value + "` |\n"; !strings.Contains(said, row) {
				t.Errorf("docs/providers/%s.md does not have %s", name, row)
			}
			if _, faults := yamltree.Parse([]byte("a: " + f.value + "\n")); len(faults) > 0 {
				t.Errorf("%s: %v", f.key, faults)
			}
		}
		if rows := strings.Count(said, "\n| `"); rows != len(preset.keys) {
			t.Errorf("docs/providers/%s.md lists %d keys, the preset has %d", name, rows, len(preset.keys))
		}
		if !strings.Contains(string(raw), "\n## Sources\n") {
			t.Errorf("docs/providers/%s.md does not say where its facts are from", name)
		}
	}
}
