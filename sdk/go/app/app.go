package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config is what an App is made of. Host and Name are required.
type Config struct {
	// Host is the public_url of the Doorward host, such as
	// https://login.example.com. Plain http is for loopback only.
	Host string
	// Name is the application's name in the host's configuration: the audience
	// of its assertions, and the user name of its calls.
	Name string

	// Origin is the application's own origin, such as https://wiki.example.com.
	// Session and Token need it: they ask there, under /.doorward/, which the
	// proxy passes to the host.
	Origin string
	// Secret is the application's secret of the host's configuration. Token
	// needs it; Session shows token strings with it alone.
	Secret Secret
	// Direct is an address of the host inside the network, such as
	// http://10.0.0.5:8080, for calls that are not to go through the proxy; empty
	// otherwise. The host must list the application's address in trusted_proxies.
	Direct string

	// Client makes the calls; nil for one with a timeout of ten seconds. Its
	// redirects are never followed.
	Client *http.Client
	// Leeway is how far the clocks of host and application may differ; five
	// seconds when zero, a minute at most.
	Leeway time.Duration
	// Refuse answers requests that are not let through; nil for a short page, or
	// a problem document (RFC 9457). Status and headers, a challenge among them,
	// are on w already, but not written.
	Refuse func(w http.ResponseWriter, r *http.Request, why Refusal)
	// Log is told why an assertion was refused, never what was in it; discards
	// when nil.
	Log *slog.Logger
	// Now is time.Now when nil.
	Now func() time.Time
}

// Secret is an application's secret. Printing it does not show it.
type Secret string

// Format prints a placeholder for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[a secret]") }

// LogValue is a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[a secret]") }

// MarshalText is a placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte("[a secret]"), nil }

// App verifies, asks and fetches for one application. It is safe for concurrent
// use.
type App struct {
	config Config
	host   *url.URL
	client *http.Client
	keys   *keys
}

const (
	callTimeout   = 10 * time.Second
	defaultLeeway = 5 * time.Second
	maxLeeway     = time.Minute
)

// New checks the configuration and returns an error that names what to change.
// It makes no calls: keys are fetched when the first assertion comes.
func New(config Config) (*App, error) {
	if config.Leeway == 0 {
		config.Leeway = defaultLeeway
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	host, err := origin("Host", config.Host)
	if err != nil {
		return nil, err
	}
	if config.Host = strings.TrimSuffix(config.Host, "/"); config.Name == "" {
		return nil, errors.New("doorward: Name is empty: write the application's name of the host's configuration")
	}
	if config.Leeway < 0 || config.Leeway > maxLeeway {
		return nil, fmt.Errorf("doorward: Leeway is %v: write 0 to %v", config.Leeway, maxLeeway)
	}
	if config.Origin != "" {
		if _, err := origin("Origin", config.Origin); err != nil {
			return nil, err
		}
		config.Origin = strings.TrimSuffix(config.Origin, "/")
	}
	if config.Direct != "" {
		u, err := url.Parse(config.Direct)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return nil, errors.New("doorward: Direct is no address: write http://HOST:PORT")
		}
		config.Direct = strings.TrimSuffix(config.Direct, "/")
	}
	a := &App{config: config, host: host, client: &http.Client{Timeout: callTimeout}}
	if config.Client != nil {
		copied := *config.Client
		a.client = &copied
	}
	a.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a.keys = newKeys(a.client, a.base()+"/.well-known/jwks.json", config.Now)
	return a, nil
}

// origin parses a scheme and host; plain http only on this very machine.
func origin(name, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("doorward: %s is no origin: write https://HOST without a path", name)
	}
	addr, err := netip.ParseAddr(u.Hostname())
	local := err == nil && addr.IsLoopback() || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost")
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, fmt.Errorf("doorward: %s must be https: plain http is for loopback addresses only", name)
	}
	return u, nil
}

// base is where the host is asked for its keys.
func (a *App) base() string {
	if a.config.Direct != "" {
		return a.config.Direct
	}
	return a.config.Host
}
