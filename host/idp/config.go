package idp

// What New is given, and how it is checked.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/keys"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

// Sealer encrypts for one purpose; host/keyring is one. Open fails when
// purpose or aad differ from those of Seal.
type Sealer interface {
	Seal(purpose string, plaintext, aad []byte) []byte
	Open(purpose string, sealed, aad []byte) ([]byte, error)
}

// Cookies names the provider's cookies. With an https issuer all begin
// with "__Host-"; with an http one they should hold the port, because cookies
// do not keep ports apart. All is so by default.
type Cookies struct {
	Session string // the single sign-on session
	Browser string // binds a sign-in under way to the browser that began it
	Device  string // somebody signed in on this device before
}

// Config is what a Provider is made of. Zero values of Idle, Expiration,
// Tokens, IDTokens, Cookies, People, ClientIP, Now and Log have defaults.
type Config struct {
	Issuer  string // PUBLIC_URL/idp, without a trailing slash
	Clients []clients.Client
	Store   store.Store
	Keys    Sealer
	People  people.Directory // of Store and Keys when zero

	Idle       time.Duration // ends a session that is not used; 30 minutes
	Expiration time.Duration // ends a session in any case; 12 hours
	RememberMe time.Duration // of a remembered session, instead of both; zero: not offered
	Tokens     time.Duration // how long an access token is good; 1 hour

	IDTokens time.Duration // how long an ID token is good; 10 minutes

	// Scopes are more scopes than the built-in ones, by the names of their
	// claims: JWT names, or long claim types.
	Scopes map[string][]string

	// Tokens and what signs them.
	Refresh     time.Duration // how long a refresh token is good, from its last use; 720 hours
	SigningKeys keys.Config   // Algorithms, Rotate and Keep; the rest is the provider's

	// Inside are clients in this process, by id: they are given their logout
	// tokens by a call, whether or not they have an address. nil says that the
	// client did what the token says; ErrLogoutRefused, that it never will.
	Inside map[string]func(ctx context.Context, logoutToken string) error

	// Registration says who may register clients beside Clients; nobody by
	// default.
	Registration clients.Registration
	// Transport is the way to what clients name: jwks_uri, request_uri, back-channel
	// logout. When nil it is one of our own, which refuses private addresses
	// where a client registered itself.
	Transport http.RoundTripper

	// How people sign in: Methods in the order in which the page offers them
	// ([password]), one more factor (off), and what a new password must be.
	// Passkeys need an issuer with a host name.
	Methods      []factors.Method
	SecondFactor factors.Requirement
	Passwords    people.Policy

	// FormTargets are the origins that a sign-in may lead on to behind a
	// client's redirect URI: browsers hold the page's form-action policy
	// against every redirect that follows the form.
	FormTargets []string
	Cookies     Cookies

	Brand     pages.Brand     // the look of the pages; ours
	Languages pages.Languages // of the pages; English and German

	// ClientIP is the address that attempts are counted for; the peer's. A host
	// behind a proxy sets it, or everybody counts as one.
	ClientIP func(*http.Request) string
	Now      func() time.Time
	Log      *slog.Logger
}

func (c *Config) complete() error {
	issuer, err := url.Parse(c.Issuer)
	if err != nil || !clients.PlainHTTP(issuer) || issuer.RawQuery != "" || strings.HasSuffix(issuer.Path, "/") || issuer.Path == "" {
		return fmt.Errorf("the issuer %q must be an https URL (or http on a loopback name) with a path and no trailing slash, such as https://login.example.com/idp", c.Issuer)
	}
	if c.Store == nil || c.Keys == nil {
		return errors.New("a store and the host's keys are needed")
	}
	c.defaults(issuer)
	if issuer.Scheme == "https" && !c.Cookies.hostOnly() {
		return fmt.Errorf("with an https issuer the cookies' names must begin with %q", hostPrefix)
	}
	for _, target := range c.FormTargets {
		if u, err := url.Parse(target); err != nil || !clients.PlainHTTP(u) || originOf(u) != target {
			return fmt.Errorf("the form target %q must be an origin, such as https://wiki.example.com", target)
		}
	}
	if err := factors.CheckMethods(c.Methods); err != nil {
		return err
	}
	return c.SecondFactor.Check()
}

func (c Cookies) hostOnly() bool {
	return strings.HasPrefix(c.Session, hostPrefix) && strings.HasPrefix(c.Browser, hostPrefix) && strings.HasPrefix(c.Device, hostPrefix)
}

const hostPrefix = "__Host-"

func (c *Config) defaults(issuer *url.URL) {
	name := hostPrefix + "doorward-idp"
	if issuer.Scheme == "http" {
		name = "doorward-" + or(issuer.Port(), "80") + "-idp"
	}
	c.Cookies.Session = or(c.Cookies.Session, name)
	c.Cookies.Browser = or(c.Cookies.Browser, name+"-browser")
	c.Cookies.Device = or(c.Cookies.Device, name+"-device")
	c.Idle = or(c.Idle, 30*time.Minute)
	c.Expiration = or(c.Expiration, 12*time.Hour)
	c.Tokens = or(c.Tokens, time.Hour)
	c.IDTokens = or(c.IDTokens, 10*time.Minute)
	c.Refresh = or(c.Refresh, 720*time.Hour)
	if c.People.Store == nil {
		c.People = people.Directory{Store: c.Store, Keys: c.Keys}
	}
	c.Passwords.MinLength = or(c.Passwords.MinLength, people.MinLength)
	if len(c.Methods) == 0 {
		c.Methods = []factors.Method{factors.Password}
	}
	c.SecondFactor = or(c.SecondFactor, factors.Off)
	if c.ClientIP == nil {
		c.ClientIP = peer
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// originOf is the form-action source of u: its origin, or the scheme alone
// for a native application's own scheme.
func originOf(u *url.URL) string {
	if u.Host == "" {
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}
