package conformance_test

// The provider under test, over TLS, with people and clients, and a clock.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

const (
	adaName     = "ada"
	adaPassword = "correct horse battery staple"
	bobName     = "bob"
	bobPassword = "another battery, another staple"

	callbackPath = "/cb" // of the relying party, and those of other redirect URIs begin with it
	goodbyePath  = "/goodbye"
	formPostPage = "cb"
)

// clock is what the provider takes for the time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// provider is one that listens. Its testing.TB is that of the test which uses
// it at the moment.
type provider struct {
	testing.TB
	issuer string
	clock  *clock
	http   *http.Client // follows no redirect, keeps no cookie
	rp     *rpServer
	idp    *idp.Provider
}

// in is op for a subtest.
func (op *provider) in(t testing.TB) *provider {
	in := *op
	in.TB = t
	return &in
}

// startProvider starts a provider and a relying party; change edits the
// provider's configuration.
func startProvider(t testing.TB, change ...func(*idp.Config)) *provider {
	t.Helper()
	op := &provider{TB: t, clock: &clock{now: time.Now().Truncate(time.Second)}, rp: startRP(t)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { op.idp.ServeHTTP(w, r) }))
	server.StartTLS()
	t.Cleanup(server.Close)
	op.issuer = server.URL + "/idp"
	op.http = trusting(server, op.rp.Server)

	ring, err := keyring.New(make([]byte, 32))
	must(t, err)
	records, err := store.Open(filepath.Join(t.TempDir(), "idp.db"), store.Options{Now: op.clock.Now, InsecureNoSync: true})
	must(t, err)
	t.Cleanup(func() { _ = records.Close() })
	must(t, people.Directory{Store: records}.Seed(context.Background(), ada(), bob()))

	cfg := idp.Config{
		Issuer: op.issuer, Store: records, Keys: ring, Now: op.clock.Now, Log: slog.New(slog.DiscardHandler),
		Clients: op.staticClients(), Transport: op.http.Transport,
		Registration: clients.Registration{Mode: clients.RegistrationOpen, AllowPrivate: true},
	}
	for _, c := range change {
		c(&cfg)
	}
	op.idp, err = idp.New(cfg)
	must(t, err)
	return op
}

// trusting is a client that knows the certificates of servers and follows no
// redirect.
func trusting(servers ...*httptest.Server) *http.Client {
	roots := x509.NewCertPool()
	for _, s := range servers {
		roots.AddCert(s.Certificate())
	}
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
}

// relying is the relying party's address without the parameters of an answer,
// if u is one that a browser ends at.
func (op *provider) relying(u *url.URL) (string, bool) {
	if u.Scheme+"://"+u.Host != op.rp.URL {
		return "", false
	}
	bare := *u
	bare.RawQuery, bare.Fragment, bare.RawFragment = "", "", ""
	return bare.String(), strings.HasPrefix(u.Path, callbackPath) || strings.HasPrefix(u.Path, goodbyePath)
}

// ada has every claim there is.
func ada() people.Person {
	return people.Person{
		Subject: "sub-ada", UserName: adaName, PasswordHash: hashed(adaPassword), Name: "Ada Lovelace", GivenName: "Ada", FamilyName: "Lovelace",
		Email: "ada@example.com", EmailVerified: true, Phone: "+44 20 7946 0000", PhoneVerified: true, Groups: []string{"engineering"},
		Claims: map[string]any{
			"address":     map[string]any{"formatted": "12 St James's Square, London", "country": "GB"},
			"middle_name": "King", "nickname": "countess", "profile": "https://example.com/ada", "picture": "https://example.com/ada.png",
			"website": "https://example.com", "gender": "female", "birthdate": "1815-12-10", "zoneinfo": "Europe/London", "locale": "en-GB", "updated_at": 1311280970,
		},
	}
}

// bob has next to none.
func bob() people.Person {
	return people.Person{Subject: "sub-bob", UserName: bobName, PasswordHash: hashed(bobPassword)}
}

func hashed(password string) string {
	hash, err := people.Cost{Memory: 64, Time: 1, Threads: 1}.Hash(password)
	if err != nil {
		panic(err)
	}
	return hash
}
