package host

// The built-in provider: from the configuration to what it is made of.

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
	"github.com/doorward/doorward/host/token"
)

// builtinClient is the client that the host itself is at its built-in
// provider.
const builtinClient = "doorward"

// builtinScopes are all that the provider says about people: mappers choose.
var builtinScopes = []string{"openid", "profile", "email", "phone", "address", "groups", "roles", "claims"}

// ownScopes are what the host asks for: refresh tokens too, so that what is
// changed of a person here counts in sessions that they have.
func ownScopes(p config.Provider) []string {
	if p.Refresh.Mode == "off" {
		return builtinScopes
	}
	return append(slices.Clip(builtinScopes), "offline_access")
}

func ownGrants(p config.Provider) []string {
	if p.Refresh.Mode == "off" {
		return []string{clients.GrantCode}
	}
	return []string{clients.GrantCode, clients.GrantRefresh}
}

// openBuiltin makes the built-in provider, when the configuration has one, and
// the secret that the host itself authenticates to it with.
func (h *Host) openBuiltin() (token.Secret, error) {
	o := &h.options
	for _, name := range o.Config.ProviderOrder {
		p := o.Config.Providers[name]
		if p.Type != "builtin" {
			continue
		}
		secret := clients.Secret(base64.RawURLEncoding.EncodeToString(h.keys.Derive("builtin/client-secret", 32)))
		cfg := o.builtin(name, p, secret)
		cfg.Store, cfg.Keys, cfg.ClientIP, cfg.Transport = h.store, h.keys, h.clientIP, o.Transport
		cfg.Inside = map[string]func(context.Context, string) error{builtinClient: func(ctx context.Context, logoutToken string) error {
			return h.noticed(ctx, name, logoutToken)
		}}
		provider, err := idp.New(cfg)
		if err != nil {
			return "", config.Faults{o.Config.FaultAt("providers."+name, 0, "%v", err)}
		}
		h.builtin = provider
		return token.Secret(secret), nil
	}
	return "", nil
}

// noticed ends this host's sessions that came of one which ended at the built-in
// provider.
func (h *Host) noticed(ctx context.Context, name, logoutToken string) error {
	err := h.web.Noticed(ctx, name, logoutToken)
	if login.CodeOf(err) == login.CodeLogoutTokenInvalid {
		return errors.Join(idp.ErrLogoutRefused, err)
	}
	return err
}

// builtin is what the configuration says of the provider.
func (o *Options) builtin(name string, p config.Provider, secret clients.Secret) idp.Config {
	cfg := idp.Config{
		Issuer: o.issuer(), Clients: o.clients(name, p, secret), FormTargets: o.formTargets(),
		Idle: p.Session.Idle, Expiration: p.Session.Absolute, RememberMe: p.Session.RememberMe,
		Tokens: p.Tokens.Access, IDTokens: p.Tokens.IDToken, Refresh: p.Tokens.Refresh,
		SigningKeys: signing(p),
		Scopes:      p.ScopeClaims, SecondFactor: factors.Requirement(p.SignIn.SecondFactor), Passwords: people.Policy{MinLength: p.Passwords.MinLength},
		Brand:     pages.Brand{Name: p.Branding.Name, Logo: p.Branding.Logo, Accent: p.Branding.Accent, AccentDark: p.Branding.AccentDark},
		Languages: pages.Languages{Default: p.Languages.Default, Folder: p.Languages.Folder},
		Now:       o.Now, Log: o.Log.With("provider", name),
	}
	for _, m := range p.SignIn.Methods {
		cfg.Methods = append(cfg.Methods, factors.Method(m))
	}
	if r := p.Registration; r != nil {
		cfg.Registration = clients.Registration{
			Mode: clients.Mode(r.Mode), InitialAccessToken: clients.Secret(r.InitialAccessToken.Reveal()),
			MaxClients: r.MaxClients, AllowPrivate: r.AllowPrivateAddresses,
		}
	}
	return cfg
}

// clients are the host itself and those that the configuration names.
func (o *Options) clients(name string, p config.Provider, secret clients.Secret) []clients.Client {
	list := []clients.Client{{
		ID: builtinClient, Name: strings.TrimPrefix(strings.TrimPrefix(o.Config.PublicURL, "https://"), "http://"), Secret: secret, Auth: clients.AuthBasic,
		RedirectURIs:           []string{o.Config.PublicURL + "/callback/" + name},
		PostLogoutRedirectURIs: []string{o.Config.PublicURL + "/logout/callback/" + name},
		Scopes:                 ownScopes(p),
		GrantTypes:             ownGrants(p),
		Host:                   true,
		RefreshFor:             o.Config.Session.Absolute, // no session is longer unused
		IDTokenAlg:             ownIDTokenAlg(p),
	}}
	for id, c := range p.Clients {
		list = append(list, client(id, c))
	}
	return list
}

// ownIDTokenAlg is how the host's own ID tokens are signed: by elliptic curves
// where there is such a key, because an RSA signature takes a millisecond and
// theirs a twentieth of one. Applications still get RS256 unless they ask.
func ownIDTokenAlg(p config.Provider) string {
	for _, alg := range []string{"ES256", "EdDSA"} {
		if len(p.SigningKeys.Algorithms) == 0 || slices.Contains(p.SigningKeys.Algorithms, alg) {
			return alg
		}
	}
	return "RS256"
}

