package keys_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/idp/keys"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

type bench struct {
	t     testing.TB
	clock *clock
	store store.Store
	host  *keyring.Keyring
}

func newBench(t testing.TB) *bench {
	b := &bench{t: t, clock: &clock{time.Unix(1_800_000_000, 0)}}
	s, err := store.Open(filepath.Join(t.TempDir(), "keys.db"), store.Options{Now: b.clock.Now, InsecureNoSync: true})
	b.must(err)
	t.Cleanup(func() { _ = s.Close() })
	b.store = s
	b.host, err = keyring.New(make([]byte, 32))
	b.must(err)
	b.record("rsa-0")
	return b
}

var rsaKey = sync.OnceValue(func() []byte {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic(err)
	}
	return der
})

// record stores RSA keys with those ids, newest first, as they were stored
// before there were several algorithms: making one takes a while.
func (b *bench) record(ids ...string) {
	var all []map[string]any
	for i, id := range ids {
		all = append(all, map[string]any{"kid": id, "made": b.clock.now.Add(-time.Duration(i) * time.Second), "pkcs8": rsaKey()})
	}
	plain, err := json.Marshal(all)
	b.must(err)
	b.must(b.store.Apply(b.t.Context(), store.Op{Bucket: "idp.keys", Key: "signing", Value: b.host.Seal("idp.signing-keys", plain, []byte("signing"))}))
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) open(change ...func(*keys.Config)) *keys.Ring {
	b.t.Helper()
	cfg := keys.Config{Store: b.store, Keys: b.host, Now: b.clock.Now}
	for _, c := range change {
		c(&cfg)
	}
	r, err := keys.Open(b.t.Context(), cfg)
	b.must(err)
	return r
}

func (b *bench) sign(r *keys.Ring, alg string) string {
	b.t.Helper()
	token, err := r.Sign(b.t.Context(), alg, "JWT", map[string]any{"sub": "ada"})
	b.must(err)
	return token
}

func ids(set *jose.JSONWebKeySet) (out []string) {
	for _, k := range set.Keys {
		out = append(out, k.KeyID)
	}
	return out
}

func TestRing_SignsWithEveryAlgorithm(t *testing.T) {
	b := newBench(t)
	r := b.open()
	for _, alg := range append(keys.Algorithms(), "") {
		token := b.sign(r, alg)
		want := alg
		if alg == "" {
			want = "RS256"
		}
		parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(want)})
		b.must(err)
		published := r.Public().Key(parsed.Signatures[0].Protected.KeyID)
		if len(published) != 1 || !published[0].IsPublic() || published[0].Algorithm != want || published[0].Use != "sig" {
			t.Fatalf("%s: published: %+v", alg, published)
		}
		if _, err := parsed.Verify(published[0]); err != nil {
			t.Errorf("%s: the published key: %v", alg, err)
		}
		payload, head, err := r.Verify(token, want)
		if err != nil || string(payload) != `{"sub":"ada"}` || head.ExtraHeaders[jose.HeaderType] != "JWT" {
			t.Errorf("%s: %s %v %v", alg, payload, head, err)
		}
	}
	if _, err := r.Sign(t.Context(), "HS256", "JWT", nil); err == nil || !strings.Contains(err.Error(), "signing_keys.algorithms") {
		t.Errorf("an algorithm that is not there: %v", err)
	}
	if _, _, err := r.Verify(b.sign(r, "ES256"), "RS256"); !errors.Is(err, keys.ErrToken) {
		t.Errorf("another algorithm than accepted: %v", err)
	}
}

func TestRing_RefusesForeignTokens(t *testing.T) {
	b := newBench(t)
	r := b.open()
	good := b.sign(r, "ES256")
	parts := strings.Split(good, ".")
	stranger := b.sign(newBench(t).open(), "ES256")
	for name, token := range map[string]string{
		"empty": "", "no JWS": "a.b", "cut": good[:len(good)-4], "another ring's": stranger, "no signature": parts[0] + "." + parts[1] + ".",
		"another payload": parts[0] + "." + strings.Split(stranger, ".")[1] + "x." + parts[2], "too long": good + strings.Repeat("A", 70<<10),
	} {
		if payload, _, err := r.Verify(token); !errors.Is(err, keys.ErrToken) || payload != nil {
			t.Errorf("%s: %s, %v", name, payload, err)
		}
	}
}

