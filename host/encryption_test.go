package host_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// A provider that reads the key in /.well-known/jwks.json can encrypt what it
// says, and one that wants requests pushed gets them.
func TestEncryptionAndPushedRequests(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t, func(k *hosttest.Knobs) { k.PushRequired, k.UserInfo = true, hosttest.UserInfoJWT })
	s := newSite(t, idp, settings{
		Provider: "encryption: {private_key_file: enc.pem, id_token: require, userinfo: require, key_algs: [RSA-OAEP-256]}",
		Files:    map[string]string{"enc.pem": pkcs8(t, hosttest.RSAKey(2).Private)},
	})
	a := s.direct(http.MethodGet, "/.well-known/jwks.json", http.Header{}, "")
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(a.Body), &set); err != nil {
		t.Fatal(err)
	}
	var keys []jose.JSONWebKey
	for _, key := range set.Keys {
		if !key.IsPublic() {
			t.Fatal("a private key is published")
		}
		if key.Use == "enc" {
			keys = append(keys, key)
		}
	}
	if len(keys) != 1 || len(set.Keys) < 2 || keys[0].Algorithm != "RSA-OAEP-256" {
		t.Fatalf("%s", a.Body)
	}
	if got := s.browser().get("/login?idp=corp"); got.code() != "id_token_invalid" { // it must be encrypted
		t.Errorf("a plain ID token: %s %q", got.Status, got.code())
	}
	idp.Set(func(k *hosttest.Knobs) {
		e := &hosttest.Encryption{Alg: "RSA-OAEP-256", Enc: "A256GCM", Key: keys[0].Key, KeyID: keys[0].KeyID}
		k.EncryptIDToken, k.EncryptUserInfo = e, e
	})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	if d := decode(t, b.get("/session")); !d.Authenticated || d.IdPAttributes["userInfo"]["email"] != "alice@example.com" {
		t.Errorf("%+v", d)
	}
	if idp.Calls(hosttest.Push) == 0 {
		t.Error("no request was pushed")
	}
}

// What cannot decrypt is a fault of the configuration, at its line.
func TestEncryptionFaults(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	for name, c := range map[string]struct{ provider, says string }{
		"no key":               {"encryption: {id_token: require}", "there is no key to decrypt with"},
		"a key for signatures": {"encryption: {id_token: require, private_key_file: ed.pem}", "fits none of the key algorithms"},
		"no PEM":               {"encryption: {id_token: require, private_key_file: no.pem}", "the file holds no PEM block"},
		"nothing to decrypt":   {"encryption: {private_key_file: ed.pem}", "nothing may be encrypted"},
		"RSA1_5":               {"encryption: {id_token: require, private_key_file: ed.pem, key_algs: [RSA1_5]}", "RSA1_5"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{
				"doorward.yaml": settings{Provider: c.provider}.text(idp), "no.pem": "x", "ed.pem": pkcs8(t, hosttest.EdKey().Private),
			}
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cfg, err := config.Load(filepath.Join(dir, "doorward.yaml"))
			if err == nil {
				var h *host.Host
				if h, err = host.New(t.Context(), host.Options{Config: cfg}); err == nil {
					t.Error(h.Close(t.Context()), "it starts")
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "doorward.yaml:") {
				t.Errorf("%v", err)
			}
		})
	}
}
