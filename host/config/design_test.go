package config

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// designFile is the configuration of the design, comments included.
const designFile = `public_url: https://login.example.com
listen: 0.0.0.0:8080
admin_listen: 127.0.0.1:9090
trusted_proxies: []                       # addresses or networks
store: {path: data/doorward.db}
session: {idle: 30m, absolute: 12h}
force_auth: false
providers:
  corp:
    type: oidc                            # oidc, saml, id-token or builtin
    issuer: https://idp.example.com       # discovery; or explicit endpoints and keys
    client_id: doorward
    client_secret_file: /run/secrets/corp
    scopes: [openid, profile, email]
    userinfo: {endpoint: auto, method: GET, on_failure: continue}
    skew: 60s
    mappers: []                           # Mappers
plugins: {}                               # Plugins
levels:
  Authenticated/Fresh: {description: credentials proved within five minutes, step_up: true}
policies: {path: policies/}
zones:
  plant: {networks: [10.0.0.0/8], priority: 10}
applications: {}                          # Applications
`

// elsewhere is what configurations in tests refer to.
type elsewhere struct {
	env   map[string]string
	files map[string]string
}

func (e elsewhere) parse(name, text string) (*Config, error) {
	env := func(key string) (string, bool) { v, ok := e.env[key]; return v, ok }
	read := func(path string) ([]byte, error) {
		if text, ok := e.files[path]; ok {
			return []byte(text), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return Parse(name, []byte(text), env, read)
}

var usual = elsewhere{
	env: map[string]string{"CORP_SECRET": "a secret from the environment, long enough", "REGISTRATION": "a registration token of thirty-two"},
	files: map[string]string{
		"/run/secrets/corp": "a secret from a file\n",
		"/run/secrets/wiki": "wiki's own secret\r\n",
		"short":             "too short\n",
		"etc/keys.json":     `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"BB"}]}`,
		"etc/people.yaml":   peopleFile,
		"etc/logo.svg":      "<svg/>",
	},
}

const peopleFile = `people:
  - user_name: ada
    subject: p-0001
    password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'
    email: ada@example.com
    groups: [app-admin]
    claims: {level: 3}
`

func must(t *testing.T, name, text string) *Config {
	t.Helper()
	c, err := usual.parse(name, text)
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	return c
}

func TestTheDesignsFileIsRead(t *testing.T) {
	c := must(t, "etc/doorward.yaml", designFile)
	corp := c.Providers["corp"]
	if got := corp.ClientSecret.Reveal(); got != "a secret from a file" {
		t.Errorf("client secret %q", got)
	}
	for _, check := range []struct {
		name      string
		got, want any
	}{
		{"public_url", c.PublicURL, "https://login.example.com"},
		{"listen", c.Listen, "0.0.0.0:8080"},
		{"store", c.Store.Path, "etc/data/doorward.db"},
		{"host key", c.HostKeyFile, "etc/data/doorward.key"},
		{"idle", c.Session.Idle, 30 * time.Minute},
		{"absolute", c.Session.Absolute, 12 * time.Hour},
		{"skew", corp.Skew, time.Minute},
		{"reauth skew", corp.ReauthSkew, 5 * time.Second},
		{"scopes", fmt.Sprint(corp.Scopes), "[openid profile email]"},
		{"userinfo", corp.UserInfo, UserInfo{"auto", "GET", "continue"}},
		{"challenged", corp.Challenged, "ignored"},
		{"client auth", corp.ClientAuth, "client_secret_basic"},
		{"display name", corp.DisplayName, "corp"},
		{"level", fmt.Sprint(c.Levels["Authenticated/Fresh"]), "{credentials proved within five minutes true false []}"},
		{"policies", c.Policies, Policies{Path: "etc/policies", Deadline: 500 * time.Millisecond}},
		{"audit", fmt.Sprint(c.Audit), "{ []}"},
		{"record", c.Record == nil, true},
		{"zone", fmt.Sprint(c.Zones["plant"]), fmt.Sprint(Zone{[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, 10})},
		{"order", fmt.Sprint(c.ProviderOrder), "[corp]"},
		{"warnings", len(c.Warnings), 0},
	} {
		if check.got != check.want {
			t.Errorf("%s: got %v, want %v", check.name, check.got, check.want)
		}
	}
}

// wholeFile has every kind of key that is taken now.
const wholeFile = `public_url: HTTP://Localhost:8080
listen: 127.0.0.1:8080
admin_listen: 127.0.0.1:0
trusted_proxies: [10.0.0.5, 192.168.7.0/24, "::1"]
host_key_file: /srv/key
log: {level: debug}
console: {level: Authenticated/Operator, playground: Authenticated/Roles/writer}
providers:
  zulu:
    type: builtin
    people_file: people.yaml
    session: {idle: 5m, absolute: 1h, remember_me: 720h}
    sign_in: {methods: [passkey, badge_password], second_factor: optional}
    passwords: {min_length: 14}
    tokens: {access: 15m}
    signing_keys: {algorithms: [ES256, RS256], rotate: 720h, keep: 24h}
    registration: {initial_access_token_env: REGISTRATION, max_clients: 7}
    branding: {name: Plant 7, accent: "#0a5", logo_file: logo.svg}
    languages: {default: de-AT, folder: languages}
    scope_claims: {plant: [line, "http://schemas.example.com/shift"]}
    clients:
      wiki.example:
        secret_file: /run/secrets/wiki
        redirect_uris: ["https://wiki.example.com/cb?x=1"]
      spa:
        client_auth: none
        redirect_uris: [http://127.0.0.1:3000/cb, "com.example.app:/back"]
        grant_types: [authorization_code, refresh_token]
        default_max_age: 0
      machine:
        client_auth: private_key_jwt
        jwks_file: keys.json
        grant_types: [client_credentials]
        access_tokens: jwt
        audiences: [https://api.example.com]
  alpha:
    issuer: https://idp.example.com/realms/x
    endpoints:
      authorization: https://idp.example.com/a
      token: https://idp.example.com/t
    jwks_file: keys.json
    client_id: doorward
    client_secret_env: CORP_SECRET
    client_auth: client_secret_post
    response_mode: form_post
    id_token_algs: [HS256]
    userinfo: {endpoint: https://idp.example.com/u}
    challenged: trusted
    mappers:
      - direct: {attribute: email, source: userInfo, path: email}
      - expression: {attribute: attributes.team, value: 'lower({attribute-source:idTokenClaims:team})'}
      - plugin: groups-to-roles
plugins:
  groups-to-roles:
    module: plugins/groups.wasm
    config: {prefix: "app-", big: 123456789012345678901234567890, e: 1e3, f: 0.10, list: [a, true, null], "1": one}
    on_error: skip
    limits: {memory: 64MiB, fuel: 30000000}
  bundled:
    module: bundled:groups-to-roles
levels:
  Authenticated/Operator: {}
  Site: {group: true}
  Site/North: {description: in the north, step_up: true, acr_values: [urn:example:mfa, gold]}
grants:
  - {idp: alpha, iss: https://idp.example.com/realms/x, sub: "4711", levels: [Authenticated/Operator, Site/North]}
applications:
  wiki:
    origins: [https://Wiki.example.com:443]
    paths: [/wiki, /docs]
    force_auth: enable
    require: [Authenticated/Roles/editor, Authenticated/Operator]
    forward_auth: status
    secret_env: CORP_SECRET
    tokens: [id_token, access_token]
    headers: {X-Wiki-Team: attributes.team, Remote-User: userName, X-Groups: roles, "X.Odd": attributes.a.b}
audit: {path: log/audit.jsonl, claims: [userName, attributes.team]}
record: {keep: 168h}
policies:
  bundle: {url: https://bundles.example.com/b.tar.gz, jwks_file: keys.json, scope: production, token_env: CORP_SECRET}
  require_tests: true
`

func TestAWholeFileIsRead(t *testing.T) {
	c := must(t, "etc/doorward.yaml", wholeFile)
	zulu, alpha, plugin := c.Providers["zulu"], c.Providers["alpha"], c.Plugins["groups-to-roles"]
	for _, check := range []struct {
		name      string
		got, want any
	}{
		{"public_url", c.PublicURL, "http://localhost:8080"},
		{"proxies", fmt.Sprint(c.TrustedProxies), "[10.0.0.5/32 192.168.7.0/24 ::1/128]"},
		{"order", fmt.Sprint(c.ProviderOrder), "[zulu alpha]"},
		{"challenged of builtin", zulu.Challenged, "trusted"},
		{"challenged of oidc", alpha.Challenged, "trusted"},
		{"session of builtin", zulu.Session, ProviderSession{5 * time.Minute, time.Hour, 720 * time.Hour}},
		{"sign-in", fmt.Sprint(zulu.SignIn), "{[passkey badge_password] optional}"},
		{"sign-in by default", fmt.Sprint(alpha.SignIn), "{[password] off}"},
		{"passwords", zulu.Passwords, Passwords{14}},
		{"tokens of builtin", zulu.Builtin.Tokens, TokenLives{15 * time.Minute, 10 * time.Minute, 720 * time.Hour}},
		{"signing keys", fmt.Sprint(zulu.SigningKeys), "{[ES256 RS256] 720h0m0s 24h0m0s}"},
		{"registration", zulu.Registration.Mode + " " + zulu.Registration.InitialAccessToken.Reveal() + fmt.Sprint(zulu.Registration.MaxClients), "closed a registration token of thirty-two7"},
		{"no registration", alpha.Registration == nil, true},
		{"branding", zulu.Branding.Name + " " + zulu.Branding.Accent + " " + string(zulu.Branding.Logo), "Plant 7 #0a5 <svg/>"},
		{"languages", zulu.Languages, Languages{"de-AT", "etc/languages"}},
		{"scope claims", fmt.Sprint(zulu.ScopeClaims), "map[plant:[line http://schemas.example.com/shift]]"},
		{"own scheme", zulu.Clients["spa"].RedirectURIs[1], "com.example.app:/back"},
		{"default max_age", *zulu.Clients["spa"].DefaultMaxAge, 0},
		{"no default max_age", zulu.Clients["machine"].DefaultMaxAge == nil, true},
		{"grants by default", fmt.Sprint(zulu.Clients["wiki.example"].GrantTypes), "[authorization_code]"},
		{"client keys", string(zulu.Clients["machine"].JWKS), usual.files["etc/keys.json"]},
		{"client secret", zulu.Clients["wiki.example"].Secret.Reveal(), "wiki's own secret"},
		{"client uri", zulu.Clients["wiki.example"].RedirectURIs[0], "https://wiki.example.com/cb?x=1"},
		{"person", zulu.People[0].UserName + " " + zulu.People[0].Subject, "ada p-0001"},
		{"claims", string(zulu.People[0].Claims), `{"level":3}`},
		{"hash", strings.HasPrefix(zulu.People[0].PasswordHash.Reveal(), "$argon2id$"), true},
		{"explicit", alpha.Explicit(), true},
		{"key set", string(alpha.JWKS), usual.files["etc/keys.json"]},
		{"env secret", alpha.ClientSecret.Reveal(), usual.env["CORP_SECRET"]},
		{"direct", *alpha.Mappers[0].Direct, Direct{"email", "userInfo", "email"}},
		{"expression", alpha.Mappers[1].Expression.Value, "lower({attribute-source:idTokenClaims:team})"},
		{"plugin mapper", alpha.Mappers[2].Plugin, "groups-to-roles"},
		{"module", plugin.Module, "etc/plugins/groups.wasm"},
		{"bundled", c.Plugins["bundled"].Module, "bundled:groups-to-roles"},
		{"json", string(plugin.Config), `{"prefix":"app-","big":123456789012345678901234567890,"e":1e3,"f":0.10,"list":["a",true,null],"1":"one"}`},
		{"preset json", string(c.Plugins["bundled"].Config), `{}`},
		{"limits", plugin.Limits, Limits{256 << 10, 64 << 20, 64 << 10, 30_000_000, 10_000, 250 * time.Millisecond, 16}},
		{"on_error", plugin.OnError, "skip"},
		{"sources", fmt.Sprint(plugin.Sources), "[idTokenClaims userInfo]"},
		{"group", c.Levels["Site"].Group, true},
		{"grant", fmt.Sprint(c.Grants[0]), "{alpha https://idp.example.com/realms/x 4711 [Authenticated/Operator Site/North]}"},
		{"origin", c.Applications["wiki"].Origins[0], "https://wiki.example.com"},
		{"forward auth", c.Applications["wiki"].ForwardAuth, "status"},
		{"application secret", c.Applications["wiki"].Secret.Reveal(), usual.env["CORP_SECRET"]},
		{"tokens", fmt.Sprint(c.Applications["wiki"].Tokens), "[id_token access_token]"},
		{"headers", fmt.Sprint(c.Applications["wiki"].Headers), "map[Remote-User:userName X-Groups:roles X-Wiki-Team:attributes.team X.Odd:attributes.a.b]"},
		{"console", *c.Console, Console{"Authenticated/Operator", "Authenticated/Roles/writer"}},
		{"audit", fmt.Sprint(c.Audit), "{etc/log/audit.jsonl [userName attributes.team]}"},
		{"record", *c.Record, Record{168 * time.Hour, 100_000}},
		{"bundle", c.Policies.Bundle.URL + " " + c.Policies.Bundle.Scope + " " + c.Policies.Bundle.Poll.String(), "https://bundles.example.com/b.tar.gz production 1m0s"},
		{"bundle keys", string(c.Policies.Bundle.JWKS), usual.files["etc/keys.json"]},
		{"bundle token", c.Policies.Bundle.Token.Reveal(), usual.env["CORP_SECRET"]},
		{"require tests", c.Policies.RequireTests, true},
		{"acr values", fmt.Sprint(c.Levels["Site/North"].ACRValues), "[urn:example:mfa gold]"},
		{"paths", fmt.Sprint(c.Applications["wiki"].Paths), "[/wiki /docs]"},
	} {
		if check.got != check.want {
			t.Errorf("%s: got %v, want %v", check.name, check.got, check.want)
		}
	}
	if !json.Valid(plugin.Config) {
		t.Error("the plugin's config is not JSON")
	}
}
