// Faults of the built-in provider: which of its keys belong together.

package config

import (
	"slices"
	"strings"
)

const minInitialToken = 32 // characters; it can be tried without limit

func (r *reader) checkBuiltin(p Provider, at string) {
	r.checkSession(Session{p.Session.Idle, p.Session.Absolute}, at+".session")
	if p.UserInfo.Endpoint != "" && p.UserInfo.Endpoint != "auto" && p.UserInfo.Endpoint != "off" {
		r.faultAt(at+".userinfo.endpoint", "a builtin provider has its own endpoint; write auto or off")
	}
	if len(p.SigningKeys.Algorithms) > 0 && !slices.Contains(p.SigningKeys.Algorithms, "RS256") {
		r.faultAt(at+".signing_keys.algorithms", "RS256 is not among them; add it, since every client may count on it")
	}
	longest := max(p.Tokens.Access, p.Tokens.IDToken)
	if p.SigningKeys.Keep > 0 && p.SigningKeys.Keep < longest {
		r.faultAt(at+".signing_keys.keep", "tokens outlive their keys; write at least %s, the longest-lived token's life", short(int64(longest)))
	}
	if p.SigningKeys.Rotate > 0 && p.SigningKeys.Rotate < p.SigningKeys.Keep {
		r.faultAt(at+".signing_keys.keep", "is longer than rotate; write at most %s", short(int64(p.SigningKeys.Rotate)))
	}
	if p.SignIn.SecondFactor != "off" && slices.Equal(p.SignIn.Methods, []string{"passkey"}) {
		r.warnAt(at+".sign_in.second_factor", "a passkey needs no second factor, and there is no other method; remove the key")
	}
	if reg := p.Registration; reg != nil {
		r.checkRegistration(*reg, at+".registration")
	}
	r.checkClients(p, at)
}

func (r *reader) checkRegistration(reg Registration, at string) {
	given := r.given(at, "initial_access_token")
	switch {
	case reg.Mode == "closed" && !given:
		r.faultAt(at, "has no initial access token; add initial_access_token_file or initial_access_token_env, or mode: open on a test host")
	case reg.Mode == "open" && given:
		r.faultAt(at+".mode", "an initial access token is given and not used; write closed, or remove it")
	case given && len(reg.InitialAccessToken.Reveal()) < minInitialToken && !r.faults.Under(at+".initial_access_token"):
		r.faultAt(at, "the initial access token has fewer than %d characters; use a longer one", minInitialToken)
	}
	if reg.Mode == "open" {
		r.warnAt(at+".mode", "everybody can register clients; write closed unless this is a test host")
	}
}

// codeGrant is the grant that needs a redirect URI.
const codeGrant = "authorization_code"

func (r *reader) checkClients(p Provider, at string) {
	for _, id := range sorted(p.Clients) {
		r.checkClient(p.Clients[id], p, join(at+".clients", id))
	}
}

func (r *reader) checkClient(client Client, p Provider, at string) {
	secret, keys := r.given(at, "secret"), client.JWKSFile != "" || client.JWKSURI != ""
	basic := strings.HasPrefix(client.ClientAuth, "client_secret")
	switch {
	case client.JWKSFile != "" && client.JWKSURI != "":
		r.faultAt(at+".jwks_uri", "is given besides jwks_file; keep one of them")
	case client.ClientAuth == "private_key_jwt" && !keys:
		r.faultAt(at+".client_auth", "private_key_jwt needs the client's keys; add jwks_file or jwks_uri")
	case !basic && secret && !strings.HasPrefix(client.UserInfoAlg, "HS"):
		r.faultAt(at+".client_auth", "a secret is given and not used; write client_secret_basic or client_secret_post, or remove the secret")
	case basic && !secret:
		r.faultAt(at, "has no secret; add secret_file or secret_env, or client_auth: none for a client that cannot keep one")
	case client.ClientAuth == "none" && slices.Contains(client.GrantTypes, "client_credentials"):
		r.faultAt(at+".grant_types", "client_credentials needs a client that authenticates; remove it, or write another client_auth")
	case slices.Contains(client.GrantTypes, codeGrant) && len(client.RedirectURIs) == 0 && !r.faults.Under(at+".redirect_uris"):
		r.faultAt(at, "has no redirect_uris; add redirect_uris: [https://wiki.example.com/callback], or grant_types without %s", codeGrant)
	}
	r.checkUserInfoKey(client, at)
	if alg := client.IDTokenAlg; alg != "" && !slices.Contains(p.SigningKeys.Algorithms, alg) {
		r.faultAt(at+".id_token_signed_response_alg", "there is no key for %s; add it to signing_keys.algorithms, or write another", alg)
	}
	if uri := client.BackChannelLogoutURI; uri == "" && client.BackChannelSession {
		r.faultAt(at+".backchannel_logout_session_required", "there is no backchannel_logout_uri; add it, or remove this key")
	}
}

// checkUserInfoKey holds the key of HMAC-signed userinfo to its length.
func (r *reader) checkUserInfoKey(client Client, at string) {
	length := macLength[client.UserInfoAlg]
	key, from := client.UserInfoKey.Reveal(), "userinfo_key"
	if !r.given(at, "userinfo_key") {
		key, from = client.Secret.Reveal(), "secret"
	}
	switch {
	case length > 0 && len(key) != length && !r.faults.Under(at+"."+from):
		r.faultAt(at+".userinfo_signed_response_alg", "%s needs a key of exactly %d bytes, and %s has %d; use another, or add userinfo_key_file", client.UserInfoAlg, length, from, len(key))
	case length == 0 && r.given(at, "userinfo_key"):
		r.faultAt(at, "a userinfo_key is given and not used; write userinfo_signed_response_alg: HS256, HS384 or HS512, or remove the key")
	}
}
