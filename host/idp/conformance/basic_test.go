package conformance_test

import "testing"

// TestBasicOP is the plan oidcc-basic-certification-test-plan with configured
// clients.
func TestBasicOP(t *testing.T) { runPlan(t, "Basic OP", variant{}, basic) }

// TestFormPostOP is oidcc-formpost-basic-certification-test-plan: the same
// modules, answered by form_post.
func TestFormPostOP(t *testing.T) { runPlan(t, "Form Post OP", variant{mode: "form_post"}, basic) }

var basic = modules{
	"oidcc-server":                serverModule,
	"oidcc-response-type-missing": responseTypeMissingModule,
	"oidcc-idtoken-signature":     idTokenSignatureModule,
	"oidcc-idtoken-unsigned":      idTokenUnsignedModule,

	"oidcc-userinfo-get":         userInfoModule(byGet),
	"oidcc-userinfo-post-header": userInfoModule(byPost),
	"oidcc-userinfo-post-body":   userInfoModule(byPostedForm),

	"oidcc-scope-profile":        scopeModule("openid profile"),
	"oidcc-scope-email":          scopeModule("openid email"),
	"oidcc-scope-address":        scopeModule("openid address"),
	"oidcc-scope-phone":          scopeModule("openid phone"),
	"oidcc-scope-all":            scopeModule("openid email phone address profile"),
	"oidcc-alternate-happy-flow": alternateHappyFlowModule,
	"oidcc-claims-essential":     claimsEssentialModule,

	"oidcc-ensure-request-without-nonce-succeeds-for-code-flow": acceptedModule("nonce", "-"),
	"oidcc-display-page":  acceptedModule("display", "page"),
	"oidcc-display-popup": acceptedModule("display", "popup"),
	"oidcc-ensure-request-with-unknown-parameter-succeeds": acceptedModule("extra", "foobar"),
	"oidcc-ui-locales":                              acceptedModule("ui_locales", "se"),
	"oidcc-claims-locales":                          acceptedModule("claims_locales", "se"),
	"oidcc-ensure-request-with-acr-values-succeeds": acceptedModule("acr_values", "1 2"),
	"oidcc-login-hint":                              loginHintModule,
	"oidcc-ensure-post-request-succeeds":            postRequestModule,
	"oidcc-ensure-registered-redirect-uri":          registeredRedirectModule,
	"oidcc-server-client-secret-post":               secretPostModule,
	"oidcc-ensure-request-with-valid-pkce-succeeds": pkceModule,

	"oidcc-prompt-login":              promptLoginModule,
	"oidcc-prompt-none-not-logged-in": promptNoneNotLoggedInModule,
	"oidcc-prompt-none-logged-in":     promptNoneLoggedInModule,
	"oidcc-max-age-1":                 maxAge1Module,
	"oidcc-max-age-10000":             maxAge10000Module,
	"oidcc-id-token-hint":             idTokenHintModule,

	"oidcc-codereuse":           codeReuseModule,
	"oidcc-codereuse-30seconds": codeReuse30SecondsModule,
	"oidcc-refresh-token":       refreshTokenModule,

	"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported":    unsignedRequestURIModule,
	"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": unsignedRequestObjectModule,
	"oidcc-ensure-request-object-with-redirect-uri":                                requestObjectRedirectModule,
}
