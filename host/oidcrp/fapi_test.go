package oidcrp

import (
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// TestFAPI2Modules are the modules of the FAPI 2.0 Security Profile's client
// plan, with a provider as the profile has it: requests are pushed, the client
// authenticates with private_key_jwt (ES256), the authorization response has
// iss, and ID tokens are signed with PS256. Three modules are about what
// Doorward does not do: DPoP
// (rs-dpop-auth-scheme-case-insensitivity, happy-path-no-dpop-nonce) and Open
// Banking's intents (invalid-openbanking-intent-id). client-refresh-token-test
// is among TestRefreshModules.
func TestFAPI2Modules(t *testing.T) {
	const ok, bad = login.Code(""), login.CodeIDTokenInvalid
	for _, m := range []struct {
		name  string
		knobs func(*hosttest.Knobs)
		code  login.Code
	}{
		{"happy-path", nil, ok},
		{"invalid-iss", edit("iss", "https://attacker.example"), bad},
		{"invalid-aud", edit("aud", "another-client"), bad},
		{"invalid-secondary-aud", edit("aud", []string{"doorward", "another-client"}), bad},
		{"invalid-null-alg", func(k *hosttest.Knobs) { k.Alg = "none" }, bad},
		{"invalid-alternate-alg", func(k *hosttest.Knobs) { k.Alg = "RS256" }, bad},
		{"invalid-expired-exp", edit("exp", 1700000000), bad},
		{"invalid-missing-exp", drop("exp"), bad},
		{"invalid-missing-aud", drop("aud"), bad},
		{"invalid-missing-iss", drop("iss"), bad},
		{"valid-aud-as-array", edit("aud", []string{"doorward"}), ok},
		{"invalid-nonce", edit("nonce", "another-nonce"), bad},
		{"invalid-missing-nonce", drop("nonce"), bad},
		{"invalid-authorization-response-iss", func(k *hosttest.Knobs) { k.IssParam = hosttest.Wrong }, login.CodeIssuerMismatch},
		{"remove-authorization-response-iss", func(k *hosttest.Knobs) { k.IssParam = hosttest.Absent }, login.CodeIssuerMismatch},
		{"ensure-authorization-response-with-invalid-state-fails", func(k *hosttest.Knobs) { k.StateParam = hosttest.Wrong }, login.CodeStateUnknown},
		{"ensure-authorization-response-with-invalid-missing-state-fails", func(k *hosttest.Knobs) { k.StateParam = hosttest.Absent }, login.CodeStateMissing},
		{"token-endpoint-response-without-expires_in", func(k *hosttest.Knobs) {
			k.EditTokens = func(m map[string]any) { delete(m, "expires_in") }
		}, ok},
		{"token-type-case-insensitivity", func(k *hosttest.Knobs) { k.TokenType = "bEaReR" }, ok},
	} {
		t.Run("fapi2-security-profile-final-client-test-"+m.name, func(t *testing.T) {
			t.Parallel()
			w := fapiWorld(t, m.knobs)
			doc, err := w.login(t)
			if m.code == ok {
				if err != nil || doc.Person.Subject != "alice-7f3a" || w.op.Calls(hosttest.UserInfo) != 1 {
					t.Errorf("%v, %v", err, doc.Person)
				}
				return
			}
			refused(t, err, m.code)
			if calls := w.op.Calls(hosttest.Token); (calls == 0) != (m.code != bad) || w.op.Calls(hosttest.UserInfo) != 0 {
				t.Errorf("the token endpoint was called %d times, userinfo %d", calls, w.op.Calls(hosttest.UserInfo))
			}
		})
	}
	t.Run("fapi2-security-profile-final-client-test-discovery-issuer-mismatch", func(t *testing.T) {
		w := fapiWorld(t, func(k *hosttest.Knobs) { k.Issuer = "https://attacker.example" })
		_, _, err := w.rp.Begin(w.ctx(), w.request())
		refused(t, err, login.CodeProviderDown)
		if w.op.Calls(hosttest.Push)+w.op.Calls(hosttest.Authorize) != 0 {
			t.Error("a request was sent")
		}
	})
}

func fapiWorld(t *testing.T, knobs func(*hosttest.Knobs)) *world {
	key := hosttest.ECKey()
	return newWorld(t, func(k *hosttest.Knobs) {
		k.PushRequired, k.RequirePKCE, k.ClientKey = true, true, key.Private.Public()
		k.IssPromised, k.IssParam, k.Alg = true, hosttest.Right, "PS256"
		if knobs != nil {
			knobs(k)
		}
	}, func(c *Config) {
		c.AuthMethod, c.PrivateKey, c.KeyID, c.ClientSecret = PrivateKeyJWT, key.Private, "k1", ""
		c.IDTokenAlgs = []string{"PS256", "ES256", "EdDSA"}
	})
}
