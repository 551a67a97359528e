// The host itself: addresses, store, sessions, logging.

package keys

var hostRows = Table{
	{Path: "public_url", Kind: Origin, Required: true, Example: "https://login.example.com",
		Doc: "The address people's browsers see: scheme, host and port, nothing after them. Plain http is taken only for loopback addresses. Cookies, redirect URIs and the built-in provider's issuer (`PUBLIC_URL/idp`) are made from it."},
	{Path: "listen", Kind: Address, Default: "127.0.0.1:8080", Example: "0.0.0.0:8080",
		Doc: "The address and port to serve on. The proxy that ends TLS forwards to it."},
	{Path: "admin_listen", Kind: Address, Default: "127.0.0.1:9090", Example: "127.0.0.1:9090",
		Doc: "The address and port of `/healthz`, `/readyz` and `/metrics`. They ask for no password, so keep it on an address that only your monitoring reaches. It must differ from `listen`."},
	{Path: "trusted_proxies", Kind: List, Item: Network, Max: 256, Default: "[]", Example: "[10.0.0.5, 192.168.7.0/24]",
		Doc: "The addresses and networks whose `X-Forwarded-…` headers count. None by default. A network of every address is refused. Behind them the client is the rightmost address of `X-Forwarded-For` that is no trusted proxy; when there is none, the request has no address and is in no zone."},
	{Path: "store", Kind: Section, Doc: "Where sessions and the built-in provider's people are kept."},
	{Path: "store.path", Kind: File, Default: "data/doorward.db", Example: "/var/lib/doorward/doorward.db",
		Doc: "The file of the embedded store. It is made when it does not exist. One process opens it at a time."},
	{Path: "host_key_file", Kind: File, Implied: "`doorward.key` beside the store", Example: "/var/lib/doorward/doorward.key",
		Doc: "The file of the host's key, from which every other key is derived. It is made, with mode 0600, when it does not exist. Without it nobody's session can be opened, so keep it with your backups and apart from the store's."},
	{Path: "session", Kind: Section, Doc: "How long a session lasts."},
	{Path: "session.idle", Kind: Duration, Min: second, Max: 90 * day, Default: "30m", Example: "30m",
		Doc: "A session that is not used for this long ends. At most `session.absolute`."},
	{Path: "session.absolute", Kind: Duration, Min: second, Max: 365 * day, Default: "12h", Example: "12h",
		Doc: "A session ends this long after sign-in, however much it is used. A step-up does not make it longer."},
	{Path: "force_auth", Kind: Flag, Default: "false", Example: "true",
		Doc: "Ask the provider for fresh credentials at every sign-in. An application's `force_auth` overrides it, and a request may raise or lower it within what the application allows."},
	{Path: "insecure_inline_secrets", Kind: Flag, Default: "false", Example: "true",
		Doc: "Allow secrets written into this file. For trials only: whoever reads the file, or a copy of it, has the secrets."},
	{Path: "log", Kind: Section, Doc: "What the host logs, to standard error."},
	{Path: "log.level", Kind: Choice, Values: []string{"debug", "info", "warn", "error"}, Default: "info", Example: "debug",
		Doc: "The least severe record that is written. No level writes secrets, tokens or claim values."},
	{Path: "console", Kind: Section, Doc: "The console: test login, test logout, the sessions there are, and the plugins, under `/console`. Without this key there is none."},
	{Path: "console.level", Kind: Level, Required: true, Example: "Authenticated/Roles/operator",
		Doc: "The level that opens the console. It lies inside `Authenticated`. Whoever holds it sees every session and may end it, so `Authenticated` alone, which everybody holds who signs in, is a warning."},
}

var zoneRows = Table{
	{Path: "zones", Kind: Names, Pattern: zonePattern, What: "a zone's name", Max: 256, Default: "{}", Example: "{plant: {networks: [10.0.0.0/8], priority: 10}}",
		Doc: "Named networks. A request from one holds the level `SecurityZones/NAME`. Names are of letters, digits, `-` and `_`."},
	{Path: "zones.*", Kind: Section, Doc: "One zone."},
	{Path: "zones.*.networks", Kind: List, Item: Network, Min: 1, Max: 1024, Required: true, Example: "[10.0.0.0/8, 192.168.7.4]",
		Doc: "The addresses and networks of the zone."},
	{Path: "zones.*.priority", Kind: Count, Min: 0, Max: 1_000_000, Default: "0", Example: "10",
		Doc: "Orders the zones of a request that is in several: the highest comes first."},
}