func client(id string, c config.Client) clients.Client {
	out := clients.Client{
		ID: id, Name: c.Name, Secret: clients.Secret(c.Secret.Reveal()), Auth: clients.AuthMethod(c.ClientAuth),
		RedirectURIs: c.RedirectURIs, PostLogoutRedirectURIs: c.PostLogoutRedirectURIs, IDTokenClaims: c.IDTokenClaims,
		GrantTypes: c.GrantTypes, Scopes: c.Scopes, Consent: c.Consent, Keys: c.JWKS, KeysURL: c.JWKSURI,
		IDTokenAlg: c.IDTokenAlg, UserInfoAlg: c.UserInfoAlg, UserInfoKey: clients.Secret(c.UserInfoKey.Reveal()),
		AccessTokens: c.AccessTokens, Audiences: c.Audiences, RequirePushed: c.RequirePushed, BoundTokens: c.BoundTokens,
		RequestAlg: c.RequestAlg, RequestURIs: c.RequestURIs,
		BackChannelLogout: c.BackChannelLogoutURI, BackChannelSession: c.BackChannelSession,
		InitiateLoginURI: c.InitiateLoginURI, PolicyURI: c.PolicyURI, TermsURI: c.TermsURI,
		Native: c.ClientAuth == string(clients.AuthNone),
	}
	if c.DefaultMaxAge != nil {
		age := int64(*c.DefaultMaxAge)
		out.DefaultMaxAge = &age
	}
	return out
}

// formTargets are the origins that a sign-in may lead on to: the
// applications'.
func (o *Options) formTargets() (targets []string) {
	for _, app := range o.Config.Applications {
		targets = append(targets, app.Origins...)
	}
	return targets
}

// checkBuiltin makes the provider once, with a store and a key that are thrown
// away.
func (o *Options) checkBuiltin(name string) (err error) {
	p := o.Config.Providers[name]
	configured, err := configuredPeople(p.People)
	if err != nil {
		return config.Faults{o.Config.FaultAt("providers."+name+".people_file", 0, "%v", err)}
	}
	dir, err := os.MkdirTemp("", "doorward-check-*")
	if err != nil {
		return fmt.Errorf("check the provider %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	scratch, err := store.Open(filepath.Join(dir, "check.db"), store.Options{InsecureNoSync: true})
	if err != nil {
		return fmt.Errorf("check the provider %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	ring, err := keyring.New(make([]byte, 32))
	if err != nil {
		return fmt.Errorf("check the provider %s: %w", name, err)
	}
	cfg := o.builtin(name, p, clients.Secret(strings.Repeat("-", 43)))
	cfg.Store, cfg.Keys = scratch, ring
	if _, err := idp.New(cfg); err != nil {
		return config.Faults{o.Config.FaultAt("providers."+name, 0, "%v", err)}
	}
	if err := (people.Directory{Store: scratch, Keys: ring}).Keep(context.Background(), configured...); err != nil { // badges are looked at there
		return config.Faults{o.Config.FaultAt("providers."+name+".people_file", 0, "%v", err)}
	}
	return nil
}

// keepPeople makes the configured people of the store those of the
// configuration.
func (h *Host) keepPeople(ctx context.Context, name string, configured []config.Person) error {
	list, err := configuredPeople(configured)
	if err != nil {
		return config.Faults{h.options.Config.FaultAt("providers."+name+".people_file", 0, "%v", err)}
	}
	if err := people.Reseal(ctx, h.store, h.keys); err != nil {
		return fmt.Errorf("the people of %s: %w", name, err)
	}
	err = people.Directory{Store: h.store, Keys: h.keys}.Keep(ctx, list...)
	if errors.Is(err, store.ErrUnavailable) {
		return fmt.Errorf("keep the people of %s: %w", name, err)
	}
	if err != nil {
		return config.Faults{h.options.Config.FaultAt("providers."+name+".people_file", 0, "%v", err)}
	}
	return nil
}

// configuredPeople are the configured people of the built-in provider.
func configuredPeople(list []config.Person) ([]people.Person, error) {
	var out []people.Person
	for _, p := range list {
		claims, err := claims(p.Claims)
		if err != nil {
			return nil, fmt.Errorf("claims of %s: %w", p.UserName, err)
		}
		out = append(out, people.Person{
			Subject: p.Subject, UserName: p.UserName, PasswordHash: p.PasswordHash.Reveal(), Name: p.Name, GivenName: p.GivenName,
			FamilyName: p.FamilyName, Email: p.Email, EmailVerified: p.EmailVerified, Phone: p.Phone, PhoneVerified: p.PhoneVerified,
			BadgeNumbers: p.Badges, Groups: p.Groups, Roles: p.Roles, Claims: claims, Disabled: p.Disabled,
		})
	}
	return out, nil
}

func claims(text config.JSON) (claims map[string]any, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return claims, decoder.Decode(&claims)
}
