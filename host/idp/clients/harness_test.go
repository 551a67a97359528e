package clients

// A registry on a real store, and a client's own key.

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

const (
	issuer   = "https://login.example.com/idp"
	endpoint = issuer + "/token"
	callback = "https://app.example.com/cb"
	secret   = "a-secret-of-some-length"
	initial  = "initial-access-token-0123456789-0123456789"
)

// clock is a fake one.
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

type rig struct {
	*Registry
	clock *clock
	store store.Store
	t     testing.TB
}

// newRig is a registry that is closed to registration but for initial; change
// edits its configuration.
func newRig(t testing.TB, change ...func(*Config)) *rig {
	t.Helper()
	c := &clock{now: time.Unix(1_800_000_000, 0)}
	s, err := store.Open(filepath.Join(t.TempDir(), "c.db"), store.Options{Now: c.Now, InsecureNoSync: true})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	ring, err := keyring.New(bytes.Repeat([]byte{1}, 32))
	must(t, err)
	cfg := Config{
		Store: s, Keys: ring, Now: c.Now, Issuer: issuer, Token: endpoint, Endpoint: issuer + "/register", Algorithms: []string{"RS256", "ES256", "EdDSA"},
		Registration: Registration{Mode: RegistrationClosed, InitialAccessToken: initial},
	}
	for _, f := range change {
		f(&cfg)
	}
	r, err := New(cfg)
	must(t, err)
	return &rig{r, c, s, t}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// with is a good registration with changes: name, value pairs.
func with(changes ...any) []byte {
	doc := map[string]any{"redirect_uris": []string{callback}}
	for i := 0; i < len(changes); i += 2 {
		doc[changes[i].(string)] = changes[i+1]
	}
	text, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return text
}

// registered registers a client that must be taken, and reads it back.
func (r *rig) registered(changes ...any) Client {
	r.t.Helper()
	made, err := r.Register(r.t.Context(), initial, with(changes...))
	must(r.t, err)
	c, err := r.Client(r.t.Context(), made.ID)
	must(r.t, err)
	return c
}

// codeOf is the code of the Refusal that err is, or what else it is.
func codeOf(err error) string {
	var refused *Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Code
	}
	return "not a refusal: " + err.Error()
}

func keySetOf(keys ...hosttest.Key) json.RawMessage {
	var list []any
	for _, k := range keys {
		list = append(list, k.Public())
	}
	text, err := json.Marshal(map[string]any{"keys": list})
	if err != nil {
		panic(err)
	}
	return text
}

// assertion is one of the client id, signed by key, with changed claims; a nil
// value removes the claim.
func (r *rig) assertion(id, alg string, key hosttest.Key, header, changes map[string]any) string {
	now := r.clock.Now().Unix()
	claims := map[string]any{"iss": id, "sub": id, "aud": issuer, "exp": now + 60, "iat": now, "jti": newSecret(16)}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	head := map[string]any{"alg": alg, "kid": key.ID}
	maps.Copy(head, header)
	return hosttest.Sign(alg, key.Private, head, claims)
}

// nowhere is a network on which nobody answers.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("there is nobody")
}
