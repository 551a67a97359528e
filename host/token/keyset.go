// Key sets: an issuer's signing keys, fetched, cached, and fetched again when a
// token names one that is not there.

package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How long fetched keys are used, and how often they may be fetched.
const (
	minKeyLife     = time.Minute
	maxKeyLife     = 24 * time.Hour
	defaultKeyLife = time.Hour
	fetchBurst     = 5
	fetchEvery     = 10 * time.Second
)

var (
	// ErrKeys wraps every failure to get an issuer's keys. It says nothing
	// about the token.
	ErrKeys = errors.New("the provider's keys could not be had")

	errNoNewer = errors.New("no newer keys")
)

// KeySet is an issuer's public signing keys. It is safe for concurrent use.
type KeySet struct {
	client *Client
	url    string // "" for a static set
	named  bool   // url is of a document whose jwks_uri has the keys
	now    func() time.Time

	mu      sync.Mutex
	keys    keys
	fetches int // how many succeeded; the age of keys
	until   time.Time
	flight  *flight
	rate    bucket
}

// flight is one fetch, which everybody who needs it waits for.
type flight struct {
	done chan struct{}
	err  error
}

// NewKeySet returns the keys at url, which are fetched when first needed, kept
// as long as Cache-Control says (one minute to a day; an hour when it says
// nothing), and fetched again for an unknown kid. However many unknown kids
// arrive, there are at most five fetches at once and one every ten seconds.
func NewKeySet(client *Client, url string, now func() time.Time) *KeySet {
	if now == nil {
		now = time.Now
	}
	return &KeySet{client: client, url: url, now: now, rate: bucket{size: fetchBurst, every: fetchEvery}}
}

// NewDiscoveredKeySet is NewKeySet for the keys at the jwks_uri of the discovery
// document at url, which is read again whenever the keys are. Nothing else of the
// document counts: whose keys they are is said by who names the address.
//
// See OpenID Connect Discovery 1.0, section 3.
func NewDiscoveredKeySet(client *Client, url string, now func() time.Time) *KeySet {
	s := NewKeySet(client, url, now)
	s.named = true
	return s
}

// NewStaticKeySet returns the keys of a JWK set's JSON. The error says what is
// wrong with it; a set in which no key is usable is an error too.
func NewStaticKeySet(jwks []byte) (*KeySet, error) {
	keys, err := parseKeys(jwks)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("no key of the key set can be used: give RSA keys of 2048 bits or more, P-256, P-384, P-521 or Ed25519")
	}
	return &KeySet{keys: keys, now: time.Now}, nil
}

// URL is where the keys, or the document that names them, come from, "" for a
// static set.
func (s *KeySet) URL() string { return s.url }

// current is the cached keys, fetched first when there are none or their time
// is past, and their age, for newer.
func (s *KeySet) current(ctx context.Context) (keys, int, error) {
	s.mu.Lock()
	if s.url == "" || s.fetches > 0 && s.now().Before(s.until) {
		defer s.mu.Unlock()
		return s.keys, s.fetches, nil
	}
	return s.fetch(ctx)
}

// newer is keys that were fetched after those of the given age, or errNoNewer
// when the set is static or the rate is used up.
func (s *KeySet) newer(ctx context.Context, age int) (keys, error) {
	if s.url == "" {
		return nil, errNoNewer
	}
	s.mu.Lock()
	if s.fetches > age {
		defer s.mu.Unlock()
		return s.keys, nil
	}
	keys, _, err := s.fetch(ctx)
	if errors.Is(err, errRate) {
		return nil, errNoNewer
	}
	return keys, err
}

var errRate = fmt.Errorf("%w: they were asked for too often", ErrKeys)

// fetch joins the fetch under way or starts one. It is called with the lock
// held and returns without it.
func (s *KeySet) fetch(ctx context.Context) (keys, int, error) {
	f := s.flight
	if f == nil {
		if !s.rate.take(s.now()) {
			s.mu.Unlock()
			return nil, 0, errRate
		}
		f = &flight{done: make(chan struct{})}
		s.flight = f
		// Not the caller's context: others wait for the same fetch. The client
		// bounds its time.
		go s.run(context.WithoutCancel(ctx), f)
	}
	s.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("%w: %w", ErrKeys, ctx.Err())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys, s.fetches, f.err
}

func (s *KeySet) run(ctx context.Context, f *flight) {
	keys, life, err := s.get(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.keys, s.until = keys, s.now().Add(life)
		s.fetches++
	}
	f.err = err
	s.flight = nil
	close(f.done)
}

func (s *KeySet) get(ctx context.Context) (keys, time.Duration, error) {
	address, err := s.address(ctx)
	if err != nil {
		return nil, 0, err
	}
	res, err := s.read(ctx, "the key set", address, "application/jwk-set+json, application/json")
	if err != nil {
		return nil, 0, err
	}
	keys, err := parseKeys(res.Body)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return keys, keyLife(res.Header), nil
}

// address is where the key set is.
func (s *KeySet) address(ctx context.Context) (string, error) {
	if !s.named {
		return s.url, nil
	}
	res, err := s.read(ctx, "the discovery document", s.url, "application/json")
	if err != nil {
		return "", err
	}
	members, err := Object(res.Body)
	if err != nil {
		return "", fmt.Errorf("%w: the discovery document is not a json object without duplicate members", ErrKeys)
	}
	address, _ := members["jwks_uri"].(string)
	if s.client.CheckURL(address) != nil {
		return "", fmt.Errorf("%w: the discovery document has no jwks_uri with an https address", ErrKeys)
	}
	return address, nil
}

func (s *KeySet) read(ctx context.Context, what, address, accept string) (Response, error) {
	res, err := s.client.Get(ctx, address, accept)
	if err != nil {
		return res, fmt.Errorf("%w: %s: %w", ErrKeys, what, err)
	}
	if res.Status != http.StatusOK {
		return res, fmt.Errorf("%w: %s: status %d", ErrKeys, what, res.Status)
	}
	return res, nil
}

// keyLife is what Cache-Control allows, within bounds: no-store must not make
// every login fetch the keys.
func keyLife(header http.Header) time.Duration {
	life := defaultKeyLife
	for directive := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return minKeyLife
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil {
				return minKeyLife
			}
			life = time.Duration(seconds) * time.Second
		}
	}
	return min(max(life, minKeyLife), maxKeyLife)
}

// Ready fetches the keys if there are none that can still be used. Its error
// wraps ErrKeys.
func (s *KeySet) Ready(ctx context.Context) error {
	_, _, err := s.current(ctx)
	return err
}
