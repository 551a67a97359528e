package host_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/token"
)

const imported = `# the plant's host
public_url: https://login.example.com

providers:
  # everybody
  corp:
    issuer: ISSUER   # exactly
    client_id: doorward
    client_secret: canary-secret-in-the-file   # for a trial

    skew: 30s
  # the others
  other: {issuer: https://other.example.com, client_id: x, client_auth: none}
insecure_inline_secrets: true
`

// importing runs one import over real HTTP against the configuration's text,
// and writes what comes of it.
func importing(t *testing.T, text string, op *hosttest.Provider, change func(*host.IdPImport)) (*config.Edit, string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "doorward.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "ISSUER", op.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	in := host.IdPImport{Config: file, Name: "corp", From: op.URL + "/.well-known/openid-configuration", HTTP: token.NewClient(token.ClientConfig{RootCAs: op.CA()})}
	if change != nil {
		change(&in)
	}
	edit, err := host.ImportIdP(t.Context(), in)
	if err != nil {
		return edit, "", err
	}
	if _, err := edit.Check(); err != nil {
		return edit, "", err
	}
	if err := edit.Write(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(file); err != nil {
		t.Errorf("the file is not good any more: %v\n%s", err, after)
	}
	return edit, strings.ReplaceAll(string(after), op.URL, "ISSUER"), nil
}

// An import fills in what the discovery document says, and leaves the secret,
// the comments and every other key as they are.
func TestIGN03_ImportFillsIn(t *testing.T) {
	t.Parallel()
	op := hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoOff })
	algs := "    id_token_algs: [RS256, PS256, ES256, EdDSA]\n"
	endpoints := "    endpoints:\n      authorization: ISSUER/authorize\n      token: ISSUER/token\n      jwks: ISSUER/jwks\n      end_session: ISSUER/logout\n"
	added := func(lines string) string {
		return strings.Replace(imported, "    skew: 30s\n", "    skew: 30s\n"+lines, 1)
	}

	for _, from := range []string{op.URL + "/.well-known/openid-configuration", op.URL, op.URL + "/"} {
		edit, after, err := importing(t, imported, op, func(in *host.IdPImport) { in.From = from })
		if err != nil || after != added(algs) || len(edit.Changes()) != 1 {
			t.Errorf("%s: %v, %v\n%s", from, err, edit.Changes(), after)
		}
	}
	_, explicit, err := importing(t, imported, op, func(in *host.IdPImport) { in.Explicit = true })
	if err != nil || explicit != added(endpoints+algs) {
		t.Fatalf("explicit: %v\n%s", err, explicit)
	}
	// A document in a file says the same.
	res, err := op.Client().Get(op.URL + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var doc map[string]any
	if err := json.NewDecoder(res.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(doc)
	local := filepath.Join(t.TempDir(), "discovery.json")
	if err := os.WriteFile(local, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, after, err := importing(t, imported, op, func(in *host.IdPImport) { in.Explicit, in.From = true, local }); err != nil || after != explicit {
		t.Errorf("from a file: %v\n%s", err, after)
	}
	// Imported again, it fills in what is new: userinfo.
	op.Set(func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoJSON })
	want := strings.Replace(explicit, "logout\n", "logout\n      userinfo: ISSUER/userinfo\n", 1)
	edit, after, err := importing(t, explicit, op, nil)
	if err != nil || after != want || len(edit.Changes()) != 1 || edit.Changes()[0] != "+ providers.corp.endpoints.userinfo: "+op.URL+"/userinfo" {
		t.Errorf("again: %v, %v\n%s", err, edit.Changes(), after)
	}
	if edit, after, err := importing(t, want, op, nil); err != nil || after != want || len(edit.Changes()) != 0 {
		t.Errorf("a third time: %v, %v\n%s", err, edit.Changes(), after)
	}
	if !strings.Contains(after, "canary-secret-in-the-file   # for a trial") || strings.Contains(strings.Join(edit.Changes(), ""), "canary") {
		t.Error("the secret was touched")
	}
	// What the owner of the file has chosen stays; endpoints follow the provider.
	chosen := strings.Replace(strings.Replace(want, "[RS256, PS256, ES256, EdDSA]", "[ES256] # ours", 1), "ISSUER/jwks", "ISSUER/old", 1)
	if _, after, err := importing(t, chosen, op, nil); err != nil || after != strings.Replace(chosen, "ISSUER/old", "ISSUER/jwks", 1) {
		t.Errorf("with choices: %v\n%s", err, after)
	}
}

func TestIGN03_ImportOfANewProvider(t *testing.T) {
	t.Parallel()
	op := hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(doc map[string]any) {
			doc["token_endpoint_auth_methods_supported"] = []string{"client_secret_post", "private_key_jwt"}
		}
	})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "public_url: https://login.example.com\nproviders:\n  other: {issuer: https://other.example.com, client_id: x, client_auth: none}\n"
	_, after, err := importing(t, text, op, func(in *host.IdPImport) { in.ClientID, in.ClientSecretFile = "door ward", secret })
	want := text + "  corp:\n    issuer: ISSUER\n    client_id: 'door ward'\n    client_secret_file: " + secret + "\n    client_auth: client_secret_post\n    id_token_algs: [RS256, PS256, ES256, EdDSA]\n"
	if err != nil || after != want {
		t.Errorf("%v\n%s", err, after)
	}
	for name, change := range map[string]func(*host.IdPImport){
		"--client-id":                       func(*host.IdPImport) {},
		"client_secret_post needs a client": func(in *host.IdPImport) { in.ClientID = "x" },
	} {
		if _, _, err := importing(t, text, op, change); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIGN03_ImportRefuses(t *testing.T) {
	t.Parallel()
	op := hosttest.NewProvider(t)
	saml := strings.Replace(imported, "    issuer: ISSUER   # exactly\n    client_id: doorward\n    client_secret: canary-secret-in-the-file   # for a trial\n\n    skew: 30s\n", "    type: saml\n    saml: {metadata_url: https://idp.example.com/metadata}\n", 1)
	for _, c := range []struct {
		want, text string
		knobs      func(*hosttest.Knobs)
		change     func(*host.IdPImport)
	}{
		{want: "it is another provider", text: strings.ReplaceAll(imported, "ISSUER", "https://idp.example.com")},
		{want: "it is another provider", text: strings.ReplaceAll(imported, "ISSUER", "ISSUER/")},
		{want: "does not lie at its address", text: strings.ReplaceAll(imported, "ISSUER", "https://idp.example.com"), knobs: func(k *hosttest.Knobs) { k.Issuer = "https://idp.example.com" }},
		{want: "no algorithm", knobs: func(k *hosttest.Knobs) {
			k.EditDiscovery = func(doc map[string]any) {
				doc["id_token_signing_alg_values_supported"] = []string{"none", "HS256"}
			}
		}},
		{want: "endpoints.token", knobs: func(k *hosttest.Knobs) {
			k.EditDiscovery = func(doc map[string]any) { doc["token_endpoint"] = "http://idp.example.com/token" }
		}, change: func(in *host.IdPImport) { in.Explicit = true }},
		{want: "neither a discovery document", knobs: func(k *hosttest.Knobs) {
			k.EditDiscovery = func(doc map[string]any) { delete(doc, "issuer") }
		}},
		{want: "status 302", knobs: func(k *hosttest.Knobs) {
			k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Discovery: {Redirect: op.URL + "/elsewhere"}}
		}},
		{want: "neither a discovery document", knobs: func(k *hosttest.Knobs) {
			k.Faults = map[hosttest.Endpoint]hosttest.Fault{hosttest.Discovery: {Body: `{"issuer":"a","issuer":"b"}`}}
		}},
		{want: "leave --client-id out", change: func(in *host.IdPImport) { in.ClientID = "somebody" }},
		{want: "leave --client-secret-file out", change: func(in *host.IdPImport) { in.ClientSecretFile = "secret" }},
		{want: "of type saml", text: saml},
		{want: "no such file", change: func(in *host.IdPImport) { in.From = "not/there.json" }},
		{want: "not https", change: func(in *host.IdPImport) { in.From = "http://idp.example.com/" }},
		{want: "not a provider's name", change: func(in *host.IdPImport) { in.Name = "Corp" }},
	} {
		op.Set(func(k *hosttest.Knobs) {
			k.Issuer, k.EditDiscovery, k.Faults = "", nil, nil
			if c.knobs != nil {
				c.knobs(k)
			}
		})
		text := c.text
		if text == "" {
			text = imported
		}
		if edit, after, err := importing(t, text, op, c.change); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v\n%s %v", c.want, err, after, edit)
		}
	}
}

