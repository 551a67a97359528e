package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/sdk/go/app"
)

// site is a whole host, and two applications behind a reverse proxy that asks
// it about every request. The applications use the package.
type site struct {
	t          *testing.T
	idp        *hosttest.Provider // its clock is everybody's
	public     string
	listen     string // of the host
	wiki, blog *application
	dir        string
	stop       func()
}

// application is one behind the proxy.
type application struct {
	*app.App
	origin string
	server *httptest.Server // the application itself: whoever gets here is past the proxy
}

const secret = "a-secret-of-the-wiki-0123456789"

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
  wiki: {origins: [%q], require: [Public], secret: %s, tokens: [access_token], assertion: {team: attributes.team}}
  blog: {origins: [%q], require: [Public]}
`

func newSite(t *testing.T, change ...func(*hosttest.Knobs)) *site {
	t.Helper()
	s := &site{t: t, idp: hosttest.NewProvider(t, change...), dir: t.TempDir()}
	front := httptest.NewUnstartedServer(nil)
	_, port, _ := net.SplitHostPort(front.Listener.Addr().String())
	s.public = "http://localhost:" + port
	s.wiki, s.blog = s.application("wiki"), s.application("blog")
	text := fmt.Sprintf(configuration, s.public, s.idp.URL, s.idp.ClientID, s.idp.ClientSecret, s.wiki.origin, secret, s.blog.origin)
	if err := os.WriteFile(filepath.Join(s.dir, "doorward.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	front.Config.Handler = s.pass()
	front.Start()
	t.Cleanup(front.Close)
	for name, a := range map[string]*application{"wiki": s.wiki, "blog": s.blog} {
		c := app.Config{Host: s.public, Name: name, Origin: a.origin, Now: s.idp.Clock.Now, Client: &http.Client{Transport: s.way(), Timeout: 20 * time.Second}}
		if name == "wiki" {
			c.Secret = secret
		}
		var err error
		if a.App, err = app.New(c); err != nil {
			t.Fatal(err)
		}
		a.server.Config.Handler = handler(a)
		a.server.Start()
	}
	return s
}

func (s *site) config() *config.Config {
	s.t.Helper()
	cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	return cfg
}

func (s *site) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h, err := host.New(ctx, host.Options{Config: s.config(), Now: s.idp.Clock.Now, Transport: s.idp.Client().Transport, Log: slog.New(slog.DiscardHandler)})
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
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the host did not stop cleanly: %v", err)
		}
	})
	s.t.Cleanup(s.stop)
}

// pass passes requests on to the host, as they came.
func (s *site) pass() http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: s.listen})
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}}
}

// application is an origin whose proxy asks about every request, and leaves
// Doorward's cookie in it: the application's server calls with it.
func (s *site) application(name string) *application {
	a := &application{server: httptest.NewUnstartedServer(nil)}
	s.t.Cleanup(a.server.Close)
	pass := s.pass()
	to := &url.URL{Scheme: "http", Host: a.server.Listener.Addr().String()}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/.doorward/") {
			pass.ServeHTTP(w, r)
			return
		}
		answer := s.ask(r)
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			for header, values := range answer.Header {
				w.Header()[header] = values
			}
			w.WriteHeader(answer.StatusCode)
			_, _ = io.Copy(w, answer.Body)
			return
		}
		(&httputil.ReverseProxy{Rewrite: func(out *httputil.ProxyRequest) {
			out.SetURL(to)
			out.Out.Host = r.Host
			for header := range answer.Header {
				if strings.HasPrefix(header, "X-Doorward-") {
					out.Out.Header[header] = answer.Header[header]
				}
			}
		}}).ServeHTTP(w, r)
	}))
	s.t.Cleanup(proxy.Close)
	a.origin = strings.Replace(proxy.URL, "127.0.0.1", name+".localhost", 1)
	return a
}

func (s *site) ask(r *http.Request) *http.Response {
	question, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://"+s.listen+"/auth", nil)
	if err != nil {
		panic(err)
	}
	question.Header = r.Header.Clone()
	for name, value := range map[string]string{"X-Forwarded-Method": r.Method, "X-Forwarded-Proto": "http", "X-Forwarded-Host": r.Host, "X-Forwarded-Uri": r.RequestURI, "X-Forwarded-For": "192.0.2.7"} {
		question.Header.Set(name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(question)
	if err != nil {
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody}
	}
	return answer
}

// handler is what the applications answer.
func handler(a *application) http.Handler {
	mux := http.NewServeMux()
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := app.IdentityOf(r.Context())
		if !ok {
			fmt.Fprint(w, "nobody")
			return
		}
		fmt.Fprintf(w, "%s of %s: %s, %s, %v, %s", id.User, id.IdP, id.Subject, id.Email, id.Roles, id.Claims["team"])
	})
	mux.Handle("/", who)
	mux.Handle("/in", a.RequireLevel("Authenticated", who))
	mux.Handle("/fresh", a.RequireLevel("Authenticated/Fresh", who))
	mux.Handle("/admin", a.RequireLevel("Authenticated/Roles/admin", who))
	mux.Handle("/plant", a.RequireLevel("SecurityZones/plant", who))
	mux.HandleFunc("/session", func(w http.ResponseWriter, r *http.Request) {
		session, err := a.Session(r.Context(), r)
		if err != nil {
			fmt.Fprintf(w, "error: %v", err)
			return
		}
		fmt.Fprintf(w, "%s of %s, fresh %v, %s", session.User.UserName, session.IdP, session.Holds("Authenticated/Fresh", time.Unix(0, 0)), session.User.Attributes["team"])
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		token, err := a.Token(r.Context(), r, r.URL.Query().Get("resource"))
		if err != nil {
			fmt.Fprintf(w, "error: %v", err)
			return
		}
		fmt.Fprintf(w, "%v %s %s", token, token.Type, token.Reveal())
	})
	return a.Identify(mux)
}

// way leads names under localhost to this machine, and everything else to the
// provider.
func (s *site) way() http.RoundTripper {
	local := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
	}}
	s.t.Cleanup(local.CloseIdleConnections)
	return tripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Hostname(), "localhost") {
			return local.RoundTrip(r)
		}
		return s.idp.Client().Transport.RoundTrip(r)
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// browser keeps cookies and follows redirects.
type browser struct {
	t    *testing.T
	http *http.Client
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{s.t, &http.Client{Jar: jar, Transport: s.way(), Timeout: 30 * time.Second}}
}

type answer struct {
	*http.Response
	Body string
}

// get asks as a page does, or as a script when mode is cors; lines are headers.
func (b *browser) get(at, mode string, lines ...string) answer {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if mode == "cors" {
		r.Header.Set("Sec-Fetch-Mode", mode)
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp, string(body)}
}
