// Modules of signing out: the back-channel and RP-initiated plans of the OpenID
// conformance suite, as data.

package hosttest

import "net/http"

// Plans of signing out.
const (
	BackChannelRP Plan = "oidcc-client-back-channel-logout-rp-basic"
	RPInitiatedRP Plan = "oidcc-client-rp-initiated-logout-rp-basic"
)

// LogoutModule is one module: what the provider does when a relying party signs
// out there, and what must come of it.
type LogoutModule struct {
	Name   string
	Plan   Plan
	Notice Notice // of BackChannelRP
	Status int    // that the notice is answered with; no notice is sent when it is 0
	State  Mode   // of RPInitiatedRP: of the way back
}

// LogoutModules lists the 8 modules of the back-channel plan and the 3 of the
// RP-initiated one.
func LogoutModules() []LogoutModule {
	refused := func(name string, notice Notice) LogoutModule {
		return LogoutModule{Name: "oidcc-client-test-rp-backchannel-" + name, Plan: BackChannelRP, Notice: notice, Status: http.StatusBadRequest}
	}
	claim := func(name string, value any) Notice {
		return Notice{EditClaims: func(c map[string]any) { c[name] = value }}
	}
	return []LogoutModule{
		{Name: "oidcc-client-test-rp-backchannel-rpinitlogout", Plan: BackChannelRP, Status: http.StatusOK},
		refused("rpinitlogout-alg-none", Notice{Alg: "none", EditHeader: func(h map[string]any) { delete(h, "kid") }}),
		refused("rpinitlogout-no-event", Notice{EditClaims: func(c map[string]any) { delete(c, "events") }}),
		refused("rpinitlogout-with-nonce", claim("nonce", "a-nonce")),
		refused("rpinitlogout-wrong-alg", Notice{Alg: "HS256"}),
		refused("rpinitlogout-wrong-aud", claim("aud", "another-client")),
		refused("rpinitlogout-wrong-event", claim("events", map[string]any{"http://schemas.openid.net/event/another": map[string]any{}})),
		refused("rpinitlogout-wrong-iss", claim("iss", "https://attacker.example")),
		{Name: "oidcc-client-test-rp-init-logout", Plan: RPInitiatedRP},
		{Name: "oidcc-client-test-rp-init-logout-other-state", Plan: RPInitiatedRP, State: Wrong},
		{Name: "oidcc-client-test-rp-init-logout-no-state", Plan: RPInitiatedRP, State: Absent},
	}
}
