// Providers whose ID token a client brings in a header.

package keys

const (
	// LabelPattern is that of a secret's label.
	labelPattern       = `^[A-Za-z0-9]([A-Za-z0-9.]{0,62}[A-Za-z0-9])?$`
	placeholderPattern = `^[A-Za-z_][A-Za-z0-9_]{0,63}$`
	tokenHeaderPattern = `^[A-Za-z][A-Za-z0-9_-]{0,63}$`
)

var idTokenRows = Table{
	{Path: "providers.*.id_token", Kind: Section, Only: types{IDToken},
		Example: "{well_known: https://idp.example.com/.well-known/openid-configuration, issuer: https://idp.example.com, audience: [mobile]}",
		Doc:     "What an ID token in a header must be, so that `POST /login/id-token/NAME` signs in with it (see [sign-in with an ID token](../id-token.md)). Required for the type `id-token`. Exactly one of `well_known`, `jwks`, `jwks_file` and `secret` says which keys verify it."},
	{Path: "providers.*.id_token.header", Kind: Match, Pattern: tokenHeaderPattern, What: "the name of a header", Default: "oidc_id_token", Example: "X-Id-Token",
		Doc: "The header that holds the token. `Authorization: Bearer` is read too, when this one is not there. Names that mean something else are refused. Many proxies drop names with underscores: write another one behind those."},
	{Path: "providers.*.id_token.well_known", Kind: URL, Example: "https://idp.example.com/.well-known/openid-configuration",
		Doc: "The address of a discovery document; its `jwks_uri` has the keys."},
	{Path: "providers.*.id_token.jwks", Kind: URL, Example: "https://idp.example.com/keys",
		Doc: "The address of a JSON Web Key Set with the keys."},
	{Path: "providers.*.id_token.jwks_file", Kind: File, Example: "partner-keys.json",
		Doc: "A JSON Web Key Set in a file."},
	{Path: "providers.*.id_token.secret", Kind: Match, Pattern: labelPattern, What: "a secret's label (letters, digits and dots, none of them at an end)", Example: "partner.hmac",
		Doc: "The label of a shared secret under `secrets`, which verifies tokens signed with HMAC."},
	{Path: "providers.*.id_token.issuer", Kind: Text, Max: 1024, Required: true, Example: "https://login.example.com/{tid}/v2.0",
		Doc: "The issuer, exactly as the token's `iss` has it. `{NAME}` stands for the text of the claim NAME, which must be one of `issuer_values.NAME`."},
	{Path: "providers.*.id_token.issuer_values", Kind: Names, Pattern: placeholderPattern, What: "a claim's name", Max: 8, Default: "{}", Example: "{tid: [9c1e4a52-6d0b-4d0e-8b38-2f4f6a7d1c11]}",
		Doc: "For each placeholder of `issuer`, the values that it may have."},
	{Path: "providers.*.id_token.issuer_values.*", Kind: List, Item: Text, Min: 1, Max: 256, Example: "[9c1e4a52-6d0b-4d0e-8b38-2f4f6a7d1c11]",
		Doc: "The values of one placeholder."},
	{Path: "providers.*.id_token.audience", Kind: List, Item: Text, Min: 1, Max: 64, Required: true, Example: "[mobile]",
		Doc: "The token's `aud` must hold one of these, and nobody else. Upper and lower case differ."},
	{Path: "providers.*.id_token.authorized_parties", Kind: List, Item: Text, Max: 64, Default: "[]", Example: "[mobile]",
		Doc: "Whom the token's `azp` may name. A token without `azp` passes; one with an `azp` that is not listed does not."},
	{Path: "providers.*.id_token.algorithms", Kind: List, Item: Choice, Values: algorithms, Min: 1, Max: 13, Implied: "RS256, PS256, ES256 and EdDSA; with `secret`, those of HS256, HS384 and HS512 that it is long enough for", Example: "[ES256]",
		Doc: "The signature algorithms a token may use. `none` is never taken."},
	{Path: "providers.*.id_token.max_lifetime", Kind: Duration, Min: minute, Max: 7 * day, Default: "60m", Example: "15m",
		Doc: "A token must end within this time of its `iat`; one without `iat`, of now."},
	{Path: "providers.*.id_token.replay", Kind: Choice, Values: []string{"forbid", "allow"}, Default: "forbid", Example: "allow",
		Doc: "`forbid` accepts each token once. `allow` is for clients that cannot get a token for each sign-in: whoever sees one can use it until it ends."},
	{Path: "providers.*.id_token.success_url", Kind: Text, Max: 1024, Default: "/", Example: "https://wiki.example.com/",
		Doc: "Where a browser goes after it, and the `successUrl` of the JSON answer, when the request names no `return_to`. It must be an address of an application, or of this host."},
	{Path: "providers.*.id_token.realm", Kind: Text, Max: 255, Default: "/", Example: "/partners",
		Doc: "The `realm` of the JSON answer."},
}
