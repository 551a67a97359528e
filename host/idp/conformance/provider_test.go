package conformance_test

// The provider under test, over TLS, with people and clients, and a clock.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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
	peer   *atomic.Int64 // the last part of the address that requests come from
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
	op := &provider{TB: t, issuer: "https://login.example.com/idp", clock: &clock{now: time.Now().Truncate(time.Second)}, rp: startRP(t), peer: new(atomic.Int64)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { op.idp.ServeHTTP(w, r) }))
	server.StartTLS()
	t.Cleanup(server.Close)
	op.http = network(server, op.rp.Server)

	ring, err := keyring.New(make([]byte, 32))
	must(t, err)
	records, err := store.Open(filepath.Join(t.TempDir(), "idp.db"), store.Options{Now: op.clock.Now, InsecureNoSync: true})
	must(t, err)
	t.Cleanup(func() { _ = records.Close() })
	must(t, people.Directory{Store: records}.Seed(t.Context(), ada(), bob()))
	must(t, signingKeys.put(t.Context(), records))

	cfg := idp.Config{
		Issuer: op.issuer, Store: records, Keys: ring, Now: op.clock.Now, Log: slog.New(slog.DiscardHandler),
		Clients: op.staticClients(), Transport: op.http.Transport, ClientIP: op.address,
		Registration: clients.Registration{Mode: clients.RegistrationOpen, AllowPrivate: true},
	}
	for _, c := range change {
		c(&cfg)
	}
	op.idp, err = idp.New(cfg)
	must(t, err)
	must(t, signingKeys.keep(t.Context(), records))
	var sending sync.WaitGroup
	sending.Go(func() { op.idp.SendLogouts(t.Context()) })
	t.Cleanup(sending.Wait)
	return op
}

// address is where requests come from: somewhere else in each module, because
// the provider bounds what one address may do.
func (op *provider) address(*http.Request) string {
	return fmt.Sprintf("192.0.2.%d", op.peer.Load())
}

// network is a client for which the provider and the relying party have names
// of their own, and the rest of the world is not there. It follows no redirect.
func network(login, rp *httptest.Server) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(login.Certificate())
	roots.AddCert(rp.Certificate())
	dial := func(ctx context.Context, _, address string) (net.Conn, error) {
		server := map[string]*httptest.Server{"login.example.com:443": login, "rp.example.com:443": rp}[address]
		if server == nil {
			return nil, fmt.Errorf("nobody is at %s", address)
		}
		var d net.Dialer
		return d.DialContext(ctx, "tcp", server.Listener.Addr().String())
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
}

// kept are the signing keys of the first provider, for the later ones: making
// RSA keys takes a while.
type kept struct {
	mu    sync.Mutex
	items []store.Item
}

const keysBucket = "idp.keys"

var signingKeys kept

func (k *kept) put(ctx context.Context, s store.Store) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, item := range k.items {
		if err := s.Apply(ctx, store.Op{Bucket: keysBucket, Key: item.Key, Value: item.Value}); err != nil {
			return err
		}
	}
	return nil
}

func (k *kept) keep(ctx context.Context, s store.Store) (err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.items) == 0 {
		k.items, err = s.Scan(ctx, keysBucket, "", "", 10)
	}
	return err
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
