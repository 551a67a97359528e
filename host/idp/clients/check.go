package clients

// What a configured client must be.

import (
	"fmt"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/token"
)

const (
	minSecret = 16 // characters; secrets of clients can be tried without limit
	maxID     = 256
)

// Check says what is wrong with the client: the first thing, and what to change.
func (c Client) Check() error {
	if c.ID == "" || len(c.ID) > maxID {
		return fmt.Errorf("the client id %q must have 1 to %d characters", c.ID, maxID)
	}
	if err := c.check(); err != nil {
		return fmt.Errorf("client %s: %w", c.ID, err)
	}
	return nil
}

func (c Client) check() error {
	for _, check := range []func(Client) error{Client.checkAuth, Client.checkGrants, Client.checkAddresses, Client.checkAlgorithms, Client.checkNumbers} {
		if err := check(c); err != nil {
			return err
		}
	}
	return nil
}

func (c Client) checkAuth() error {
	switch {
	case !slices.Contains(authMethods, c.Auth):
		return fmt.Errorf("the authentication method %q must be client_secret_basic, client_secret_post, private_key_jwt or none", c.Auth)
	case c.Public() && c.Secret != "":
		return fmt.Errorf("a public client has no secret; remove it, or choose another authentication method")
	case (c.Auth == AuthBasic || c.Auth == AuthPost || c.Secret != "") && len(c.Secret) < minSecret:
		return fmt.Errorf("the secret must have at least %d characters", minSecret)
	case len(c.Keys) > 0 && c.KeysURL != "":
		return fmt.Errorf("there is a key set and the address of one; remove one of them")
	case c.Auth == AuthKey && len(c.Keys) == 0 && c.KeysURL == "":
		return fmt.Errorf("private_key_jwt needs the client's public keys: give a key set, or the address of one")
	}
	if len(c.Keys) == 0 {
		return nil
	}
	return checkKeys(c.Keys)
}

func (c Client) checkGrants() error {
	for _, g := range c.GrantTypes {
		if !slices.Contains(grantTypes, g) {
			return fmt.Errorf("the grant type %q must be one of %s", g, strings.Join(grantTypes, ", "))
		}
	}
	switch {
	case c.May(GrantRefresh) && !c.May(GrantCode) && !c.May(GrantDevice):
		return fmt.Errorf("refresh_token needs authorization_code or the device grant beside it")
	case c.May(GrantCredentials) && c.Public():
		return fmt.Errorf("client_credentials needs a client that authenticates")
	case c.May(GrantCode) && len(c.RedirectURIs) == 0:
		return fmt.Errorf("name at least one redirect URI")
	}
	return nil
}

func (c Client) checkAddresses() error {
	for _, uri := range slices.Concat(c.RedirectURIs, c.PostLogoutRedirectURIs) {
		if err := checkRedirect(uri, c.Public() || c.Native); err != nil {
			return err
		}
	}
	for name, uri := range map[string]string{
		"jwks_uri": c.KeysURL, "backchannel_logout_uri": c.BackChannelLogout, "initiate_login_uri": c.InitiateLoginURI,
		"logo_uri": c.LogoURI, "policy_uri": c.PolicyURI, "tos_uri": c.TermsURI, "client_uri": c.URI,
	} {
		if uri == "" {
			continue
		}
		if err := checkLink(uri); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, uri := range c.RequestURIs {
		if err := checkRequestURI(uri); err != nil {
			return err
		}
	}
	return nil
}

// checkRequestURI also takes a fragment: it holds the hash of what is there
// (OpenID Connect Core 1.0, section 6.2).
func checkRequestURI(uri string) error {
	address, _, _ := strings.Cut(uri, "#")
	if err := checkLink(address); err != nil {
		return fmt.Errorf("request_uris: %w", err)
	}
	return nil
}

func (c Client) checkAlgorithms() error {
	for name, alg := range map[string]string{"of client assertions": c.AuthAlg, "of request objects": c.RequestAlg, "of ID tokens": c.IDTokenAlg} {
		if alg != "" && !slices.Contains(token.Asymmetric(), alg) {
			return fmt.Errorf("the algorithm %q %s must be one of %s", alg, name, strings.Join(token.Asymmetric(), ", "))
		}
	}
	if c.RequestAlg != "" && len(c.Keys) == 0 && c.KeysURL == "" {
		return fmt.Errorf("signed request objects need the client's public keys: give a key set, or the address of one")
	}
	key := c.UserInfoKey
	if key == "" {
		key = c.Secret
	}
	if c.UserInfoAlg != "" {
		if err := token.CheckAlgs([]string{c.UserInfoAlg}, token.Secret(key)); err != nil {
			return fmt.Errorf("userinfo_signed_response_alg: %w", err)
		}
	}
	return nil
}

func (c Client) checkNumbers() error {
	switch {
	case c.AccessTokens != "" && c.AccessTokens != TokensOpaque && c.AccessTokens != TokensJWT:
		return fmt.Errorf("the form %q of access tokens must be opaque or jwt", c.AccessTokens)
	case c.DefaultMaxAge != nil && *c.DefaultMaxAge < 0:
		return fmt.Errorf("default_max_age must be zero seconds or more")
	case c.BackChannelSession && c.BackChannelLogout == "":
		return fmt.Errorf("backchannel_logout_session_required needs a backchannel_logout_uri")
	}
	return nil
}

// checkKeys says what is wrong with a client's key set. A private key in it is
// one that somebody gave away.
func checkKeys(jwks []byte) error {
	if len(jwks) > maxKeySet {
		return fmt.Errorf("the key set has more than %d bytes", maxKeySet)
	}
	if err := refusePrivate(jwks); err != nil {
		return err
	}
	_, err := token.NewStaticKeySet(jwks)
	return err
}
