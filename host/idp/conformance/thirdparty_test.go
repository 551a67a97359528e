package conformance_test

// 3rd Party-Init OP: clients that say where a sign-in may be started (OpenID
// Connect Core 1.0, section 4).

import (
	"net/http"
	"testing"
)

// TestThirdPartyInitOP is oidcc-3rdparty-init-login-certification-test-plan.
func TestThirdPartyInitOP(t *testing.T) {
	runPlan(t, "3rd Party-Init OP", variant{dynamic: true}, modules{
		"oidcc-3rd_party-init-login":         initiateLoginModule,
		"oidcc-3rd_party-init-login-nohttps": initiateLoginPlainModule,
	})
}

// oidcc-3rd_party-init-login: the address is kept, and read back from the
// client's configuration endpoint (RFC 7592, section 2.1).
func initiateLoginModule(m *module) {
	const address = "https://rp.example.com/initiate"
	c := m.register("initiate_login_uri", address, "token_endpoint_auth_method", "client_secret_basic")
	if c.registration["initiate_login_uri"] != address {
		m.Errorf("registered with initiate_login_uri %v", c.registration["initiate_login_uri"])
	}
	at, token := text(c.registration, "registration_client_uri"), text(c.registration, "registration_access_token")
	if at == "" || token == "" {
		m.Fatal("the registration answer has no registration_client_uri with a registration_access_token")
	}
	r := m.op.get(at, "Authorization", "Bearer "+token)
	if r.StatusCode != http.StatusOK {
		m.Fatalf("the client's configuration: %d %s", r.StatusCode, r.body)
	}
	m.op.jsonAnswer("the client's configuration", r)
	if got := r.object(m); got["initiate_login_uri"] != address || got["client_id"] != c.id {
		m.Errorf("the client's configuration is %s", r.body)
	}
	for _, wrong := range []string{"Bearer " + random(), "Bearer", ""} {
		if r := m.op.get(at, "Authorization", wrong); r.StatusCode != http.StatusUnauthorized {
			m.Errorf("with the authorization %q: %d", wrong, r.StatusCode)
		}
	}
}

func initiateLoginPlainModule(m *module) {
	m.refuseRegistration(m.op.metadata("initiate_login_uri", "http://rp.example.com/initiate"), "invalid_client_metadata")
}
