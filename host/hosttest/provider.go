// The provider: its server, its counters, its keys.

package hosttest

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Provider is a running OpenID provider. It is safe for concurrent use.
type Provider struct {
	URL          string // the issuer
	ClientID     string
	ClientSecret string
	Clock        *Clock

	server   *httptest.Server
	mu       sync.Mutex
	knobs    Knobs
	calls    map[Endpoint]int
	last     map[Endpoint]Call
	grants   map[string]grant   // by code and by access token
	families map[string]*family // by refresh token
	pushed   map[string]pushed  // by request_uri
	key      int                // of RSAKey
	proved   int64              // when the person last proved their credentials
}

// Call is one request that the provider received.
type Call struct {
	Method string
	Header http.Header
	Form   map[string][]string
}

// grant is what a code or an access token stands for.
type grant struct {
	subject, scope, nonce, redirect, challenge string
	authTime                                   int64
	fresh                                      bool
}

// NewProvider starts a provider that is closed when the test ends. Its clock
// stands at the time it was started, in whole seconds.
func NewProvider(t testing.TB, change ...func(*Knobs)) *Provider {
	p := &Provider{
		ClientID:     "doorward",
		ClientSecret: "a-client-secret-of-more-than-32-octets",
		Clock:        NewClock(time.Now().Truncate(time.Second)),
		calls:        map[Endpoint]int{},
		last:         map[Endpoint]Call{},
		grants:       map[string]grant{},
		families:     map[string]*family{},
		pushed:       map[string]pushed{},
		knobs: Knobs{Subject: "alice-7f3a", UserClaims: map[string]any{
			"name": "Alice Example", "given_name": "Alice", "family_name": "Example", "preferred_username": "alice",
			"email": "alice@example.com", "email_verified": true,
			"phone_number": "+1 555 0100", "phone_number_verified": false,
			"address": map[string]any{"locality": "Springfield"},
			"groups":  []string{"engineering", "staff"},
		}},
	}
	for _, c := range change {
		c(&p.knobs)
	}
	p.server = httptest.NewUnstartedServer(p.routes())
	p.server.Config.ErrorLog = quiet
	p.server.StartTLS()
	p.URL = p.server.URL
	t.Cleanup(p.Close)
	return p
}

// Close stops the provider at once, as a machine that goes down does.
func (p *Provider) Close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// Set turns knobs.
func (p *Provider) Set(change func(*Knobs)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.knobs)
}

// Calls is how often an endpoint was called.
func (p *Provider) Calls(e Endpoint) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[e]
}

// Last is the newest call of an endpoint.
func (p *Provider) Last(e Endpoint) Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[e]
}

// ResetCalls sets every counter to zero.
func (p *Provider) ResetCalls() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.calls)
}

// Client trusts the provider's certificate and follows no redirect.
func (p *Provider) Client() *http.Client {
	client := *p.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// CA holds the provider's certificate.
func (p *Provider) CA() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.server.Certificate())
	return pool
}

// RotateKeys makes the provider sign with, and publish, another key.
func (p *Provider) RotateKeys() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key++
}

// SigningKey is the RSA key that the provider signs with now.
func (p *Provider) SigningKey() Key {
	p.mu.Lock()
	defer p.mu.Unlock()
	return RSAKey(p.key)
}

func (p *Provider) routes() http.Handler {
	mux := http.NewServeMux()
	for path, route := range map[string]struct {
		endpoint Endpoint
		handle   func(http.ResponseWriter, *http.Request, Knobs)
	}{
		"/.well-known/openid-configuration": {Discovery, p.discovery},
		"/jwks":                             {JWKS, p.keys},
		"/authorize":                        {Authorize, p.authorize},
		"/token":                            {Token, p.token},
		"/par":                              {Push, p.push},
		"/userinfo":                         {UserInfo, p.userInfo},
		"/logout":                           {EndSession, p.endSession},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			knobs := p.count(route.endpoint, r)
			if fault, ok := knobs.Faults[route.endpoint]; ok {
				fault.answer(w, r)
				return
			}
			route.handle(w, r, knobs)
		})
	}
	return mux
}

func (p *Provider) count(e Endpoint, r *http.Request) Knobs {
	_ = r.ParseForm()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[e]++
	p.last[e] = Call{Method: r.Method, Header: r.Header.Clone(), Form: r.Form}
	return p.knobs
}

func (p *Provider) keep(g grant) string {
	name := random()
	p.keepAs(name, g)
	return name
}

func (p *Provider) keepAs(name string, g grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grants[name] = g
}

// take returns what a code stands for, once.
func (p *Provider) take(name string) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.grants[name]
	delete(p.grants, name)
	return g, ok
}

func random() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
