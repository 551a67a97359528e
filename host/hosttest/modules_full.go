// Modules of the conformance suite's comprehensive plan.

package hosttest

import "github.com/doorward/doorward/host/login"

func full() []Module {
	const prefix = "oidcc-client-test-"
	reject := func(name string, setup func(*Knobs), algs ...string) Module {
		return Module{
			Name: prefix + name, Plan: FullRP, Setup: setup, Algs: algs, Want: Rejected,
			Code: login.CodeIDTokenInvalid, Calls: map[Endpoint]int{Token: 1, UserInfo: 0},
		}
	}
	accept := func(name string, setup func(*Knobs)) Module {
		return Module{
			Name: prefix + name, Plan: FullRP, Setup: setup, Want: Accepted,
			UserInfo: []string{"sub"}, Calls: map[Endpoint]int{Token: 1, UserInfo: 1},
		}
	}
	edit := func(change func(map[string]any)) func(*Knobs) {
		return func(k *Knobs) { k.EditClaims = change }
	}
	return []Module{
		reject("missing-aud", edit(func(c map[string]any) { delete(c, "aud") })),
		reject("invalid-sig-hs256", func(k *Knobs) { k.Alg, k.BadSignature = "HS256", true }, "HS256"),
		reject("invalid-sig-es256", func(k *Knobs) { k.Alg, k.BadSignature = "ES256", true }),
		reject("invalid-athash", func(k *Knobs) { k.AtHash = Wrong }),
		accept("missing-athash", func(k *Knobs) { k.AtHash = Absent }),
		accept("userinfo-bearer-header", nil),
		accept("userinfo-signed", func(k *Knobs) { k.UserInfo = UserInfoJWT }),
		// Nobody authenticates with a certificate here: the aliases lead nowhere.
		accept("mtls-endpoint-aliases", func(k *Knobs) {
			k.EditDiscovery = func(d map[string]any) {
				d["mtls_endpoint_aliases"] = map[string]any{"token_endpoint": "https://mtls.invalid/token", "userinfo_endpoint": "https://mtls.invalid/userinfo"}
			}
		}),
		{
			Name: prefix + "form-post-error", Plan: FullRP, Want: Rejected, Code: login.CodeProviderError, FormPost: true,
			Setup: func(k *Knobs) { k.Error, k.ErrorDescription = "login_required", "the provider's own words" },
			Calls: map[Endpoint]int{Authorize: 1, Token: 0, UserInfo: 0},
		},
	}
}
