package clients

// Every member of a registration: what of it holds, and what is refused
// (REFERENCE b.6, THREATS T46).

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

type object = map[string]any

func number(n int64) *int64 { return &n }

// Each member reaches the client that the provider's parts ask.
func TestSAF14_MetadataIsHonoured(t *testing.T) {
	r := newRig(t)
	keys := keySetOf(hosttest.ECKey())
	for name, test := range map[string]struct {
		changes []any
		holds   func(Client) any
		want    any
	}{
		"redirect_uris":               {[]any{"redirect_uris", []string{callback, callback + "?a=b"}}, func(c Client) any { return c.RedirectURIs }, []string{callback, callback + "?a=b"}},
		"post_logout_redirect_uris":   {[]any{"post_logout_redirect_uris", []string{callback}}, func(c Client) any { return c.PostLogoutRedirectURIs }, []string{callback}},
		"grant_types":                 {[]any{"grant_types", []string{GrantCode, GrantRefresh}}, func(c Client) any { return c.GrantTypes }, []string{GrantCode, GrantRefresh}},
		"device alone":                {[]any{"grant_types", []string{GrantDevice}, "redirect_uris", []string{}}, func(c Client) any { return c.May(GrantCode) }, false},
		"client_credentials":          {[]any{"grant_types", []string{GrantCredentials}, "redirect_uris", nil}, func(c Client) any { return c.May(GrantCredentials) }, true},
		"application_type":            {[]any{"application_type", "native", "redirect_uris", []string{"http://127.0.0.1:5000/cb", "com.example:/cb"}}, func(c Client) any { return c.Native }, true},
		"client_name":                 {[]any{"client_name", "Wïki ✓"}, Client.title, "Wïki ✓"},
		"no client_name":              {nil, Client.title, "app.example.com"},
		"no client_name, native":      {[]any{"application_type", "native", "redirect_uris", []string{"com.example:/cb"}}, Client.title, "com.example"},
		"client_uri":                  {[]any{"client_uri", "https://a.example/"}, func(c Client) any { return c.URI }, "https://a.example/"},
		"logo_uri":                    {[]any{"logo_uri", "https://a.example/l.png"}, func(c Client) any { return c.LogoURI }, "https://a.example/l.png"},
		"policy_uri":                  {[]any{"policy_uri", "https://a.example/p"}, func(c Client) any { return c.PolicyURI }, "https://a.example/p"},
		"tos_uri":                     {[]any{"tos_uri", "https://a.example/t"}, func(c Client) any { return c.TermsURI }, "https://a.example/t"},
		"contacts":                    {[]any{"contacts", []string{"ada@example.com"}}, func(c Client) any { return c.Contacts }, []string{"ada@example.com"}},
		"jwks":                        {[]any{"jwks", keys}, func(c Client) any { return len(c.Keys) > 0 && c.KeysURL == "" }, true},
		"jwks_uri":                    {[]any{"jwks_uri", "https://a.example/k"}, func(c Client) any { return c.KeysURL }, "https://a.example/k"},
		"scope":                       {[]any{"scope", "openid  email openid fed:local:claim1"}, func(c Client) any { return c.Scopes }, []string{"openid", "email", "fed:local:claim1"}},
		"no scope":                    {nil, func(c Client) any { return c.Scopes }, []string{"openid", "profile", "email"}},
		"no id token alg":             {nil, func(c Client) any { return c.IDTokenAlg }, "RS256"},
		"id_token_signed":             {[]any{"id_token_signed_response_alg", "EdDSA"}, func(c Client) any { return c.IDTokenAlg }, "EdDSA"},
		"no userinfo alg":             {nil, func(c Client) any { return c.UserInfoAlg }, ""},
		"userinfo_signed":             {[]any{"userinfo_signed_response_alg", "RS256"}, func(c Client) any { return c.UserInfoAlg }, "RS256"},
		"userinfo HS512":              {[]any{"userinfo_signed_response_alg", "HS512"}, func(c Client) any { return len(c.Secret) >= 64 }, true},
		"userinfo HS256, own key":     {[]any{"userinfo_signed_response_alg", "HS256", "token_endpoint_auth_method", "private_key_jwt", "jwks", keys}, func(c Client) any { return len(c.Secret) >= 64 }, true},
		"own key, no secret":          {[]any{"token_endpoint_auth_method", "private_key_jwt", "jwks", keys}, func(c Client) any { return string(c.Secret) }, ""},
		"request_object_signing":      {[]any{"request_object_signing_alg", "ES256", "jwks", keys}, func(c Client) any { return c.RequestAlg }, "ES256"},
		"token_endpoint_auth_method":  {[]any{"token_endpoint_auth_method", "client_secret_post"}, func(c Client) any { return c.Auth }, AuthPost},
		"none":                        {[]any{"token_endpoint_auth_method", "none"}, func(c Client) any { return c.Public() && c.Secret == "" }, true},
		"token_endpoint_auth_signing": {[]any{"token_endpoint_auth_method", "private_key_jwt", "token_endpoint_auth_signing_alg", "ES256", "jwks", keys}, func(c Client) any { return c.AuthAlg }, "ES256"},
		"default_max_age":             {[]any{"default_max_age", 0}, func(c Client) any { return c.DefaultMaxAge }, number(0)},
		"no default_max_age":          {nil, func(c Client) any { return c.DefaultMaxAge == nil }, true},
		"require_auth_time":           {[]any{"require_auth_time", true}, func(c Client) any { return c.RequireAuthTime }, true},
		"default_acr_values":          {[]any{"default_acr_values", []string{"urn:a", "urn:b"}}, func(c Client) any { return c.DefaultACR }, []string{"urn:a", "urn:b"}},
		"initiate_login_uri":          {[]any{"initiate_login_uri", "https://a.example/login"}, func(c Client) any { return c.InitiateLoginURI }, "https://a.example/login"},
		"request_uris":                {[]any{"request_uris", []string{"https://a.example/r#hash"}}, func(c Client) any { return c.RequestURIs }, []string{"https://a.example/r#hash"}},
		"backchannel_logout_uri":      {[]any{"backchannel_logout_uri", "https://a.example/out"}, func(c Client) any { return c.BackChannelLogout }, "https://a.example/out"},
		"backchannel session":         {[]any{"backchannel_logout_uri", "https://a.example/out", "backchannel_logout_session_required", true}, func(c Client) any { return c.BackChannelSession }, true},
		"require_pushed":              {[]any{"require_pushed_authorization_requests", true}, func(c Client) any { return c.RequirePushed }, true},
		"dpop_bound":                  {[]any{"dpop_bound_access_tokens", true}, func(c Client) any { return c.BoundTokens }, true},
		"consent":                     {nil, func(c Client) any { return c.Consent && c.Registered > 0 }, true},
		"subject_type":                {[]any{"subject_type", "public"}, Client.title, "app.example.com"},
		"front channel, not wanted":   {[]any{"frontchannel_logout_session_required", false, "frontchannel_logout_uri", nil}, Client.title, "app.example.com"},
		"unknown members":             {[]any{"grease", object{"a": 1}, "Jwks_uri", 5}, Client.title, "app.example.com"},
		"a name in another language":  {[]any{"client_name#de", "Wiki"}, Client.title, "app.example.com"},
	} {
		if got := test.holds(r.registered(test.changes...)); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func (c Client) title() any { return c.Title() }

func TestT46_WhatIsRefused(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Algorithms = []string{"RS256", "ES256"} })
	own := keySetOf(hosttest.ECKey())
	manyScopes := ""
	for i := range 51 {
		manyScopes += fmt.Sprint(" scope", i)
	}
	many := slices.Repeat([]string{callback}, 21)
	var private object
	must(t, json.Unmarshal(keySetOf(hosttest.ECKey(), hosttest.EdKey()), &private)) // the other one is in order
	private["keys"].([]any)[0].(object)["d"] = "AAAA"
	for name, test := range map[string]struct {
		changes []any
		code    string
	}{
		"no redirect URIs":              {[]any{"redirect_uris", nil}, InvalidRedirect},
		"an empty one":                  {[]any{"redirect_uris", []string{""}}, InvalidRedirect},
		"plain http":                    {[]any{"redirect_uris", []string{"http://app.example.com/cb"}}, InvalidRedirect},
		"one of two is plain":           {[]any{"redirect_uris", []string{callback, "http://app.example.com/cb"}}, InvalidRedirect},
		"loopback, web":                 {[]any{"redirect_uris", []string{"http://127.0.0.1/cb"}}, InvalidRedirect},
		"https on loopback, web":        {[]any{"redirect_uris", []string{"https://localhost/cb"}}, InvalidRedirect},
		"own scheme, web":               {[]any{"redirect_uris", []string{"com.example:/cb"}}, InvalidRedirect},
		"a fragment":                    {[]any{"redirect_uris", []string{callback + "#x"}}, InvalidRedirect},
		"an empty fragment":             {[]any{"redirect_uris", []string{callback + "#"}}, InvalidRedirect},
		"user info":                     {[]any{"redirect_uris", []string{"https://app.example.com@evil.example/"}}, InvalidRedirect},
		"relative":                      {[]any{"redirect_uris", []string{"/cb"}}, InvalidRedirect},
		"a script":                      {[]any{"redirect_uris", []string{"javascript:alert(1)"}, "application_type", "native"}, InvalidRedirect},
		"data":                          {[]any{"redirect_uris", []string{"data:text/html,x"}, "application_type", "native"}, InvalidRedirect},
		"a backslash":                   {[]any{"redirect_uris", []string{`https://app.example.com\@evil.example/`}}, InvalidRedirect},
		"a host that ends a directive":  {[]any{"redirect_uris", []string{"https://app.example.com;sandbox/"}}, InvalidRedirect},
		"a host that ends a policy":     {[]any{"redirect_uris", []string{"https://app.example.com,frame-ancestors/"}}, InvalidRedirect},
		"any host":                      {[]any{"redirect_uris", []string{"https://*/cb"}}, InvalidRedirect},
		"a line":                        {[]any{"redirect_uris", []string{callback + "\r\nX: y"}}, InvalidRedirect},
		"plain http, native":            {[]any{"redirect_uris", []string{"http://app.example.com/cb"}, "application_type", "native"}, InvalidRedirect},
		"too long":                      {[]any{"redirect_uris", []string{callback + strings.Repeat("x", 3000)}}, InvalidRedirect},
		"too many":                      {[]any{"redirect_uris", many}, InvalidMetadata},
		"post logout, plain":            {[]any{"post_logout_redirect_uris", []string{"http://app.example.com/"}}, InvalidMetadata},
		"post logout, fragment":         {[]any{"post_logout_redirect_uris", []string{callback + "#"}}, InvalidMetadata},
		"implicit":                      {[]any{"response_types", []string{"id_token"}}, InvalidMetadata},
		"hybrid":                        {[]any{"response_types", []string{"code id_token"}}, InvalidMetadata},
		"code without its grant":        {[]any{"response_types", []string{"code"}, "grant_types", []string{GrantDevice}}, InvalidMetadata},
		"a grant type without end":      {[]any{"grant_types", []string{GrantCode, strings.Repeat("x", 9999)}}, InvalidMetadata},
		"implicit grant":                {[]any{"grant_types", []string{GrantCode, "implicit"}}, InvalidMetadata},
		"password grant":                {[]any{"grant_types", []string{GrantCode, "password"}}, InvalidMetadata},
		"refresh alone":                 {[]any{"grant_types", []string{GrantRefresh}, "redirect_uris", nil}, InvalidMetadata},
		"credentials of a public one":   {[]any{"grant_types", []string{GrantCode, GrantCredentials}, "token_endpoint_auth_method", "none"}, InvalidMetadata},
		"application_type":              {[]any{"application_type", "desktop"}, InvalidMetadata},
		"pairwise":                      {[]any{"subject_type", "pairwise"}, InvalidMetadata},
		"unsigned ID token":             {[]any{"id_token_signed_response_alg", "none"}, InvalidMetadata},
		"ID token HS256":                {[]any{"id_token_signed_response_alg", "HS256"}, InvalidMetadata},
		"an algorithm without a key":    {[]any{"id_token_signed_response_alg", "EdDSA"}, InvalidMetadata},
		"unsigned userinfo":             {[]any{"userinfo_signed_response_alg", "none"}, InvalidMetadata},
		"userinfo HS256, public":        {[]any{"userinfo_signed_response_alg", "HS256", "token_endpoint_auth_method", "none"}, InvalidMetadata},
		"unsigned request object":       {[]any{"request_object_signing_alg", "none", "jwks", own}, InvalidMetadata},
		"request object HS256":          {[]any{"request_object_signing_alg", "HS256"}, InvalidMetadata},
		"request object without keys":   {[]any{"request_object_signing_alg", "ES256"}, InvalidMetadata},
		"encrypted ID token":            {[]any{"id_token_encrypted_response_alg", "RSA-OAEP"}, InvalidMetadata},
		"encrypted ID token, enc":       {[]any{"id_token_encrypted_response_enc", "A128CBC-HS256"}, InvalidMetadata},
		"encrypted userinfo":            {[]any{"userinfo_encrypted_response_alg", "RSA-OAEP"}, InvalidMetadata},
		"encrypted userinfo, enc":       {[]any{"userinfo_encrypted_response_enc", "A256GCM"}, InvalidMetadata},
		"encrypted request object":      {[]any{"request_object_encryption_alg", "RSA-OAEP"}, InvalidMetadata},
		"front channel":                 {[]any{"frontchannel_logout_uri", "https://app.example.com/out"}, InvalidMetadata},
		"front channel, session":        {[]any{"frontchannel_logout_session_required", true}, InvalidMetadata},
		"software statement":            {[]any{"software_statement", "a.b.c"}, InvalidMetadata},
		"client_secret_jwt":             {[]any{"token_endpoint_auth_method", "client_secret_jwt"}, InvalidMetadata},
		"tls_client_auth":               {[]any{"token_endpoint_auth_method", "tls_client_auth"}, InvalidMetadata},
		"private_key_jwt without keys":  {[]any{"token_endpoint_auth_method", "private_key_jwt"}, InvalidMetadata},
		"assertions HS256":              {[]any{"token_endpoint_auth_method", "private_key_jwt", "jwks", own, "token_endpoint_auth_signing_alg", "HS256"}, InvalidMetadata},
		"assertions none":               {[]any{"token_endpoint_auth_method", "private_key_jwt", "jwks", own, "token_endpoint_auth_signing_alg", "none"}, InvalidMetadata},
		"keys and their address":        {[]any{"jwks", own, "jwks_uri", "https://app.example.com/k"}, InvalidMetadata},
		"a private key":                 {[]any{"jwks", private}, InvalidMetadata},
		"a symmetric key":               {[]any{"jwks", object{"keys": []any{object{"kty": "oct", "k": "AAAA"}}}}, InvalidMetadata},
		"no key at all":                 {[]any{"jwks", object{"keys": []any{}}}, InvalidMetadata},
		"no key set":                    {[]any{"jwks", "https://app.example.com/k"}, InvalidMetadata},
		"initiate_login_uri, plain":     {[]any{"initiate_login_uri", "http://app.example.com/login"}, InvalidMetadata},
		"logo_uri, plain":               {[]any{"logo_uri", "http://app.example.com/l.png"}, InvalidMetadata},
		"logo_uri, script":              {[]any{"logo_uri", "javascript:alert(1)"}, InvalidMetadata},
		"policy_uri, user info":         {[]any{"policy_uri", "https://a@b.example/"}, InvalidMetadata},
		"tos_uri, fragment":             {[]any{"tos_uri", "https://b.example/#x"}, InvalidMetadata},
		"client_uri, file":              {[]any{"client_uri", "file:///etc/passwd"}, InvalidMetadata},
		"request_uris, plain":           {[]any{"request_uris", []string{"http://a.example/r"}}, InvalidMetadata},
		"request_uris, only a hash":     {[]any{"request_uris", []string{"#hash"}}, InvalidMetadata},
		"logout session without an URI": {[]any{"backchannel_logout_session_required", true}, InvalidMetadata},
		"max age negative":              {[]any{"default_max_age", -1}, InvalidMetadata},
		"max age in parts":              {[]any{"default_max_age", 1.5}, InvalidMetadata},
		"a hidden name":                 {[]any{"client_name", "Wiki\u202e"}, InvalidMetadata},
		"a name of lines":               {[]any{"client_name", "Wiki\nby your bank"}, InvalidMetadata},
		"a long name":                   {[]any{"client_name", strings.Repeat("x", 129)}, InvalidMetadata},
		"an empty acr":                  {[]any{"default_acr_values", []string{""}}, InvalidMetadata},
		"a long contact":                {[]any{"contacts", []string{strings.Repeat("x", 257)}}, InvalidMetadata},
		"a scope in quotes":             {[]any{"scope", `openid "x"`}, InvalidMetadata},
		"a scope of letters":            {[]any{"scope", "openid ä"}, InvalidMetadata},
		"many scopes":                   {[]any{"scope", manyScopes}, InvalidMetadata},
	} {
		_, err := r.Register(t.Context(), initial, with(test.changes...))
		if codeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
		if err != nil && len(err.Error()) > 400 {
			t.Errorf("%s: the description has %d bytes", name, len(err.Error()))
		}
		if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r == '"' || r == '\\' || r < ' ' || r > '~' }) {
			t.Errorf("%s: the description is not one of RFC 6749: %q", name, err)
		}
	}
}

