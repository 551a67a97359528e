package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/config/internal/keys"
)

// base stands before each case, whose first line is therefore line 3.
// built is a configuration with one built-in provider that has these keys.
func built(keys string) string {
	return "public_url: https://login.example.com\nproviders:\n  b:\n    type: builtin\n    " + keys + "\n"
}

// idToken is open: what follows ends in }}}.
const idToken = "public_url: https://login.example.com\nproviders: {s: {type: id-token, id_token: {issuer: https://idp.example.com, audience: [a]"

const base = "public_url: https://login.example.com\nproviders: {b: {type: builtin}}\n"

// oidc stands before cases about the provider c; their first line is line 8.
const oidc = `public_url: https://login.example.com
providers:
  c:
    type: oidc
    issuer: https://idp.example.com
    client_id: doorward
    client_secret_env: CORP_SECRET
`

// app stands before cases about an application; their first line is line 6.
const app = base + "applications:\n  w:\n    origins: [https://w.example.com]\n"

func manyHeaders(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("X-A%d: id", i)
	}
	return strings.Join(names, ", ")
}

var faultCases = []struct{ name, text, want string }{
	{"unknown key", base + "lissten: 1\n", "3:1: the key lissten is not known; did you mean listen?"},
	{"unknown key deep", base + "session: {idel: 5m}\n", "3:11: session: the key idel is not known; did you mean idle?"},
	{"dash for underscore", base + "force-auth: true\n", "3:1: the key force-auth is not known; did you mean force_auth?"},
	{"unknown key far off", base + "store: {bucket: 5m}\n", "3:9: store: the key bucket is not known; write one of path"},
	{"key that may be a secret", base + "store: {\"hunter2 hunter2\": 5m}\n", "3:9: store: there is a key here that is not known; write one of path"},
	{"duplicate key", base + "force_auth: true\nforce_auth: false\n", "4:1: force_auth: is written twice, first in line 3; remove one"},
	{"duplicate name", base + "zones:\n  a: {networks: [10.0.0.0/8]}\n  a: {networks: [10.0.0.0/8]}\n", "5:3: zones.a: is written twice, first in line 4; remove one"},
	{"no value", base + "session:\n", "3:9: session: has no value; write one, such as {idle: 30m}, or remove the key"},
	{"section of text", base + "session: 30m\n", "3:10: session: is text; write a mapping, such as {idle: 30m}"},
	{"list of text", base + "trusted_proxies: 10.0.0.5\n", "3:18: trusted_proxies: is text; write a list, such as [10.0.0.5, 192.168.7.0/24]"},
	{"flag", base + "force_auth: yes\n", "3:13: force_auth: is text; write true or false"},
	{"number for text", base + "listen: 8080\n", "3:9: listen: is a number; write host:port, such as 127.0.0.1:8080"},
	{"address", base + "listen: 'localhost'\n", `3:9: listen: "localhost" is not host:port; write 127.0.0.1:8080 or 0.0.0.0:8080`},
	{"address port", base + "listen: ':70000'\n", `3:9: listen: ":70000" is not host:port; write 127.0.0.1:8080 or 0.0.0.0:8080`},
	{"duration", base + "session: {idle: 30 minutes}\n", `3:17: session.idle: "30 minutes" is not a duration; write a number and a unit, such as 90s, 5m or 12h`},
	{"duration without unit", base + "session: {idle: 30}\n", `3:17: session.idle: is a number; write a number and a unit, such as 90s, 5m or 12h`},
	{"duration negative", base + "session: {idle: -5m}\n", `3:17: session.idle: "-5m" is not a duration; write a number and a unit, such as 90s, 5m or 12h`},
	{"duration range", base + "session: {idle: 0s}\n", `3:17: session.idle: "0s" is out of range; write a duration from 1s to 2160h`},
	{"idle over absolute", base + "session: {idle: 13h}\n", "3:17: session.idle: idle (13h) is longer than absolute (12h); write an idle time that is not"},
	{"absolute under idle", base + "session: {absolute: 5m}\n", "3:21: session.absolute: idle (30m) is longer than absolute (5m); write an idle time that is not"},
	{"network", base + "trusted_proxies: [10.0.0.0/8, proxy]\n", `3:31: trusted_proxies[1]: "proxy" is neither an address nor a network; write 10.0.0.5 or 10.0.0.0/8`},
	{"network bits", base + "trusted_proxies: [10.1.0.0/8]\n", `3:19: trusted_proxies[0]: "10.1.0.0/8" has bits beyond its network; write 10.0.0.0/8`},
	{"network twice", base + "trusted_proxies: [10.0.0.5, 10.0.0.5]\n", "3:29: trusted_proxies[1]: stands in the list twice; remove one"},
	{"trust everyone", base + "trusted_proxies: ['::/0']\n", "3:19: trusted_proxies[0]: trusts every address; write the addresses of your proxies"},
	{"zone of everyone", base + "zones: {a: {networks: [0.0.0.0/0]}}\n", "3:24: zones.a.networks[0]: holds every address; write the zone's own networks"},
	{"zone without networks", base + "zones:\n  a: {priority: 1}\n", "4:3: zones.a.networks: is missing; write networks: [10.0.0.0/8, 192.168.7.4]"},
	{"zone priority", base + "zones: {a: {networks: [10.0.0.0/8], priority: -1}}\n", `3:47: zones.a.priority: "-1" is out of range; write a whole number from 0 to 1000000`},
	{"choice", base + "log: {level: verbose}\n", `3:14: log.level: "verbose" is not known; write debug, info, warn or error`},
	{"admin equals listen", base + "admin_listen: 127.0.0.1:8080\n", "3:15: admin_listen: is the address of listen; write another one, such as 127.0.0.1:9090"},
	{"key is the store", base + "host_key_file: data/doorward.db\n", "3:16: host_key_file: is the store's own file; write another path"},
	{"empty text", base + "store: {path: ''}\n", "3:15: store.path: is empty; write a text or remove the key"},

	{"public_url missing", "providers: {b: {type: builtin}}\n", "1:1: public_url: is missing; write public_url: https://login.example.com"},
	{"providers missing", "public_url: https://login.example.com\n", "1:1: providers: is missing; write providers: {corp: {issuer: https://idp.example.com, client_id: doorward, client_secret_file: /run/secrets/corp}}"},
	{"providers empty", "public_url: https://login.example.com\nproviders: {}\n", "2:12: providers: is empty; write at least 1, such as {corp: {issuer: https://idp.example.com, client_id: doorward, client_secret_file: /run/secrets/corp}}"},
	{"plain http", "public_url: http://login.example.com\nproviders: {b: {type: builtin}}\n", "1:13: public_url: plain http is taken only for loopback addresses; write https://"},
	{"public path", "public_url: https://login.example.com/\nproviders: {b: {type: builtin}}\n", "1:13: public_url: there is something after the host and port; write https://login.example.com"},
	{"not a url", "public_url: login.example.com\nproviders: {b: {type: builtin}}\n", "1:13: public_url: this is not a URL; write one such as https://login.example.com"},
	{"scheme", "public_url: ftp://login.example.com\nproviders: {b: {type: builtin}}\n", "1:13: public_url: the URL is neither https nor http; write one such as https://login.example.com"},
	{"password in url", "public_url: https://me:hunter2@login.example.com\nproviders: {b: {type: builtin}}\n", "1:13: public_url: the URL has a user name or password; remove everything up to the @"},
	{"wildcard", "public_url: https://*.example.com\nproviders: {b: {type: builtin}}\n", "1:13: public_url: the host has characters that no host name has; write the name itself, an international one in its xn-- form"},
	{"dot at the end", "public_url: https://login.example.com.\nproviders: {b: {type: builtin}}\n", "1:13: public_url: the host ends in a dot; remove it"},
	{"port", "public_url: https://login.example.com:0\nproviders: {b: {type: builtin}}\n", "1:13: public_url: the URL's port is not a number from 1 to 65535; write one, or none"},

	{"provider name", "public_url: https://login.example.com\nproviders: {Corp/1: {type: builtin}}\n", "2:13: providers: there is a key here that is not a provider's name; write one that matches ^[a-z0-9][a-z0-9_-]{0,63}$"},
	{"saml", "public_url: https://login.example.com\nproviders: {s: {type: saml}}\n", "2:16: providers.s: has no saml; a provider of type saml needs saml: {metadata_url: …} or {metadata_file: …}"},
	{"id-token", "public_url: https://login.example.com\nproviders: {s: {type: id-token}}\n", "2:16: providers.s: has no id_token; a provider of type id-token needs id_token: {well_known: …, issuer: …, audience: […]}"},
	{"saml without metadata", "public_url: https://login.example.com\nproviders: {s: {type: saml, saml: {}}}\n", "2:35: providers.s.saml: has no metadata; write metadata_url or metadata_file"},
	{"saml on plain http", "public_url: http://127.0.0.1:8080\nproviders: {s: {type: saml, saml: {metadata_url: https://idp.example.com/m}}}\n", "2:23: providers.s.type: the answer comes as a form from another site, and over plain http that needs a localhost name in public_url; write public_url: http://localhost:8080"},
	{"saml key of oidc", oidc + "    saml: {metadata_url: https://idp.example.com/m}\n", "8:5: providers.c.saml: is not a key of a provider of type oidc; remove it"},
	{"saml source", "public_url: https://login.example.com\nproviders: {s: {type: saml, saml: {metadata_url: https://idp.example.com/m}, mappers: [{direct: {attribute: email, source: userInfo, path: email}}]}}\n", "2:124: providers.s.mappers[0].direct.source: logins at a provider of type saml do not have this source; write authnResponse"},
	{"id-token without keys", idToken + "}}}\n", "2:43: providers.s.id_token: has 0 of well_known, jwks, jwks_file and secret; write exactly one"},
	{"id-token hmac with public keys", idToken + ", jwks: https://idp.example.com/k, algorithms: [HS256]}}}\n", "2:138: providers.s.id_token.algorithms[0]: HS256 is verified with a secret, and the keys are public ones; remove it, or write secret instead of jwks"},
	{"id-token header of others", idToken + ", jwks: https://idp.example.com/k, header: Authorization}}}\n", "2:133: providers.s.id_token.header: this header cannot carry the token: servers take it for credentials of their own; write a name of your own, such as X-Id-Token"},
	{"id-token secret unknown", idToken + ", secret: partner.hmac}}}\nsecrets: {partner.hmca: {value_env: CORP_SECRET}}\n", "2:100: providers.s.id_token.secret: no secret has this label; did you mean partner.hmca?"},
	{"id-token open template", "public_url: https://login.example.com\nproviders: {s: {type: id-token, id_token: {issuer: 'https://idp.example.com/{tid}', audience: [a], jwks: https://idp.example.com/k}}}\n", "2:52: providers.s.id_token.issuer: {tid} may be anything, and so the issuer anybody; list its values under issuer_values"},
	{"id-token values of nothing", idToken + ", jwks: https://idp.example.com/k, issuer_values: {tid: [a]}}}}\n", "2:146: providers.s.id_token.issuer_values.tid: issuer has no {tid}; add it there, or remove these values"},
	{"secret label", base + "secrets: {.partner: {value_env: CORP_SECRET}}\n", "3:11: secrets: there is a key here that is not a secret's label (letters, digits and dots, none of them at an end); write one that matches ^[A-Za-z0-9]([A-Za-z0-9.]{0,62}[A-Za-z0-9])?$"},
	{"encryption without a key", oidc + "    encryption: {id_token: require}\n", "8:17: providers.c.encryption: there is no key to decrypt with; add private_key_file or private_key_env, or name only key_algs that use the client secret"},
	{"claim source not allowed", oidc + "    claim_sources: {endpoints: {groups: https://graph.example.com/me}}\n", "8:41: providers.c.claim_sources.endpoints.groups: no entry of claim_sources.allow begins this address; add one"},
	{"claim source of any host", oidc + "    claim_sources: {allow: [https://graph.example.com]}\n", "8:29: providers.c.claim_sources.allow[0]: names a host and no path, so that a longer name would begin so too; write at least a slash at its end"},
	{"two builtin", "public_url: https://login.example.com\nproviders:\n  a: {type: builtin}\n  b: {type: builtin}\n", "4:13: providers.b.type: the provider a is builtin already; there can be one"},
	{"oidc key of builtin", "public_url: https://login.example.com\nproviders: {b: {type: builtin, client_id: x}}\n", "2:32: providers.b.client_id: is not a key of a provider of type builtin; remove it"},
	{"builtin key of oidc", oidc + "    clients: {}\n", "8:5: providers.c.clients: is not a key of a provider of type oidc; remove it"},
	{"issuer missing", "public_url: https://login.example.com\nproviders:\n  c: {client_id: x, client_auth: none}\n", "3:3: providers.c.issuer: is missing; write issuer: https://idp.example.com"},
	{"issuer query", "public_url: https://login.example.com\nproviders:\n  c: {client_id: x, client_auth: none, issuer: https://idp.example.com?a=b}\n", "3:48: providers.c.issuer: the URL has a query; remove it from ? on"},
	{"secret missing", "public_url: https://login.example.com\nproviders:\n  c: {client_id: x, issuer: https://idp.example.com}\n", "3:6: providers.c.client_auth: client_secret_basic needs a client secret; add client_secret_file or client_secret_env, or write none for a public client"},
	{"secret unused", oidc + "    client_auth: none\n", "8:18: providers.c.client_auth: a client secret is given and not used; write client_secret_basic or client_secret_post, or remove the secret"},
	{"key missing", oidc + "    client_auth: private_key_jwt\n", "8:18: providers.c.client_auth: private_key_jwt needs a private key; add private_key_file or private_key_env"},
	{"key unused", oidc + "    private_key_env: CORP_SECRET\n", "4:5: providers.c.client_auth: a private key is given and not used; write private_key_jwt, or remove the key"},
	{"inline secret", oidc + "    private_key: hunter2\n    client_auth: private_key_jwt\n", "8:18: providers.c.private_key: a secret is not written into this file; use private_key_file or private_key_env, or insecure_inline_secrets: true for a trial"},
	{"two secrets", oidc + "    client_secret_file: /run/secrets/corp\n", "7:5: providers.c.client_secret_env: is given besides client_secret_file; keep one of them"},
	{"secret file missing", oidc + "    client_auth: private_key_jwt\n    private_key_file: hunter2\n", "9:23: providers.c.private_key_file: the file that is named here cannot be read, it does not exist; write the path of a file that holds the secret"},
	{"secret variable missing", oidc + "    client_auth: private_key_jwt\n    private_key_env: hunter2\n", "9:22: providers.c.private_key_env: the environment variable that is named here is not set; set it, or use private_key_file"},
	{"secret variable name", oidc + "    client_auth: private_key_jwt\n    private_key_env: hunter-2\n", "9:22: providers.c.private_key_env: this is not the name of an environment variable; write one such as IDP_SECRET"},
	{"secret a number", oidc + "    client_auth: private_key_jwt\n    private_key_env: 5\n", "9:22: providers.c.private_key_env: is not text; write text, in quotes when it could be read as something else"},
	{"openid", oidc + "    scopes: [profile]\n", "8:13: providers.c.scopes: openid is not among them; add it"},
	{"scope", oidc + "    scopes: [openid, 'a b']\n", "8:22: providers.c.scopes[1]: this is not a scope; write text such as [openid, profile, email, groups]"},
	{"alg none", oidc + "    id_token_algs: [none]\n", `8:21: providers.c.id_token_algs[0]: "none" is not known; write RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384 or HS512`},
	{"short secret for hs512", oidc + "    id_token_algs: [HS512]\n", "8:21: providers.c.id_token_algs[0]: HS512 needs a client secret of at least 64 bytes; use a longer one, or remove HS512"},
	{"keys endpoint only", oidc + "    endpoints: {jwks: https://idp.example.com/l}\n", "8:16: providers.c.endpoints: has no authorization; explicit endpoints need authorization, token, and jwks or jwks_file\n8:16: providers.c.endpoints: has no token; explicit endpoints need authorization, token, and jwks or jwks_file"},
	{"half endpoints", oidc + "    endpoints: {token: https://idp.example.com/t}\n", "8:16: providers.c.endpoints: has no authorization; explicit endpoints need authorization, token, and jwks or jwks_file\n8:16: providers.c.endpoints: has no jwks; explicit endpoints need authorization, token, and jwks or jwks_file"},
	{"endpoint on http", oidc + "    endpoints: {end_session: http://idp.example.com/t}\n", "8:30: providers.c.endpoints.end_session: plain http is taken only for loopback addresses; write https://"},
	{"userinfo typo", oidc + "    userinfo: {endpoint: never}\n", "8:26: providers.c.userinfo.endpoint: this is not a URL; write one such as off"},
	{"form_post on an address", strings.Replace(oidc, "https://login.example.com", "http://127.0.0.1:8080", 1) + "    response_mode: form_post\n", "8:20: providers.c.response_mode: form_post over plain http needs a localhost name in public_url; write query, or public_url: http://localhost:8080"},
	{"skew", oidc + "    skew: 1h\n", `8:11: providers.c.skew: "1h" is out of range; write a duration from 0ms to 10m`},
	{"key set missing", oidc + "    endpoints: {authorization: https://idp.example.com/a, token: https://idp.example.com/t}\n    jwks_file: nothing.json\n", "9:16: providers.c.jwks_file: the file cannot be read, it does not exist; write the path of a JSON Web Key Set"},
	{"key set with discovery", oidc + "    jwks_file: /run/secrets/corp\n", "8:16: providers.c.jwks_file: the file is not a JSON Web Key Set; write {\"keys\": […]} with at least one key\n8:16: providers.c.jwks_file: keys from a file are for explicit endpoints; add endpoints with authorization and token, or remove the key"},

	{"mapper of two", oidc + "    mappers:\n      - {plugin: p, direct: {attribute: id, path: sub}}\nplugins: {p: {module: p.wasm}}\n", "9:9: providers.c.mappers[0]: has 2 of direct, expression or plugin; write exactly one"},
	{"mapper of none", oidc + "    mappers: [{}]\n", "8:15: providers.c.mappers[0]: has 0 of direct, expression or plugin; write exactly one"},
	{"mapper plugin", oidc + "    mappers: [{plugin: group}]\nplugins: {groups: {module: p.wasm}}\n", `8:24: providers.c.mappers[0].plugin: the plugin "group" is not declared under plugins; did you mean groups?`},
	{"mapper attribute", oidc + "    mappers: [{direct: {attribute: mail, path: mail}}]\n", "8:36: providers.c.mappers[0].direct.attribute: this is not a user attribute (id, userName, firstName, lastName, email, roles or attributes.NAME); write text such as email"},
	{"mapper path", oidc + "    mappers:\n      - direct: {attribute: email}\n", "9:9: providers.c.mappers[0].direct.path: is missing; write path: address.country"},
	{"mapper userinfo off", oidc + "    userinfo: {endpoint: off}\n    mappers: [{direct: {attribute: email, source: userInfo, path: email}}]\n", "9:51: providers.c.mappers[0].direct.source: the provider calls no userinfo endpoint; write another source, or userinfo.endpoint: auto"},

	{"client without secret", "public_url: https://login.example.com\nproviders:\n  b:\n    type: builtin\n    clients:\n      x: {redirect_uris: [https://x.example.com/cb]}\n", "6:10: providers.b.clients.x: has no secret; add secret_file or secret_env, or client_auth: none for a client that cannot keep one"},
	{"own scheme of a client", built("clients: {x: {client_auth: none, redirect_uris: ['com.example.app:/b#c']}}"), "5:54: providers.b.clients.x.redirect_uris[0]: an application's own scheme takes neither a user name nor a fragment; write one such as com.example.app:/back"},
	{"client key", built("clients: {x: {client_auth: private_key_jwt, redirect_uris: [https://x.example.com/cb]}}"), "5:32: providers.b.clients.x.client_auth: private_key_jwt needs the client's keys; add jwks_file or jwks_uri"},
	{"client credentials of nobody", built("clients: {x: {client_auth: none, grant_types: [client_credentials]}}"), "5:51: providers.b.clients.x.grant_types: client_credentials needs a client that authenticates; remove it, or write another client_auth"},
	{"code without a redirect", built("clients: {x: {client_auth: none}}"), "5:18: providers.b.clients.x: has no redirect_uris; add redirect_uris: [https://wiki.example.com/callback], or grant_types without authorization_code"},
	{"userinfo key", built("clients: {x: {client_auth: none, userinfo_signed_response_alg: HS256, redirect_uris: [https://x.example.com/cb]}}"), "5:68: providers.b.clients.x.userinfo_signed_response_alg: HS256 needs a key of exactly 32 bytes, and secret has 0; use another, or add userinfo_key_file"},
	{"id token alg", built("signing_keys: {algorithms: [RS256]}\n    clients: {x: {client_auth: none, id_token_signed_response_alg: EdDSA, redirect_uris: [https://x.example.com/cb]}}"), "6:68: providers.b.clients.x.id_token_signed_response_alg: there is no key for EdDSA; add it to signing_keys.algorithms, or write another"},
	{"no RS256", built("signing_keys: {algorithms: [ES256]}"), "5:32: providers.b.signing_keys.algorithms: RS256 is not among them; add it, since every client may count on it"},
	{"keys kept too short", built("signing_keys: {keep: 1h}\n    tokens: {access: 2h}"), "5:26: providers.b.signing_keys.keep: tokens outlive their keys; write at least 2h, the longest-lived token's life"},
	{"keys kept too long", built("signing_keys: {keep: 48h, rotate: 24h}"), "5:26: providers.b.signing_keys.keep: is longer than rotate; write at most 24h"},
	{"closed registration", built("registration: {}"), "5:19: providers.b.registration: has no initial access token; add initial_access_token_file or initial_access_token_env, or mode: open on a test host"},
	{"back-channel without address", built("clients: {x: {client_auth: none, redirect_uris: [https://x.example.com/cb], backchannel_logout_session_required: true}}"), "5:118: providers.b.clients.x.backchannel_logout_session_required: there is no backchannel_logout_uri; add it, or remove this key"},
	{"accent of eight digits", built(`branding: {accent: "#0a5f38ff"}`), `5:24: providers.b.branding.accent: this is not a colour such as "#0a5f38"; write text such as "#0a5f38"`},
	{"accent", built("branding: {accent: green}"), `5:24: providers.b.branding.accent: this is not a colour such as "#0a5f38"; write text such as "#0a5f38"`},
	{"client redirect", "public_url: https://login.example.com\nproviders:\n  b:\n    type: builtin\n    clients:\n      x: {client_auth: none, redirect_uris: ['https://x.example.com@evil.example/cb']}\n", "6:46: providers.b.clients.x.redirect_uris[0]: the URL has a user name or password; remove everything up to the @"},
	{"client fragment", "public_url: https://login.example.com\nproviders:\n  b:\n    type: builtin\n    clients:\n      x: {client_auth: none, redirect_uris: ['https://x.example.com/cb#']}\n", "6:46: providers.b.clients.x.redirect_uris[0]: the URL has a fragment; remove it from # on"},
	{"people missing", "public_url: https://login.example.com\nproviders: {b: {type: builtin, people_file: nobody.yaml}}\n", "2:45: providers.b.people_file: the file cannot be read, it does not exist; write the path of a file of people"},

	{"module url without digest", base + "plugins: {p: {module: https://example.com/p.wasm}}\n", "3:23: plugins.p.module: a module from a URL needs its digest; add sha256: with the SHA-256 of the file"},
	{"module http", base + "plugins: {p: {module: http://example.com/p.wasm}}\n", "3:23: plugins.p.module: this is not a URL that modules are fetched from; write an https URL without user name, a path, or bundled:NAME"},
	{"digest", base + "plugins: {p: {module: p.wasm, sha256: 9F86}}\n", "3:39: plugins.p.sha256: this is not a SHA-256 digest of 64 lower-case hexadecimal digits; write text such as 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
	{"source", base + "plugins: {p: {module: p.wasm, sources: [userinfo]}}\n", `3:41: plugins.p.sources[0]: "userinfo" is not known; did you mean userInfo?`},
	{"fuel", base + "plugins: {p: {module: p.wasm, limits: {fuel: 20, fuel_per_byte: 0}}}\n", `3:46: plugins.p.limits.fuel: "20" is out of range; write a whole number from 10000 to 1000000000000` + "\n" + `3:65: plugins.p.limits.fuel_per_byte: "0" is out of range; write a whole number from 1 to 1000000`},
	{"fuel with a unit", base + "plugins: {p: {module: p.wasm, limits: {fuel: 20M}}}\n", "3:46: plugins.p.limits.fuel: is text; write a whole number from 10000 to 1000000000000"},
	{"size", base + "plugins: {p: {module: p.wasm, limits: {memory: 32MB}}}\n", `3:48: plugins.p.limits.memory: "32MB" is not a size; write a number and a unit, such as 64KiB or 32MiB`},
	{"size range", base + "plugins: {p: {module: p.wasm, limits: {memory: 99GiB}}}\n", `3:48: plugins.p.limits.memory: "99GiB" is out of range; write a size from 64KiB to 1024MiB`},
	{"size overflow", base + "plugins: {p: {module: p.wasm, limits: {memory: 999999999999GiB}}}\n", `3:48: plugins.p.limits.memory: "999999999999GiB" is out of range; write a size from 64KiB to 1024MiB`},
	{"json number", base + "plugins: {p: {module: p.wasm, config: {a: 0x1F}}}\n", "3:43: plugins.p.config: is a number that JSON does not know; write it in decimal, or in quotes when it is text"},
	{"json twice", base + "plugins: {p: {module: p.wasm, config: {a: 1, a: 2}}}\n", "3:46: plugins.p.config: has this key twice, first in line 3; remove one"},

	{"level built in", base + "levels: {Authenticated: {}}\n", "3:10: levels.Authenticated: this level is built in and cannot be declared; remove it, or write another path"},
	{"role level that groups", base + "levels: {Authenticated/Roles/a: {group: true}}\n", `3:41: levels["Authenticated/Roles/a"].group: the host itself grants this level; remove group`},
	{"level of no zone", base + "levels: {SecurityZones/a: {}}\n", `3:27: levels["SecurityZones/a"]: the zone "a" is not declared under zones; declare it`},
	{"level under a role", base + "levels: {Authenticated/Roles/a/b: {}}\n", `3:10: levels["Authenticated/Roles/a/b"]: this level is built in and cannot be declared; remove it, or write another path`},
	{"level under public", base + "levels: {Public/Site: {}}\n", `3:10: levels["Public/Site"]: Public is part of no path; write Site`},
	{"level parent", base + "levels: {Site/North: {}}\n", `3:10: levels["Site/North"]: its parent "Site" is not declared; declare it, with group: true when it only groups`},
	{"level segment", base + "levels: {Site//North: {}}\n", `3:10: levels: there is a key here that is not a level's path; write one that matches ` + levelText.String()},
	{"level group and step-up", base + "levels: {Site: {group: true, step_up: true}, Site/A: {}}\n", "3:39: levels.Site.step_up: a level that only groups is not reached by itself; remove step_up or group"},
	{"grant unknown provider", base + "levels: {Site: {}}\ngrants: [{idp: c, iss: i, sub: s, levels: [Site]}]\n", `4:16: grants[0].idp: the provider "c" is not declared under providers; did you mean b?`},
	{"grant built in", base + "grants: [{idp: b, iss: i, sub: s, levels: [Authenticated]}]\n", "3:44: grants[0].levels[0]: this level is built in and cannot be granted; write a level of your own"},
	{"grant undeclared", base + "grants: [{idp: b, iss: i, sub: s, levels: [Authenticated/Boss]}]\n", `3:44: grants[0].levels[0]: the level "Authenticated/Boss" is not declared under levels; declare it`},
	{"grant group", base + "levels: {Site: {group: true}, Site/A: {}}\ngrants: [{idp: b, iss: i, sub: s, levels: [Site]}]\n", "4:44: grants[0].levels[0]: this level only groups and cannot be granted; write a level under it"},
	{"grant numeric subject", base + "levels: {Site: {}}\ngrants: [{idp: b, iss: i, sub: 4711, levels: [Site]}]\n", "4:32: grants[0].sub: is a number; write text, in quotes when it could be read as something else"},

	{"application origin", base + "applications: {w: {origins: [https://w.example.com/app]}}\n", "3:30: applications.w.origins[0]: there is something after the host and port; write https://w.example.com"},
	{"application path", base + "applications: {w: {origins: [https://w.example.com], paths: [/a/../b]}}\n", "3:62: applications.w.paths[0]: the path is not in its shortest form; write /b"},
	{"application relative path", base + "applications: {w: {origins: [https://w.example.com], paths: [a]}}\n", "3:62: applications.w.paths[0]: the path does not begin with /; write one such as /wiki"},
	{"application encoded path", base + "applications: {w: {origins: [https://w.example.com], paths: [/%61]}}\n", "3:62: applications.w.paths[0]: the path has characters that it cannot have, or more than 256 of them; write one such as /wiki"},
	{"application level", base + "applications: {w: {origins: [https://w.example.com], require: [Authenticted]}}\n", `3:64: applications.w.require[0]: the level "Authenticted" is not declared under levels; did you mean Authenticated?`},
	{"application zone", base + "applications: {w: {origins: [https://w.example.com], require: [SecurityZones/x]}}\n", `3:64: applications.w.require[0]: the zone "x" is not declared under zones; declare it`},
	{"application force_auth", base + "applications: {w: {origins: [https://w.example.com], force_auth: true}}\n", "3:66: applications.w.force_auth: is true or false; write project, enable or disable"},
	{"two applications at one place", base + "applications:\n  w: {origins: [https://w.example.com]}\n  v: {origins: [https://W.example.com:443]}\n", "5:17: applications.v.origins[0]: https://w.example.com/ is an address of the application w too, at d.yaml:4:17; write other origins or paths"},
	{"two applications at several places", base + "applications:\n  w: {origins: [https://w.example.com, https://x.example.com], paths: [/a, /b]}\n  v: {origins: [https://x.example.com, https://w.example.com], paths: [/c, /b, /a]}\n", "5:76: applications.v.paths[1]: https://x.example.com/b is an address of the application w too, at d.yaml:4:76; write other origins or paths"},
	{"three applications at one place", base + "applications:\n  w: {origins: [https://w.example.com]}\n  v: {origins: [https://w.example.com]}\n  u: {origins: [https://w.example.com]}\n", "5:17: applications.v.origins[0]: https://w.example.com/ is an address of the application w too, at d.yaml:4:17; write other origins or paths\n6:17: applications.u.origins[0]: https://w.example.com/ is an address of the application w too, at d.yaml:4:17; write other origins or paths"},
	{"two force_auth on one origin", base + "applications:\n  w: {origins: [https://w.example.com], force_auth: enable}\n  v: {origins: [https://v.example.com, https://w.example.com], paths: [/v]}\n", "5:40: applications.v.origins[1]: the application w is on this origin too and has another force_auth, and a browser keeps one session for both; write the same force_auth for both"},
	{"one origin twice", base + "applications: {w: {origins: [https://w.example.com, 'https://W.example.com:443']}}\n", "3:53: applications.w.origins[1]: is the same origin as origins[0]; remove one"},
	{"one path twice", base + "applications: {w: {origins: [https://w.example.com], paths: [/wiki, /wiki/]}}\n", "3:69: applications.w.paths[1]: the path is not in its shortest form; write /wiki"},
	{"path of the hand-over", app + "    paths: [/.doorward]\n", "6:13: applications.w.paths[0]: the host itself answers /.doorward on every origin, and the application is never reached there; write another path"},
	{"path under the hand-over", app + "    paths: [/a, /.doorward/x]\n", "6:17: applications.w.paths[1]: the host itself answers /.doorward on every origin, and the application is never reached there; write another path"},
	{"path of the host", base + "applications: {w: {origins: [https://w.example.com, https://login.example.com], paths: [/wiki, /login]}}\n", "3:96: applications.w.paths[1]: the host itself answers /login on public_url's origin, and the application is never reached there; write another path, or give the application an origin of its own"},
	{"path of the host nowhere", "public_url: http://login.example.com\nproviders: {b: {type: builtin}}\napplications: {w: {origins: [http://w.example.com], paths: [/login]}}\n", "1:13: public_url: plain http is taken only for loopback addresses; write https://\n3:30: applications.w.origins[0]: plain http is taken only for loopback addresses; write https://"},
	{"path under one of the host", base + "applications: {w: {origins: [https://login.example.com], paths: [/idp/x/y]}}\n", "3:66: applications.w.paths[0]: the host itself answers /idp on public_url's origin, and the application is never reached there; write another path, or give the application an origin of its own"},
	{"origin with a long address", base + "applications: {w: {origins: ['https://[0:0::1]']}}\n", "3:30: applications.w.origins[0]: browsers write this address in a shorter form; write [::1]"},
	{"origin with a long port", base + "applications: {w: {origins: ['https://w.example.com:08443']}}\n", "3:30: applications.w.origins[0]: the URL's port is not a number from 1 to 65535; write one, or none"},

	{"application without levels", app + "    require: []\n", "6:14: applications.w.require: is empty; write [Public] for an application that is open to everybody, or the levels that it needs"},
	{"application in no zone", app + "    require: [SecurityZones]\n", "6:15: applications.w.require[0]: no zone is declared under zones, so nobody holds this level; declare one"},
	{"application level under public", app + "    require: [Public/Site]\n", `6:15: applications.w.require[0]: the level "Public/Site" is not declared under levels; declare it`},
	{"application forward_auth", app + "    forward_auth: nginx\n", `6:19: applications.w.forward_auth: "nginx" is not known; write redirect or status`},
	{"application secret inline", app + "    secret: hunter2hunter2hunter2\n", "6:13: applications.w.secret: a secret is not written into this file; use secret_file or secret_env, or insecure_inline_secrets: true for a trial"},
	{"application secret short", app + "    secret: '   hunter2hunter2h   '\ninsecure_inline_secrets: true\n", "6:13: applications.w.secret: the secret is shorter than 16 bytes; use a longer random one, such as openssl rand -hex 32 prints"},
	{"application secret short in a file", app + "    secret_file: short\n", "6:18: applications.w.secret_file: the secret is shorter than 16 bytes; use a longer random one, such as openssl rand -hex 32 prints"},
	{"application secret twice", app + "    secret_file: /run/secrets/wiki\n    secret_env: CORP_SECRET\n", "7:5: applications.w.secret_env: is given besides secret_file; keep one of them"},
	{"application tokens without secret", app + "    tokens: [access_token]\n", "6:13: applications.w.tokens: tokens are handed only to an application that authenticates, or to its programs; add secret_file or secret_env, or clients, or remove tokens"},
	{"application refresh token", app + "    secret_env: CORP_SECRET\n    tokens: [id_token, refresh_token]\n", "7:24: applications.w.tokens[1]: a refresh token is handed to nobody, as it outlives the session; write access_token or id_token"},
	{"application token", app + "    secret_env: CORP_SECRET\n    tokens: [Access_Token]\n", `7:14: applications.w.tokens[0]: "Access_Token" is not known; did you mean access_token?`},

	{"header name", app + "    headers: {'X Team': email}\n", "6:15: applications.w.headers: there is a key here that is not the name of a header; write one that matches " + keys.Config.Find("applications.*.headers").Pattern},
	{"nothing leads there", base + "applications: {w: {}}\n", "3:19: applications.w: has neither origins nor clients; write origins: [https://…], or clients: [device] for a program"},
	{"resources without tokens", base + "applications: {w: {origins: [https://w.example.com], resources: {https://api.example.com: {}}}}\n", "3:65: applications.w.resources: tokens for APIs are access tokens, which the application may not be handed; write tokens: [access_token]"},
	{"claim that is there anyway", base + "applications: {w: {origins: [https://w.example.com], assertion: {roles: roles}}}\n", "3:66: applications.w.assertion.roles: the assertion has this claim anyway; write another name"},
	{"header attribute", app + "    headers: {X-Team: team}\n", "6:23: applications.w.headers.X-Team: this is not subject, levels, idp, assertion or a user attribute (id, userName, firstName, lastName, email, roles or attributes.NAME); write text such as attributes.team"},
	{"header list", app + "    headers: {X-Team: [email]}\n", "6:23: applications.w.headers.X-Team: is a list; write text, in quotes when it could be read as something else"},
	{"header underscore", app + "    headers: {X_Team: email}\n", "6:15: applications.w.headers.X_Team: a name with an underscore is dropped by some proxies and taken for the one with a dash by others; write X-Team"},
	{"header twice", app + "    headers:\n      x-team: email\n      X-Team: id\n", "8:7: applications.w.headers.X-Team: is the header x-team too, because upper and lower case are one; remove one"},
	{"headers too many", app + "    headers: {" + manyHeaders(33) + "}\n", "6:14: applications.w.headers: has 33 entries; write at most 32"},
	{"header of the host", app + "    headers: {X-doorward-Team: email}\n", "6:15: applications.w.headers.X-doorward-Team: this header cannot carry a user attribute: the host's own headers are always there; write a name of your own, such as X-Wiki-Team"},

	{"console for everybody", base + "console: {level: Public}\n", "3:18: console.level: everybody holds Public, so that the console would be open to everybody; write a level inside Authenticated, such as Authenticated/Roles/operator"},
	{"console for a zone", base + "zones: {plant: {networks: [10.0.0.0/8]}}\nconsole: {level: SecurityZones/plant}\n", "4:18: console.level: a zone says where a request comes from and not who sends it; write a level inside Authenticated, such as Authenticated/Roles/operator"},
	{"console outside", base + "levels: {Terminal: {}}\nconsole: {level: Terminal}\n", "4:18: console.level: a level outside Authenticated can be held without signing in; write a level inside Authenticated, such as Authenticated/Roles/operator"},
	{"console undeclared", base + "console: {level: Authenticated/Oprator}\nlevels: {Authenticated/Operator: {}}\n", `3:18: console.level: the level "Authenticated/Oprator" is not declared under levels; did you mean Authenticated/Operator?`},
	{"playground for everybody", base + "console: {level: Authenticated/Roles/op, playground: Public}\n", "3:54: console.playground: everybody holds Public, so that the playground would be open to everybody; write a level inside Authenticated, such as Authenticated/Roles/operator"},
	{"folder and bundle", base + "policies: {path: x, bundle: {url: https://b.example.com/b, jwks_file: etc/keys.json}}\n", "3:18: policies.path: is given besides bundle; keep one of them"},
	{"bundle without keys", base + "policies: {bundle: {url: https://b.example.com/b}}\n", "3:12: policies.bundle.jwks_file: is missing; write jwks_file: bundle-keys.json"},
	{"bundle in the clear", base + "policies: {bundle: {url: http://b.example.com/b, jwks_file: etc/keys.json}}\n", "3:26: policies.bundle.url: plain http is taken only for loopback addresses; write https://"},
	{"record without time", base + "record: {max: 5}\n", "3:1: record.keep: is missing; write keep: 168h"},
	{"audit over the store", base + "audit: {path: data/doorward.db}\n", "3:15: audit.path: is a file of the host's own; write another path"},
	{"acr without step-up", base + "levels: {A: {acr_values: [gold]}}\n", "3:26: levels.A.acr_values: is asked of the provider in a step-up, which this level has none of; add step_up: true"},
	{"acr of two levels", base + "levels: {A: {step_up: true, acr_values: [gold]}, B: {step_up: true, acr_values: [gold]}}\n", "3:82: levels.B.acr_values[0]: the level A has this acr value too; a challenge that names it must mean one level"},
	{"acr that is a level", base + "levels: {A: {step_up: true, acr_values: [B]}, B: {}}\n", "3:42: levels.A.acr_values[0]: is another level's path, which a challenge may name; write the provider's own value"},
	{"console without level", base + "console: {}\n", "3:1: console.level: is missing; write level: Authenticated/Roles/operator"},
}

func TestEveryFaultSaysWhereAndWhatToWrite(t *testing.T) {
	for _, c := range faultCases {
		t.Run(c.name, func(t *testing.T) {
			_, err := usual.parse("d.yaml", c.text)
			want := "d.yaml:" + strings.ReplaceAll(c.want, "\n", "\nd.yaml:")
			if err == nil || err.Error() != want {
				t.Errorf("got:\n%v\nwant:\n%s", err, want)
			}
		})
	}
}

func TestAllFaultsAreReportedAtOnceInOrder(t *testing.T) {
	_, err := usual.parse("d.yaml", `listen: 80
public_url: http://login.example.com
zones: {z: {networks: [x]}}
providers:
  c: {issuer: nowhere, client_id: 5, skew: 3}
levels: {A/B: {stepup: true}}
`)
	want := `d.yaml:1:9: listen: is a number; write host:port, such as 127.0.0.1:8080
d.yaml:2:13: public_url: plain http is taken only for loopback addresses; write https://
d.yaml:3:24: zones.z.networks[0]: "x" is neither an address nor a network; write 10.0.0.5 or 10.0.0.0/8
d.yaml:5:6: providers.c.client_auth: client_secret_basic needs a client secret; add client_secret_file or client_secret_env, or write none for a public client
d.yaml:5:15: providers.c.issuer: this is not a URL; write one such as https://idp.example.com
d.yaml:5:35: providers.c.client_id: is a number; write text, in quotes when it could be read as something else
d.yaml:5:44: providers.c.skew: is a number; write a number and a unit, such as 90s, 5m or 12h
d.yaml:6:10: levels["A/B"]: its parent "A" is not declared; declare it, with group: true when it only groups
d.yaml:6:16: levels["A/B"]: the key stepup is not known; did you mean step_up?`
	var faults Faults
	if !errors.As(err, &faults) || err.Error() != want {
		t.Fatalf("got:\n%v\nwant:\n%s", err, want)
	}
	if !faults.Under("providers.c") || !faults.Under("providers.c.skew") || faults.Under("providers.c.sk") || faults.Under("session") {
		t.Error("Under is wrong about which keys have faults")
	}
}

func TestAConfigWithFaultsCanBeCheckedFurther(t *testing.T) {
	c, err := usual.parse("d.yaml", base+"session: {idle: x}\nlevels: {Site: {}}\n")
	if err == nil || c == nil || len(c.Levels) != 1 {
		t.Fatalf("got %+v, %v", c, err)
	}
}