const metadata = `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/saml">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`

func TestIGN03_ImportOfSAMLMetadata(t *testing.T) {
	t.Parallel()
	op := hosttest.NewProvider(t)
	served := metadata
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/samlmetadata+xml")
		_, _ = w.Write([]byte(served))
	}))
	defer server.Close()
	from := func(in *host.IdPImport) { in.From = server.URL + "/metadata" }
	text := "public_url: https://login.example.com\nproviders: {}\n"
	_, after, err := importing(t, text, op, from)
	want := "public_url: https://login.example.com\nproviders:\n  corp:\n    type: saml\n    saml:\n      metadata_url: " + server.URL + "/metadata\n      idp_entity_id: https://idp.example.com/saml\n"
	if err != nil || after != want {
		t.Fatalf("%v\n%s", err, after)
	}
	if edit, after, err := importing(t, want, op, from); err != nil || after != want || len(edit.Changes()) > 0 {
		t.Errorf("again: %v\n%s", err, after)
	}
	_, after, err = importing(t, text, op, func(in *host.IdPImport) {
		in.From = filepath.Join(filepath.Dir(in.Config), "idp.xml")
		if err := os.WriteFile(in.From, []byte(metadata), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil || !strings.Contains(after, "      metadata_file: idp.xml\n      idp_entity_id: https://idp.example.com/saml\n") {
		t.Errorf("from a file: %v\n%s", err, after)
	}
	two := `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` + strings.TrimPrefix(metadata, `<?xml version="1.0"?>`) + strings.TrimPrefix(strings.ReplaceAll(metadata, "idp.example.com/saml", "other.example.com/saml"), `<?xml version="1.0"?>`) + `</md:EntitiesDescriptor>`
	for body, wrong := range map[string]string{
		strings.ReplaceAll(metadata, "idp.example.com/saml", "attacker.example/saml"): "it is another provider's",
		`<!DOCTYPE x [<!ENTITY a "b">]>` + metadata:                                   "document type",
		strings.ReplaceAll(metadata, "IDPSSO", "SPSSO"):                               "no SAML metadata",
		metadata[:200]: "not XML",
		strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100): "deeper than 64",
		`<html><body>Please sign in</body></html>`:               "no SAML metadata",
	} {
		served = body
		if _, _, err := importing(t, want, op, from); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	served = two
	if _, _, err := importing(t, text, op, from); err == nil || !strings.Contains(err.Error(), "2 identity providers") {
		t.Errorf("two providers: %v", err)
	}
	if _, after, err := importing(t, want, op, from); err != nil || after != want {
		t.Errorf("one of two: %v\n%s", err, after)
	}
}