// Walks a hundred days: no relying party that reads the key set as seldom as
// once in twenty hours ever misses a key, and no token stops to verify early.
func TestT47_RotationOverlap(t *testing.T) {
	b := newBench(t)
	r := b.open(func(c *keys.Config) {
		c.Algorithms, c.Rotate, c.Keep, c.Valid = []string{"RS256", "ES256"}, 30*24*time.Hour, 48*time.Hour, time.Hour
	})
	type signed struct {
		token string
		at    time.Time
	}
	var held []signed
	var cached [][]string // the published keys at each step
	signers := map[string]bool{}
	const step = 5 * time.Hour
	for range 100 * 24 / 5 {
		b.must(r.RunDue(t.Context()))
		cached = append(cached, ids(r.Public()))
		for _, alg := range []string{"RS256", "ES256"} {
			token := b.sign(r, alg)
			parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
			b.must(err)
			kid := parsed.Signatures[0].Protected.KeyID
			signers[kid] = true
			if then := cached[max(0, len(cached)-1-4)]; !slices.Contains(then, kid) {
				t.Fatalf("at %s the key signs that was not published 20 hours before", b.clock.now)
			}
			held = append(held, signed{token, b.clock.now})
		}
		for _, s := range held {
			age := b.clock.now.Sub(s.at)
			if age < 44*time.Hour || age > 49*time.Hour {
				continue
			}
			if _, _, err := r.Verify(s.token); err != nil {
				t.Fatalf("a token of %s ago no longer verifies", age)
			}
		}
		held = slices.DeleteFunc(held, func(s signed) bool { return b.clock.now.Sub(s.at) > 60*24*time.Hour })
		b.clock.now = b.clock.now.Add(step)
	}
	if len(signers) != 8 {
		t.Errorf("%d keys signed in a hundred days, want four of each algorithm", len(signers))
	}
	if n := len(r.Public().Keys); n > 6 {
		t.Errorf("%d keys are published", n)
	}
	if _, _, err := r.Verify(held[0].token); err == nil {
		t.Error("a key from sixty days ago is still published")
	}
}

// A host that was off when the schedule came still publishes before it signs.
func TestT47_RotationAfterAPause(t *testing.T) {
	b := newBench(t)
	monthly := func(c *keys.Config) { c.Rotate = 30 * 24 * time.Hour }
	before := b.sign(b.open(monthly), "ES256")
	b.clock.now = b.clock.now.Add(90 * 24 * time.Hour)
	r := b.open(monthly)
	if n := len(r.Public().Keys); n != 6 {
		t.Fatalf("%d keys are published, want two of each algorithm", n)
	}
	kid := func(token string) string { return strings.Split(token, ".")[0] }
	if kid(b.sign(r, "ES256")) != kid(before) {
		t.Error("a key signs at once that nobody could know")
	}
	b.clock.now = b.clock.now.Add(24 * time.Hour)
	if kid(b.sign(r, "ES256")) == kid(before) {
		t.Error("a day later the old key still signs")
	}
}

