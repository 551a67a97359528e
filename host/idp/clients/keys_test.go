package clients

// A client's keys: fetched when they are needed, and not more often.

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/token"
)

// published serves a key set that can be changed.
type published struct {
	*httptest.Server
	set     atomic.Pointer[json.RawMessage]
	fetched atomic.Int32
}

func publish(t *testing.T, keys ...hosttest.Key) *published {
	p := &published{}
	p.rotate(keys...)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.fetched.Add(1)
		_, _ = w.Write(*p.set.Load())
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *published) rotate(keys ...hosttest.Key) {
	set := keySetOf(keys...)
	p.set.Store(&set)
}

func private(c *Config) { c.Registration.AllowPrivate = true }

// oidcc-refresh-token-rp-key-rotation: a client's new key is found.
func TestKeysFollowTheClientsRotation(t *testing.T) {
	r := newRig(t, private)
	one, two := hosttest.ECKey(), hosttest.EdKey()
	at := publish(t, one)
	c := r.registered("token_endpoint_auth_method", "private_key_jwt", "jwks_uri", at.URL)
	verify := func(alg string, key hosttest.Key) error {
		_, err := r.Verify(t.Context(), c, r.assertion(c.ID, alg, key, nil, nil), token.Asymmetric()...)
		return err
	}
	for range 3 {
		must(t, verify("ES256", one))
	}
	if n := at.fetched.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	at.rotate(two)
	must(t, verify("EdDSA", two))
	if err := verify("ES256", one); !errors.Is(err, token.ErrSignature) {
		t.Errorf("the key that was withdrawn: %v", err)
	}
	before := at.fetched.Load()
	for range 50 {
		if err := verify("RS256", hosttest.RSAKey(0)); !errors.Is(err, token.ErrSignature) {
			t.Fatalf("a stranger's key: %v", err)
		}
	}
	if n := at.fetched.Load() - before; n > 5 {
		t.Errorf("unknown keys caused %d fetches", n)
	}
}

func TestT50_KeysBehindAnAddressThatIsNotTheirs(t *testing.T) {
	key := hosttest.ECKey()
	at := publish(t, key)
	r := newRig(t, private)
	c := r.registered("token_endpoint_auth_method", "private_key_jwt", "jwks_uri", at.URL)
	guarded, err := New(func() Config { cfg := r.cfg; cfg.Registration.AllowPrivate = false; return cfg }())
	must(t, err)
	assertion := r.assertion(c.ID, "ES256", key, nil, nil)
	if _, err := guarded.Verify(t.Context(), c, assertion, "ES256"); !errors.Is(err, token.ErrKeys) {
		t.Errorf("plain http: %v", err)
	}
	c.KeysURL = "https://" + at.Listener.Addr().String() // a rebound name would come as far as this
	if _, err := guarded.Verify(t.Context(), c, assertion, "ES256"); !errors.Is(err, token.ErrPrivateAddress) {
		t.Errorf("a private address: %v", err)
	}
	if n := at.fetched.Load(); n != 0 {
		t.Errorf("fetched %d times", n)
	}
	redirecting := httptest.NewServer(http.RedirectHandler(at.URL, http.StatusFound))
	defer redirecting.Close()
	c.KeysURL = redirecting.URL
	if _, err := r.Verify(t.Context(), c, assertion, "ES256"); !errors.Is(err, token.ErrKeys) {
		t.Errorf("a redirect: %v", err)
	}
	if n := at.fetched.Load(); n != 0 {
		t.Errorf("a redirect was followed")
	}
}

// What the configuration names may be in the plant.
func TestConfiguredClientsKeysMayBePrivate(t *testing.T) {
	key := hosttest.ECKey()
	at := publish(t, key)
	r := newRig(t, func(c *Config) {
		c.Configured = []Client{{ID: "plant", Auth: AuthKey, KeysURL: at.URL, RedirectURIs: []string{callback}}}
	})
	c, err := r.Client(t.Context(), "plant")
	must(t, err)
	if _, err := r.Verify(t.Context(), c, r.assertion("plant", "ES256", key, nil, nil), "ES256"); err != nil {
		t.Error(err)
	}
}

func TestKeysThatAreTooLarge(t *testing.T) {
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	r := newRig(t, private)
	c := r.registered("jwks_uri", endless.URL)
	began := time.Now()
	if _, err := r.Verify(t.Context(), c, r.assertion(c.ID, "ES256", hosttest.ECKey(), nil, nil), "ES256"); !errors.Is(err, token.ErrTooLarge) {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestNoKeys(t *testing.T) {
	r := newRig(t)
	c := r.registered()
	if _, err := r.Verify(t.Context(), c, r.assertion(c.ID, "ES256", hosttest.ECKey(), nil, nil), "ES256"); !errors.Is(err, ErrNoKeys) {
		t.Errorf("%v", err)
	}
}

// New keys of a client take effect with the update, and what is held stays
// bounded.
func TestKeySetsAreBounded(t *testing.T) {
	r := newRig(t)
	for i := range maxKeySets + 10 {
		_, err := r.Keys(Client{ID: "c", KeysURL: "https://a.example/" + string(rune(0x4e00+i))})
		must(t, err)
	}
	if n := len(r.keys.held); n > maxKeySets {
		t.Errorf("%d key sets are held", n)
	}
	if _, err := r.Keys(Client{ID: "bad", Keys: json.RawMessage(`{"keys":[]}`)}); err == nil {
		t.Error("an empty set is taken")
	}
}
