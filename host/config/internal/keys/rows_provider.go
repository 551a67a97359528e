// Identity providers.

package keys

// The types of provider.
const (
	OIDC    = "oidc"
	SAML    = "saml"
	IDToken = "id-token"
	Builtin = "builtin"
)

var clientAuths = []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "none"}

var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"}

var providerRows = Table{
	{Path: "providers", Kind: Names, Pattern: namePattern, What: "a provider's name", Min: 1, Max: 64, Required: true, Example: "{corp: {issuer: https://idp.example.com, client_id: doorward, client_secret_file: /run/secrets/corp}}",
		Doc: "Where people sign in. The name is part of the redirect URI, `PUBLIC_URL/callback/NAME`, and of each person's identity: renaming a provider makes everyone a new person. With several, people choose on a page, in the order of this file."},
	{Path: "providers.*", Kind: Section, Doc: "One provider."},
	{Path: "providers.*.type", Kind: Choice, Values: []string{OIDC, SAML, IDToken, Builtin}, Default: OIDC, Example: "builtin",
		Doc: "`oidc` is an OpenID Connect provider somewhere else, `saml` a SAML 2.0 one; `id-token` takes an ID token that a client brings in a header; `builtin` is the provider inside this host, and there can be one."},
	{Path: "providers.*.display_name", Kind: Text, Max: 100, Implied: "the provider's name", Example: "Example Corp",
		Doc: "What the page that lets people choose a provider calls it."},
	{Path: "providers.*.issuer", Kind: URL, Only: types{OIDC}, Example: "https://idp.example.com",
		Doc: "The provider's issuer, exactly as it writes it: every ID token must carry the same text. Required. Discovery reads `ISSUER/.well-known/openid-configuration`, unless `endpoints` are given."},
	{Path: "providers.*.endpoints", Kind: Section, Only: types{OIDC},
		Doc: "Explicit endpoints, for a provider without discovery. When `authorization`, `token` or `jwks` is given, `authorization`, `token`, and `jwks` or `jwks_file` are required, and discovery is not asked. `userinfo` and `end_session` alone replace what discovery says."},
	{Path: "providers.*.endpoints.authorization", Kind: URL, Example: "https://idp.example.com/authorize",
		Doc: "Where the browser is sent to sign in."},
	{Path: "providers.*.endpoints.token", Kind: URL, Example: "https://idp.example.com/token",
		Doc: "Where a code is exchanged for tokens."},
	{Path: "providers.*.endpoints.jwks", Kind: URL, Example: "https://idp.example.com/keys",
		Doc: "The provider's public keys."},
	{Path: "providers.*.endpoints.userinfo", Kind: URL, Example: "https://idp.example.com/userinfo",
		Doc: "Where userinfo is asked when `userinfo.endpoint` is `auto`."},
	{Path: "providers.*.endpoints.end_session", Kind: URL, Example: "https://idp.example.com/logout",
		Doc: "Where the browser is sent to sign out at the provider too."},
	{Path: "providers.*.jwks_file", Kind: File, Only: types{OIDC}, Example: "corp-keys.json",
		Doc: "The provider's public keys as a JSON Web Key Set in a file, instead of `endpoints.jwks`. Only together with explicit `endpoints`."},
	{Path: "providers.*.client_id", Kind: Text, Max: 255, Only: types{OIDC}, Example: "doorward",
		Doc: "The name under which the provider knows this host. Required."},
	{Path: "providers.*.client_secret_file", Kind: File, Only: types{OIDC}, Example: "/run/secrets/corp",
		Doc: "The file that holds the client secret. One line break at its end is left out."},
	{Path: "providers.*.client_secret_env", Kind: Env, Only: types{OIDC}, Example: "CORP_SECRET",
		Doc: "The environment variable that holds the client secret."},
	{Path: "providers.*.client_secret", Kind: Inline, Only: types{OIDC}, Example: "only-for-trials",
		Doc: "The client secret itself; only with `insecure_inline_secrets: true`."},
	{Path: "providers.*.client_auth", Kind: Choice, Values: clientAuths, Only: types{OIDC}, Default: "client_secret_basic", Example: "private_key_jwt",
		Doc: "How the host proves at the token endpoint who it is. The first two need a client secret, `private_key_jwt` a private key, `none` neither."},
	{Path: "providers.*.private_key_file", Kind: File, Only: types{OIDC}, Example: "/run/secrets/corp-key.pem",
		Doc: "The file that holds the private key for `private_key_jwt`, in PEM."},
	{Path: "providers.*.private_key_env", Kind: Env, Only: types{OIDC}, Example: "CORP_KEY",
		Doc: "The environment variable that holds the private key for `private_key_jwt`, in PEM."},
	{Path: "providers.*.private_key", Kind: Inline, Only: types{OIDC}, Example: "only-for-trials",
		Doc: "The private key itself, in PEM; only with `insecure_inline_secrets: true`."},
	{Path: "providers.*.scopes", Kind: List, Only: types{OIDC, Builtin}, Item: Match, Pattern: scopePattern, What: "a scope", Min: 1, Max: 64, Default: "[openid, profile, email]", Example: "[openid, profile, email, groups]",
		Doc: "What is asked of the provider. `openid` must be among them."},
	{Path: "providers.*.response_mode", Kind: Choice, Values: []string{"query", "form_post"}, Only: types{OIDC}, Default: "query", Example: "form_post",
		Doc: "How the provider hands the browser back: in the address, or as a form. On plain http, `form_post` needs a `localhost` name in `public_url`."},
	{Path: "providers.*.private_key_id", Kind: Text, Max: 255, Only: types{OIDC}, Example: "corp-2026",
		Doc: "The `kid` of the private key, for providers that want it in the client assertion."},
	{Path: "providers.*.trusted_audiences", Kind: List, Item: Text, Max: 32, Only: types{OIDC}, Default: "[]", Example: "[https://api.example.com]",
		Doc: "Audiences that an ID token may name beside `client_id`. A token with any other is refused (OpenID Connect Core 1.0, section 3.1.3.7)."},
	{Path: "providers.*.id_token_algs", Kind: List, Item: Choice, Values: algorithms, Only: types{OIDC}, Min: 1, Max: 13, Default: "[RS256, PS256, ES256, EdDSA]", Example: "[ES256]",
		Doc: "The signature algorithms an ID token may use. The HS algorithms verify with the client secret and need at least 32, 48 or 64 bytes of it. `none` is never taken."},
	{Path: "providers.*.userinfo", Kind: Section, Only: types{OIDC, Builtin}, Doc: "Whether and how userinfo is called at each sign-in."},
	{Path: "providers.*.userinfo.endpoint", Kind: URL, Values: []string{"auto", "off"}, Default: "auto", Example: "off",
		Doc: "`auto` calls the endpoint that discovery or `endpoints.userinfo` names, if any; `off` calls none; a URL calls that one."},
	{Path: "providers.*.userinfo.method", Kind: Choice, Values: []string{"GET", "POST"}, Default: "GET", Example: "POST",
		Doc: "The method of the call."},
	{Path: "providers.*.userinfo.on_failure", Kind: Choice, Values: []string{"continue", "refuse"}, Default: "continue", Example: "refuse",
		Doc: "What a failed call does: `continue` signs in without userinfo and withholds the levels that depend on it; `refuse` ends the login."},
	{Path: "providers.*.skew", Kind: Duration, Max: 10 * minute, Default: "60s", Example: "60s",
		Doc: "How far the provider's clock may be from this host's when tokens are checked."},
	{Path: "providers.*.reauth_skew", Kind: Duration, Max: minute, Default: "5s", Example: "5s",
		Doc: "How much earlier than the request `auth_time` may be for a sign-in to count as a re-authentication that was performed."},
	{Path: "providers.*.challenged", Kind: Choice, Values: []string{"trusted", "ignored"}, Implied: "`trusted` for `builtin`, `ignored` for the others", Example: "trusted",
		Doc: "Whether the provider's boolean claim `challenged` proves that the person was asked for credentials in this very sign-in. Trust only a provider that defines it so."},
	{Path: "providers.*.trust_email", Kind: Flag, Default: "false", Example: "true",
		Doc: "Take the provider's `email` for verified even where it does not say `email_verified: true`."},
	{Path: "providers.*.mappers", Kind: List, Item: Section, Max: 256, Default: "[]", Example: "[{direct: {attribute: email, source: userInfo, path: email}}, {plugin: groups-to-roles}]",
		Doc: "What turns the attribute-source document into a user, in this order. Each sees the user so far. Standard attributes that none of them sets are taken from the standard claims."},
	{Path: "providers.*.mappers[]", Kind: Section, One: true, Doc: "One mapper: `direct`, `expression` or `plugin`."},
	{Path: "providers.*.mappers[].direct", Kind: Section, Example: "{attribute: email, source: userInfo, path: email}",
		Doc: "Copies one value."},
	{Path: "providers.*.mappers[].direct.attribute", Kind: Match, Pattern: attributePattern, What: attributeWhat, Required: true, Example: "email",
		Doc: "The user attribute to set."},
	{Path: "providers.*.mappers[].direct.source", Kind: Choice, Values: []string{"idTokenClaims", "tokenEndpointResponse", "userInfo", "claimSources", "authnResponse"}, Implied: "`idTokenClaims`; `authnResponse` for `saml`", Example: "userInfo",
		Doc: "The attribute source to read."},
	{Path: "providers.*.mappers[].direct.path", Kind: Text, Max: 1024, Required: true, Example: "address.country",
		Doc: "The path of the value in the source: members with dots between them, `[0]` for an item, `[\"…\"]` for a member with other characters."},
	{Path: "providers.*.mappers[].expression", Kind: Section, Example: "{attribute: userName, value: 'lower({attribute-source:idTokenClaims:preferred_username})'}",
		Doc: "Computes one value."},
	{Path: "providers.*.mappers[].expression.attribute", Kind: Match, Pattern: attributePattern, What: attributeWhat, Required: true, Example: "userName",
		Doc: "The user attribute to set."},
	{Path: "providers.*.mappers[].expression.value", Kind: Text, Max: 8192, Required: true, Example: "'lower({attribute-source:idTokenClaims:preferred_username})'",
		Doc: "A CEL expression with references. Put it in single quotes. A null result sets nothing."},
	{Path: "providers.*.mappers[].plugin", Kind: Match, Pattern: namePattern, What: "a plugin's name", Example: "groups-to-roles",
		Doc: "The plugin to run, by its name under `plugins`."},
}

const (
	attributePattern = `^(id|userName|firstName|lastName|email|roles|attributes\.[A-Za-z_][A-Za-z0-9_.-]{0,63})$`
	attributeWhat    = "a user attribute (id, userName, firstName, lastName, email, roles or attributes.NAME)"
)