func TestT47_RotationByCommand(t *testing.T) {
	b := newBench(t)
	r := b.open()
	old := b.sign(r, "EdDSA")
	b.must(r.Rotate(t.Context()))
	fresh := b.sign(r, "EdDSA")
	if strings.Split(old, ".")[0] == strings.Split(fresh, ".")[0] {
		t.Error("the old key still signs")
	}
	for name, ring := range map[string]*keys.Ring{"at once": r, "after a restart": b.open()} {
		for _, token := range []string{old, fresh} {
			if _, _, err := ring.Verify(token); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	b.clock.now = b.clock.now.Add(49 * time.Hour)
	if _, _, err := r.Verify(old); err == nil {
		t.Error("the old key is published for good")
	}
	b.must(r.RunDue(t.Context()))
	if n := len(b.open().Public().Keys); n != 3 {
		t.Errorf("%d keys are kept", n)
	}
}

func TestRing_ReplaceForgetsAtOnce(t *testing.T) {
	b := newBench(t)
	r := b.open()
	old := b.sign(r, "RS256")
	b.must(r.Replace(t.Context()))
	for name, ring := range map[string]*keys.Ring{"at once": r, "after a restart": b.open()} {
		if _, _, err := ring.Verify(old); !errors.Is(err, keys.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRing_KeepsRotationsBounded(t *testing.T) {
	b := newBench(t)
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprint("rsa-", i))
	}
	b.record(many...)
	r := b.open(func(c *keys.Config) { c.Algorithms = []string{"RS256"} })
	b.must(r.Rotate(t.Context()))
	got := ids(r.Public())
	if len(got) != 16 || got[1] != "rsa-0" || got[15] != "rsa-14" {
		t.Errorf("published: %v", got)
	}
	if _, head, err := r.Verify(b.sign(r, "RS256")); err != nil || head.KeyID != got[0] {
		t.Errorf("signed with %q, %v", head.KeyID, err)
	}
}

// An algorithm that leaves the configuration signs no more, and what it signed
// verifies for a while.
func TestRing_AlgorithmLeaves(t *testing.T) {
	b := newBench(t)
	token := b.sign(b.open(), "ES256")
	less := func(c *keys.Config) { c.Algorithms = []string{"RS256"} }
	r := b.open(less)
	if _, err := r.Sign(t.Context(), "ES256", "JWT", nil); err == nil {
		t.Error("it still signs")
	}
	if _, _, err := r.Verify(token); err != nil {
		t.Errorf("what it signed: %v", err)
	}
	b.clock.now = b.clock.now.Add(49 * time.Hour)
	if n := len(b.open(less).Public().Keys); n != 1 {
		t.Errorf("%d keys are left", n)
	}
	again := b.open()
	if _, _, err := again.Verify(b.sign(again, "ES256")); err != nil {
		t.Errorf("back again: %v", err)
	}
}

// A record of before there were several algorithms is read, and its keys go on.
func TestRing_ReadsTheFormerRecord(t *testing.T) {
	b := newBench(t)
	b.record("newer", "older")
	r := b.open()
	if got := ids(r.Public()); len(got) != 4 || got[0] != "newer" || got[1] != "older" {
		t.Errorf("published: %v", got)
	}
	if _, head, err := r.Verify(b.sign(r, "")); err != nil || head.KeyID != "newer" {
		t.Errorf("signed with %q, %v", head.KeyID, err)
	}
}

// However many hosts start or rotate at once, each token verifies everywhere.
func TestRing_AtOnce(t *testing.T) {
	b := newBench(t)
	rings := make([]*keys.Ring, 3)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			rings[i] = b.open(func(c *keys.Config) { c.Algorithms = []string{"RS256", "ES256"} })
			if err := rings[i].Rotate(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, r := range rings {
		b.must(r.Reload(t.Context()))
	}
	for _, a := range rings {
		for _, c := range rings {
			if _, _, err := c.Verify(b.sign(a, "ES256")); err != nil {
				t.Error(err)
			}
		}
	}
}

// failing refuses writes while down.
type failing struct {
	store.Store
	down bool
}

func (f *failing) Apply(ctx context.Context, ops ...store.Op) error {
	if f.down {
		return store.ErrUnavailable
	}
	return f.Store.Apply(ctx, ops...)
}

// A key that the store does not hold never signs.
func TestRing_StoreDown(t *testing.T) {
	b := newBench(t)
	f := &failing{Store: b.store}
	r := b.open(func(c *keys.Config) { c.Store, c.Rotate = f, 30*24*time.Hour })
	before := ids(r.Public())
	f.down = true
	if err := r.Rotate(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("rotate: %v", err)
	}
	b.clock.now = b.clock.now.Add(29*24*time.Hour + time.Hour)
	if err := r.RunDue(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("on the schedule: %v", err)
	}
	if after := ids(r.Public()); !slices.Equal(before, after) {
		t.Errorf("published: %v, then %v", before, after)
	}
	f.down = false
	if _, _, err := b.open().Verify(b.sign(r, "RS256")); err != nil {
		t.Error(err)
	}
}

func TestOpen_Faults(t *testing.T) {
	b := newBench(t)
	for want, change := range map[string]func(*keys.Config){
		"must be one of": func(c *keys.Config) { c.Algorithms = []string{"RS256", "HS256"} },
		"once":           func(c *keys.Config) { c.Algorithms = []string{"RS256", "RS256"} },
		"must hold":      func(c *keys.Config) { c.Algorithms = []string{"ES256"} },
		"more seldom":    func(c *keys.Config) { c.Rotate = time.Minute },
		"negative":       func(c *keys.Config) { c.Keep = -time.Minute },
	} {
		cfg := keys.Config{Store: b.store, Keys: b.host, Now: b.clock.Now}
		change(&cfg)
		if _, err := keys.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	b := newBench(f)
	r := b.open()
	good := b.sign(r, "ES256")
	f.Add(good)
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		payload, _, err := r.Verify(token)
		if err == nil && string(payload) != `{"sub":"ada"}` || err != nil && !errors.Is(err, keys.ErrToken) {
			t.Errorf("%s, %v", payload, err)
		}
	})
}
