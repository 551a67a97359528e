// Applications, and what each may be handed.

package keys

var applicationRows = Table{
	{Path: "applications", Kind: Names, Pattern: namePattern, What: "an application's name", Max: 1000, Default: "{}", Example: "{wiki: {origins: [https://wiki.example.com]}}",
		Doc: "The applications that people sign in for. Their origins and paths are also the list of addresses a login may return to. An address is matched by exact scheme, host and port, then by the longest path; one that no application has is refused. The name is the audience of the assertion that the application gets. [Applications](../applications.md) shows how it fits together."},
	{Path: "applications.*", Kind: Section, Doc: "One application."},
	{Path: "applications.*.origins", Kind: List, Item: Origin, Max: 64, Default: "[]", Example: "[https://wiki.example.com]",
		Doc: "Scheme, host and port of the application; nothing after them, no wildcards. The origin may be `public_url`'s own. Required, but for an application that has only `clients`."},
	{Path: "applications.*.paths", Kind: List, Item: Route, Min: 1, Max: 64, Default: "[/]", Example: "[/wiki]",
		Doc: "The paths of the application on each of its origins. `/wiki` means `/wiki` and all that is under `/wiki/`. Upper and lower case differ. Paths that the host itself answers are refused: `/.doorward` on every origin, and its own routes on `public_url`'s."},
	{Path: "applications.*.force_auth", Kind: Choice, Values: []string{"project", "enable", "disable"}, Default: "project", Example: "enable",
		Doc: "`project` follows the file's `force_auth`; `enable` asks for fresh credentials at every sign-in for this application, whatever the request says; `disable` does not, unless the request asks. Asking is no guard: people edit addresses, and a first sign-in without proof goes on. What must be fresh says so in `require`."},
	{Path: RequirePath, Kind: List, Item: Level, Min: 1, Max: 64, Default: "[Authenticated]", Example: "[Authenticated/Fresh]",
		Doc: "The levels a request must hold, all of them. An application that is open to everybody says `[Public]`. A level that nothing can grant is refused by `doorward check`."},
	{Path: "applications.*.forward_auth", Kind: Choice, Values: []string{"redirect", "status"}, Default: "redirect", Example: "status",
		Doc: "How `/auth` sends a page to the login: `redirect` answers with a redirect, which Traefik and Caddy hand to the browser; `status` answers 401 with the address in `X-Doorward-Login`, for nginx and HAProxy. Scripts get 401 either way."},
	{Path: "applications.*.secret_file", Kind: File, Example: "/run/secrets/wiki",
		Doc: "The file that holds the application's secret, with which its server asks this host for what it may be handed. At least 16 bytes, not counting space around it. One line break at its end is left out. Give each application a secret of its own."},
	{Path: "applications.*.secret_env", Kind: Env, Example: "WIKI_SECRET",
		Doc: "The environment variable that holds the application's secret."},
	{Path: "applications.*.secret", Kind: Inline, Example: "only-for-trials-0123456789",
		Doc: "The application's secret itself; only with `insecure_inline_secrets: true`."},
	{Path: TokensPath, Kind: List, Item: Choice, Values: []string{"access_token", "id_token"}, Max: 2, Default: "[]", Example: "[access_token]",
		Doc: "The provider's tokens that the application's server may be handed for a session of its own, with its secret: browsers never get a token. Its programs (`clients`) may be handed access tokens for its `resources`, and no other. A refresh token is handed to nobody."},
	{Path: "applications.*.resources", Kind: Names, Pattern: `^[A-Za-z][A-Za-z0-9+.-]{0,31}:[^\s#]{1,480}$`, What: "a resource, an absolute URI without a fragment", Max: 32, Default: "{}", Example: "{https://api.example.com: {by: resource}}",
		Doc: "APIs that the application's server may get an access token for, with `POST /session/token` and `resource`. Needs `access_token` among `tokens`."},
	{Path: "applications.*.resources.*", Kind: Section, Doc: "One API."},
	{Path: "applications.*.resources.*.by", Kind: Choice, Values: []string{"resource", "exchange", "same"}, Default: "resource", Example: "exchange",
		Doc: "How the token is got: `resource` asks the provider with the refresh token and `resource` (RFC 8707), `exchange` exchanges the access token (RFC 8693), `same` hands out the sign-in's own access token, which the provider issues for this API."},
	{Path: "applications.*.resources.*.audience", Kind: Text, Max: 512, Implied: "the resource", Example: "api",
		Doc: "The audience that the API expects. An access token that is a JWT for somebody else is not handed out, and the answer says for whom it is."},
	{Path: "applications.*.resources.*.scope", Kind: List, Item: Match, Pattern: scopePattern, What: "a scope", Max: 32, Default: "[]", Example: "[read, write]",
		Doc: "The scopes that are asked for."},
	{Path: "applications.*.clients", Kind: List, Item: Choice, Values: []string{"device", "loopback"}, Max: 2, Default: "[]", Example: "[device, loopback]",
		Doc: "Programs of this application that sign in without a browser of their own, by a code that is typed in elsewhere (RFC 8628) or by a redirect to a loopback address (RFC 8252). Their `client_id` is the application's name. They get a session of their own, which they present as a bearer (see [programs](../programs.md))."},
	{Path: "applications.*.assertion", Kind: Names, Pattern: `^[A-Za-z_][A-Za-z0-9_.:/-]{0,127}$`, What: "a claim's name", Max: 32, Default: "{}", Example: "{team: attributes.team}",
		Doc: "Further claims of the assertion, by name, each with the user attribute it carries as it is. The names that the assertion has anyway are refused."},
	{Path: "applications.*.assertion.*", Kind: Match, Pattern: attributePattern, What: attributeWhat, Example: "attributes.team",
		Doc: "The user attribute of one claim."},
	{Path: "applications.*.headers", Kind: Names, Pattern: headerPattern, What: "the name of a header", Max: 32, Default: "{}", Example: "{X-Wiki-Team: attributes.team}",
		Doc: "Further headers on the answer of `/auth`, by name, each with the user attribute it carries. Names have no underscore, and no meaning in HTTP or to proxies. The `X-Doorward-…` headers are always there and need no entry."},
	{Path: "applications.*.headers.*", Kind: Match, Pattern: carriedPattern, What: carriedWhat, Example: "attributes.team",
		Doc: "What the header carries: a user attribute (`id`, `userName`, `firstName`, `lastName`, `email`, `roles` or `attributes.NAME`), or what the `X-Doorward-…` headers carry, for an application that wants it under another name (`subject`, `levels`, `idp`, `assertion`). NAME is one attribute's name as a mapper sets it, dots included; it does not look inside the attribute's value."},
}

const (
	carriedPattern = `^(subject|levels|idp|assertion|id|userName|firstName|lastName|email|roles|attributes\.[A-Za-z_][A-Za-z0-9_.-]{0,63})$`
	carriedWhat    = "subject, levels, idp, assertion or a user attribute (id, userName, firstName, lastName, email, roles or attributes.NAME)"
)

// The keys of which the reader has something of its own to say.
const (
	RequirePath = "applications.*.require"
	TokensPath  = "applications.*.tokens"
)

// headerPattern is a field name of RFC 9110, section 5.1, of at most 64
// characters.
const headerPattern = `^[A-Za-z0-9!#$%&'*+.^_|~` + "`" + `-]{1,64}$`
