// Modules: the relying-party modules of the OpenID conformance suite, as data.

package hosttest

import (
	"slices"

	"github.com/doorward/doorward/host/login"
)

// Plan is a certification plan of the suite.
type Plan string

const (
	BasicRP  Plan = "oidcc-client-basic-certification-test-plan"
	ConfigRP Plan = "oidcc-client-config-certification-test-plan"
	FullRP   Plan = "oidcc-client-test-plan" // of which only what the two others lack
)

// Outcome is what must come of a module's login.
type Outcome string

const (
	Accepted        Outcome = "a session"
	Rejected        Outcome = "no session"
	WithoutUserInfo Outcome = "a session without userinfo, and an audit event"
	NotBegun        Outcome = "no authorization request"
)

// Module is one module: a provider with these knobs, and its outcome.
type Module struct {
	Name     string
	Plan     Plan
	Setup    func(*Knobs)     // nil: a provider without fault
	Algs     []string         // of ID tokens, that the relying party allows; the asymmetric ones when nil
	Scopes   []string         // that the relying party asks for; openid, profile, email when nil
	FormPost bool             // the response mode is form_post; any when false
	Between  func(*Provider)  // when not nil, a second login follows it
	Want     Outcome          // of each login
	Code     login.Code       // of a login that is rejected or not begun
	UserInfo []string         // members that userinfo must have brought
	Calls    map[Endpoint]int // how often these endpoints are called in all
	Auth     string           // how the client must have authenticated
}

// Modules lists the 14 modules of Basic RP, the 6 of Config RP, and those of the
// comprehensive plan that are neither there nor about what a code flow has not.
// A module that the suite passes either way has the outcome that Doorward chose.
func Modules() []Module { return slices.Concat(basic(), config(), full()) }

func basic() []Module {
	reject := func(name string, setup func(*Knobs)) Module {
		return Module{
			Name: "oidcc-client-test" + name, Plan: BasicRP, Setup: setup, Want: Rejected,
			Code: login.CodeIDTokenInvalid, Calls: map[Endpoint]int{Token: 1, UserInfo: 0},
		}
	}
	accept := func(name string, setup func(*Knobs)) Module {
		return Module{
			Name: "oidcc-client-test" + name, Plan: BasicRP, Setup: setup, Want: Accepted,
			UserInfo: []string{"sub"}, Calls: map[Endpoint]int{Token: 1, UserInfo: 1},
		}
	}
	claim := func(name string, value any) func(*Knobs) {
		return func(k *Knobs) { k.EditClaims = func(c map[string]any) { c[name] = value } }
	}
	without := func(name string) func(*Knobs) {
		return func(k *Knobs) { k.EditClaims = func(c map[string]any) { delete(c, name) } }
	}
	invalidSub := accept("-userinfo-invalid-sub", func(k *Knobs) { k.UserInfo = UserInfoWrongSub })
	invalidSub.Want, invalidSub.UserInfo = WithoutUserInfo, nil
	scopes := accept("-scope-userinfo-claims", nil)
	scopes.Scopes = []string{"openid", "profile", "email", "phone", "address"}
	scopes.UserInfo = []string{"sub", "name", "email", "phone_number", "address"}
	secretBasic := accept("-client-secret-basic", nil)
	secretBasic.Auth = "client_secret_basic"
	return []Module{
		accept("", nil),
		reject("-invalid-iss", claim("iss", "https://attacker.example")),
		reject("-missing-sub", without("sub")),
		reject("-invalid-aud", claim("aud", "another-client")),
		reject("-missing-iat", without("iat")),
		accept("-kid-absent-single-jwks", func(k *Knobs) { k.NoKeyID = true }),
		accept("-kid-absent-multiple-jwks", func(k *Knobs) { k.NoKeyID, k.KeyCount = true, 3 }),
		accept("-idtoken-sig-rs256", nil),
		reject("-idtoken-sig-none", func(k *Knobs) { k.Alg, k.NoKeyID = "none", true }),
		reject("-invalid-sig-rs256", func(k *Knobs) { k.BadSignature = true }),
		invalidSub,
		reject("-nonce-invalid", claim("nonce", "another-nonce")),
		scopes,
		secretBasic,
	}
}

func config() []Module {
	const prefix = "oidcc-client-test-"
	return []Module{
		{
			Name: prefix + "discovery-openid-config", Plan: ConfigRP, Want: Accepted,
			UserInfo: []string{"sub"}, Calls: map[Endpoint]int{Discovery: 1},
		},
		{
			Name: prefix + "discovery-jwks-uri-keys", Plan: ConfigRP, Want: Accepted,
			UserInfo: []string{"sub"}, Calls: map[Endpoint]int{JWKS: 1},
		},
		{
			Name: prefix + "discovery-issuer-mismatch", Plan: ConfigRP, Want: NotBegun, Code: login.CodeProviderDown,
			Setup: func(k *Knobs) { k.Issuer = "https://attacker.example" },
			Calls: map[Endpoint]int{Authorize: 0, Token: 0, UserInfo: 0, JWKS: 0},
		},
		{
			Name: prefix + "idtoken-sig-none", Plan: ConfigRP, Want: Rejected, Code: login.CodeIDTokenInvalid,
			Setup: func(k *Knobs) { k.Alg, k.NoKeyID = "none", true },
			Calls: map[Endpoint]int{Token: 1, UserInfo: 0},
		},
		{
			// The key changes between any fetch of the set and the second token.
			Name: prefix + "signing-key-rotation-just-before-signing", Plan: ConfigRP, Want: Accepted,
			Between: func(p *Provider) { p.Set(func(k *Knobs) { k.RotateForToken = true }) },
			Calls:   map[Endpoint]int{JWKS: 2, UserInfo: 2},
		},
		{
			Name: prefix + "signing-key-rotation", Plan: ConfigRP, Want: Accepted,
			Between: (*Provider).RotateKeys,
			Calls:   map[Endpoint]int{JWKS: 2, UserInfo: 2},
		},
	}
}
