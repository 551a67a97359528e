// What OpenID Connect providers differ in: presets, refreshing, encryption,
// claims from elsewhere.

package keys

// Presets are the providers that have a preset.
var Presets = []string{"entra", "google", "okta", "keycloak", "auth0", "ping", "zitadel", "dex", "adfs"}

var oidcRows = Table{
	{Path: "providers.*.preset", Kind: Choice, Values: Presets, Only: types{OIDC}, Example: "entra",
		Doc: "What is known of this product: it fills in keys that the file leaves out, and `doorward check` knows its ways (see [providers](../providers.md)). What it fills in is on the product's page."},
	{Path: "providers.*.refresh", Kind: Section, Only: types{OIDC, Builtin}, Doc: "How the provider's tokens are kept fresh, and with them what is said of the person (see [fresh tokens](../refresh.md))."},
	{Path: "providers.*.refresh.mode", Kind: Choice, Values: []string{"auto", "off"}, Default: "auto", Example: "off",
		Doc: "`auto` refreshes when the provider gave a refresh token and said how long the access token is good; `off` never does, and the claims of the sign-in hold as long as the session."},
	{Path: "providers.*.refresh.before", Kind: Duration, Min: second, Max: hour, Default: "60s", Example: "2m",
		Doc: "How long before its end an access token is refreshed when the session is used. At most half of the token's life counts."},
	{Path: "providers.*.refresh.on_refusal", Kind: Choice, Values: []string{"end", "freeze"}, Default: "end", Example: "freeze",
		Doc: "What happens when the provider refuses to refresh: `end` ends the session, `freeze` keeps it without tokens, and the levels that rest on the provider's claims end when the last access token does."},
	{Path: "providers.*.end_session_method", Kind: Choice, Values: []string{"POST", "GET"}, Only: types{OIDC}, Default: "POST", Example: "GET",
		Doc: "How the browser is sent to the provider's end_session_endpoint. Every provider must take both (OpenID Connect RP-Initiated Logout 1.0, section 2); some take only `GET`, which puts the ID token into an address."},
	{Path: "providers.*.pushed_authorization_requests", Kind: Choice, Values: []string{"auto", "always", "off"}, Only: types{OIDC}, Default: "auto", Example: "always",
		Doc: "Whether requests are pushed to the provider first (RFC 9126): `auto` when its discovery document requires it, `always`, which needs its endpoint there, or never."},
	{Path: "providers.*.encryption", Kind: Section, Only: types{OIDC}, Doc: "Tokens that are encrypted for this host."},
	{Path: "providers.*.encryption.private_key_file", Kind: File, Example: "/run/secrets/corp-enc.pem",
		Doc: "The file that holds the private key that decrypts: RSA, or EC for ECDH-ES, PKCS #8 in PEM. Its public half is in `/.well-known/jwks.json`."},
	{Path: "providers.*.encryption.private_key_env", Kind: Env, Example: "CORP_ENC_KEY",
		Doc: "The environment variable that holds the private key that decrypts."},
	{Path: "providers.*.encryption.private_key", Kind: Inline, Example: "only-for-trials",
		Doc: "The private key itself, in PEM; only with `insecure_inline_secrets: true`."},
	{Path: "providers.*.encryption.id_token", Kind: Choice, Values: []string{"off", "accept", "require"}, Default: "off", Example: "require",
		Doc: "Whether ID tokens may, or must, be encrypted."},
	{Path: "providers.*.encryption.userinfo", Kind: Choice, Values: []string{"off", "accept", "require"}, Default: "off", Example: "accept",
		Doc: "Whether userinfo may, or must, be encrypted."},
	{Path: "providers.*.encryption.key_algs", Kind: List, Item: Choice, Values: []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "A128KW", "A256KW", "A128GCMKW", "A256GCMKW", "dir"}, Min: 1, Max: 10, Default: "[RSA-OAEP, RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW, ECDH-ES+A256KW]", Example: "[RSA-OAEP-256]",
		Doc: "How the content key may be encrypted. The A… algorithms and `dir` use a key made of the client secret (OpenID Connect Core 1.0, section 10.2)."},
	{Path: "providers.*.claim_sources", Kind: Section, Only: types{OIDC}, Doc: "Aggregated and distributed claims, such as groups that do not fit into a token (OpenID Connect Core 1.0, section 5.6.2). They become the attribute source `claimSources`."},
	{Path: "providers.*.claim_sources.allow", Kind: List, Item: URL, Max: 16, Default: "[]", Example: "[https://graph.microsoft.com/v1.0/]",
		Doc: "Addresses that distributed claims may be fetched from: same scheme, host and port, and a path that begins so and goes on after a slash. Nothing is fetched from anywhere else, and no redirect is followed."},
	{Path: "providers.*.claim_sources.endpoints", Kind: Names, Pattern: `^[A-Za-z0-9_.-]{1,64}$`, What: "a claim's name", Max: 16, Default: "{}", Example: `{groups: "https://graph.microsoft.com/v1.0/me/transitiveMemberOf?$select=id"}`,
		Doc: "For a claim that the provider leaves out, where it is fetched from instead of the address that the token names: with the access token that the token brings for it, else with that of the sign-in. The address must be allowed too. An answer that has no such member but a list called `value` gives that list: each item's text, or its `id`, over all pages."},
	{Path: "providers.*.claim_sources.endpoints.*", Kind: URL, Example: "https://graph.microsoft.com/v1.0/me/memberOf",
		Doc: "The address of one claim."},
	{Path: "providers.*.claim_sources.issuers", Kind: Names, Pattern: `^https?://[^\s@#]{1,500}$`, What: "an issuer", Max: 16, Default: "{}", Example: "{https://claims.example.com: https://claims.example.com/jwks}",
		Doc: "The issuers of signed claims that are believed, besides the provider itself, each with the address of its keys."},
	{Path: "providers.*.claim_sources.issuers.*", Kind: URL, Example: "https://claims.example.com/jwks",
		Doc: "The address of an issuer's JSON Web Key Set."},
	{Path: "providers.*.claim_sources.on_failure", Kind: Choice, Values: []string{"refuse", "continue"}, Default: "refuse", Example: "continue",
		Doc: "What happens when claims cannot be had or are not allowed: `refuse` ends the login, `continue` signs in without them and withholds the levels that depend on them."},
}