// Whatever a client wants fetched or called stays off private networks, by the
// text of the address or by where its name leads.
func TestT46_PrivateAddresses(t *testing.T) {
	guarded, allowed := newRig(t), newRig(t, func(c *Config) { c.Registration.AllowPrivate = true })
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3:8443", "localhost", "LOCALHOST.", "a.localhost", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
		"0.0.0.0", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "intranet", "2130706433", "224.0.0.1",
	} {
		for _, change := range [][]any{
			{"jwks_uri", "https://" + host + "/"}, {"request_uris", []string{"https://" + host + "/"}},
			{"backchannel_logout_uri", "https://" + host + "/"}, {"sector_identifier_uri", "https://" + host + "/"},
		} {
			if _, err := guarded.Register(t.Context(), initial, with(change...)); codeOf(err) != InvalidMetadata {
				t.Errorf("%v: %v", change, err)
			}
			if change[0] != "sector_identifier_uri" {
				allowed.registered(change...)
			}
		}
	}
	if _, err := allowed.Register(t.Context(), initial, with("jwks_uri", "http://10.0.0.1/")); codeOf(err) != InvalidMetadata {
		t.Errorf("plain http on a private network: %v", err)
	}
	allowed.registered("jwks_uri", "http://127.0.0.1:5000/keys", "logo_uri", "http://localhost/l.png")
}

func TestT46_OpenRegistrationGivesNoMoreThanThePolicy(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Registration = Registration{Mode: RegistrationOpen, InitialAccessToken: initial, Scopes: []string{"openid", "email"}}
	})
	for name, test := range map[string]struct {
		bearer  string
		changes []any
		code    string
		scope   string
	}{
		"no scopes":              {"", nil, "", "openid email"},
		"some":                   {"", []any{"scope", "openid"}, "", "openid"},
		"some of them":           {"", []any{"scope", "openid salary"}, "", "openid"},
		"none of them":           {"", []any{"scope", "salary"}, InvalidMetadata, ""},
		"tokens without people":  {"", []any{"grant_types", []string{GrantCredentials}}, InvalidMetadata, ""},
		"vouched for":            {initial, []any{"scope", "salary", "grant_types", []string{GrantCredentials}}, "", "salary"},
		"wrongly vouched for":    {initial + "x", []any{"scope", "openid salary"}, "", "openid"},
		"a name claimed by hand": {"", []any{"client_id", "basic"}, "", "openid email"},
	} {
		got, err := r.Register(t.Context(), test.bearer, with(test.changes...))
		if codeOf(err) != test.code || got.Scope != test.scope || got.ID == "basic" {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
}
