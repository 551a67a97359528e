package js_test

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	js "github.com/doorward/doorward/sdk/js"
)

// site is a whole host, two applications on origins of their own, and a
// provider besides the built-in one.
type site struct {
	t          *testing.T
	public     string
	listen     string       // address of the host, behind the proxies
	wiki, shop string       // origins
	desk       string       // of an application like the others, for one part alone
	listening  atomic.Int32 // event streams that are open at desk
	away       atomic.Bool  // the host, for desk
	one        sync.Mutex   // held by the part that has desk
	corp       *hosttest.Provider
	strong     *hosttest.Provider // for one part alone
}

const configuration = `public_url: %s
listen: 127.0.0.1:0
admin_listen: 127.0.0.1:0
trusted_proxies: [127.0.0.1]
insecure_inline_secrets: true
providers:
  staff: {type: builtin, people_file: people.yaml, mappers: [{expression: {attribute: id, value: '"colleague"'}}]} # everybody's: no name of a person
  corp: {type: oidc, issuer: %q, client_id: %s, client_secret: %s}
  strong: {type: oidc, issuer: %q, client_id: %s, client_secret: %s}
levels:
  Authenticated/Fresh: {description: credentials proved within five seconds, step_up: true}
  Authenticated/Recent: {description: credentials proved within the hour, step_up: true}
  Authenticated/Strong: {description: two factors, step_up: true, acr_values: ["urn:example:mfa"]}
  Authenticated/Vault: {description: what nobody holds, step_up: true}
policies: {path: policies}
applications:
  wiki: {origins: [%q], require: [Public]}
  shop: {origins: [%q], require: [Public]}
  desk: {origins: [%q], require: [Public]}
`

func newSite(t *testing.T) *site {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	_, port, _ := net.SplitHostPort(front.Listener.Addr().String())
	s := &site{t: t, public: "http://localhost:" + port, corp: hosttest.NewProvider(t), strong: hosttest.NewProvider(t)}
	s.tick()
	s.wiki, s.shop = s.application("wiki", "/.doorward/doorward.js"), s.application("shop", s.public+"/doorward.js")
	s.desk = s.application("desk", "/.doorward/doorward.js")
	people, err := os.ReadFile("../../cmd/doorward/demo/people.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile("testdata/policies/levels.rego")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"people.yaml": people, "policies/levels.rego": rules,
		"doorward.yaml": fmt.Appendf(nil, configuration, s.public, s.corp.URL, s.corp.ClientID, s.corp.ClientSecret, s.strong.URL, s.strong.ClientID, s.strong.ClientSecret, s.wiki, s.shop, s.desk),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.start(filepath.Join(dir, "doorward.yaml"))
	front.Config.Handler = s.proxy()
	front.Start()
	t.Cleanup(front.Close)
	return s
}

func (s *site) start(file string) {
	s.t.Helper()
	cfg, err := config.Load(file)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h, err := host.New(ctx, host.Options{Config: cfg, Transport: s.corp.Client().Transport})
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	ready, done := make(chan host.Addresses, 1), make(chan error, 1)
	go func() { done <- h.Run(ctx, func(at host.Addresses) { ready <- at }) }()
	select {
	case at := <-ready:
		s.listen = at.Public
	case err := <-done:
		cancel()
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the host did not stop cleanly: %v", err)
		}
	})
}

// tick keeps the providers' clocks right: the host's is the machine's here.
func (s *site) tick() {
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	go func() {
		for ctx.Err() == nil {
			s.corp.Clock.Set(time.Now())
			s.strong.Clock.Set(time.Now())
			time.Sleep(50 * time.Millisecond)
		}
	}()
}

// proxy passes requests on to the host, as they came.
func (s *site) proxy() http.Handler {
	return &httputil.ReverseProxy{FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: s.listen})
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}}
}

//go:embed testdata/app.html
var appHTML string

//go:embed testdata/app.js
var appScript []byte

// application is the origin of an application behind a small reverse proxy,
// which passes what is under /.doorward/ to the host. Its own policy allows no
// inline script or style, and no other place to go than it needs.
func (s *site) application(name, script string) (origin string) {
	s.t.Helper()
	page := template.Must(template.New(name).Parse(appHTML))
	mux := http.NewServeMux()
	proxy := s.proxy()
	mux.HandleFunc("/.doorward/", func(w http.ResponseWriter, r *http.Request) {
		if name == "desk" && s.away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if name == "desk" && r.URL.Path == "/.doorward/session/events" {
			s.listening.Add(1)
			defer s.listening.Add(-1)
		}
		proxy.ServeHTTP(w, r)
	})
	for path, content := range map[string][]byte{
		"/app.js": appScript, "/lib/doorward.js": js.Script, "/lib/doorward.mjs": js.Module,
		"/module.js": []byte(`import { session } from "/lib/doorward.mjs"; window.imported = session === doorward.session;`),
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(content)
		})
	}
	mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) { s.api(w, r) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' "+s.public+"; connect-src 'self'; img-src data:; "+
			"form-action 'self' "+s.public+"; base-uri 'none'; require-trusted-types-for 'script'")
		_ = page.Execute(w, map[string]any{"Name": name, "Path": r.URL.Path, "Script": script, "Module": r.URL.Path == "/module"})
	})
	server := httptest.NewServer(mux)
	s.t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", name+".localhost", 1)
}
