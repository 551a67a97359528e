// Package behind is a whole host with applications behind a reverse proxy that
// asks it about every request, for tests of what applications use.
package behind

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

// Application is one behind the proxy.
type Application struct {
	Name     string
	Upstream string // host and port where it listens itself
	Keys     string // of applications.NAME besides origins, in YAML's braces
	Origin   string // where browsers reach it; New sets it
}

// Site is a host with its provider and the applications.
type Site struct {
	t            testing.TB
	IdP          *hosttest.Provider // its clock is the host's
	Public       string             // public_url, behind a proxy too
	Listen       string             // of the host itself
	Applications []*Application
	Stop         func() // ends the host
	dir          string
}

// configuration has a provider whose people are mapped, with a team, and a level
// that ends after five minutes.
const configuration = `public_url: %s
listen: 127.0.0.1:0
admin_listen: 127.0.0.1:0
trusted_proxies: [127.0.0.1]
insecure_inline_secrets: true
providers:
  corp:
    type: oidc
    issuer: %q
    client_id: %s
    client_secret: %s
    mappers:
      - {direct: {attribute: userName, source: userInfo, path: preferred_username}}
      - {direct: {attribute: email, source: userInfo, path: email}}
      - {direct: {attribute: roles, source: userInfo, path: groups}}
      - {direct: {attribute: attributes.team, source: userInfo, path: team}}
levels:
  Authenticated/Fresh: {description: credentials proved within five minutes, step_up: true}
applications:
`

// New starts a site, whose provider change may change.
func New(t testing.TB, applications []*Application, change ...func(*hosttest.Knobs)) *Site {
	t.Helper()
	s := &Site{t: t, IdP: hosttest.NewProvider(t, change...), Applications: applications, dir: t.TempDir()}
	front := httptest.NewUnstartedServer(nil)
	_, port, _ := net.SplitHostPort(front.Listener.Addr().String())
	s.Public = "http://localhost:" + port
	text := fmt.Sprintf(configuration, s.Public, s.IdP.URL, s.IdP.ClientID, s.IdP.ClientSecret)
	for _, a := range applications {
		proxy := httptest.NewServer(s.proxy(a))
		t.Cleanup(proxy.Close)
		a.Origin = proxy.URL
		text += fmt.Sprintf("  %s: {origins: [%q], %s}\n", a.Name, a.Origin, a.Keys)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "doorward.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.writeClock()
	s.start()
	front.Config.Handler = s.pass()
	front.Start()
	t.Cleanup(front.Close)
	return s
}

// Config is the host's configuration, read anew.
func (s *Site) Config() *config.Config {
	s.t.Helper()
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	return cfg
}

func (s *Site) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h, err := host.New(ctx, host.Options{Config: s.Config(), Now: s.IdP.Clock.Now, Transport: s.IdP.Client().Transport, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	ready, done := make(chan host.Addresses, 1), make(chan error, 1)
	go func() { done <- h.Run(ctx, func(at host.Addresses) { ready <- at }) }()
	select {
	case at := <-ready:
		s.Listen = at.Public
	case err := <-done:
		cancel()
		s.t.Fatal(err)
	}
	s.Stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the host did not stop cleanly: %v", err)
		}
	})
	s.t.Cleanup(s.Stop)
}

// Way leads requests to this machine, and everything else to the provider.
func (s *Site) Way() http.RoundTripper {
	local := http.DefaultTransport.(*http.Transport).Clone()
	s.t.Cleanup(local.CloseIdleConnections)
	return tripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Scheme == "http" {
			return local.RoundTrip(r)
		}
		return s.IdP.Client().Transport.RoundTrip(r)
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
