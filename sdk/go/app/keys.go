package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrKeys is wrapped by errors about the host's keys, when they cannot be had.
var ErrKeys = errors.New("doorward: the host's keys cannot be had")

const (
	maxKeySet    = 64 << 10 // bytes
	maxKeys      = 32
	maxKeyID     = 128
	fetchTimeout = 5 * time.Second
	keepLeast    = time.Minute      // whatever the host says
	keepMost     = time.Hour        // and this long while the host cannot be asked
	keepUsual    = 5 * time.Minute  // when the host does not say
	askAgain     = 10 * time.Second // between two attempts: strangers choose the kid
)

// keys are those that the host publishes, kept for as long as it says. A key
// that is not among them makes them be fetched anew, as a rotation does, and so
// does their age. While the host cannot be asked, those that are known go on for
// an hour.
type keys struct {
	client *http.Client
	at     string
	now    func() time.Time

	mu      sync.Mutex
	set     map[string]*ecdsa.PublicKey
	fetched time.Time // zero: never
	fresh   time.Time // until when nobody need ask
	tried   time.Time
	err     error         // of the last attempt
	asking  chan struct{} // closed when the attempt under way ends; nil: none is
}

func newKeys(client *http.Client, at string, now func() time.Time) *keys {
	return &keys{client: client, at: at, now: now}
}

// of is the key called kid. It waits for an attempt to fetch it until ctx is
// done; one attempt serves all who wait.
func (k *keys) of(ctx context.Context, kid string) (*ecdsa.PublicKey, error) {
	k.mu.Lock()
	if key, ok := k.set[kid]; ok && k.now().Before(k.fresh) {
		k.mu.Unlock()
		return key, nil
	}
	done := k.asking
	if done == nil && (k.tried.IsZero() || !k.now().Before(k.tried.Add(askAgain))) {
		done = make(chan struct{})
		k.asking, k.tried = done, k.now()
		go k.fetch(done)
	}
	k.mu.Unlock()
	if done != nil {
		select {
		case <-done:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrKeys, context.Cause(ctx))
		}
	}
	return k.known(kid)
}

// known is a key of the present set, unless that is too old to be believed.
func (k *keys) known(kid string) (*ecdsa.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fetched.IsZero() || !k.now().Before(k.fetched.Add(keepMost)) {
		return nil, fmt.Errorf("%w: %w", ErrKeys, k.err)
	}
	if key, ok := k.set[kid]; ok {
		return key, nil
	}
	if k.err != nil { // it may be new
		return nil, fmt.Errorf("%w: %w", ErrKeys, k.err)
	}
	return nil, invalid("the host publishes no key of that kid")
}

// fetch asks the host, for everybody who waits: no single request's end stops
// it.
func (k *keys) fetch(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	set, life, err := k.download(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err = err; err == nil {
		k.set, k.fetched, k.fresh = set, k.now(), k.now().Add(life)
	}
	k.asking = nil
	close(done)
}

func (k *keys) download(ctx context.Context) (map[string]*ecdsa.PublicKey, time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.at, nil)
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := k.client.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("%s answers %s", k.at, resp.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet+1))
	if err != nil {
		return nil, 0, err
	}
	if len(raw) > maxKeySet {
		return nil, 0, fmt.Errorf("%s answers with more than %d bytes", k.at, maxKeySet)
	}
	set, err := readKeys(raw)
	return set, life(resp.Header.Get("Cache-Control")), err
}

// readKeys takes the keys that can sign assertions (RFC 7517, section 5); keys
// of other kinds may stand beside them.
func readKeys(raw []byte) (map[string]*ecdsa.PublicKey, error) {
	var list struct {
		Keys []struct{ Kty, Crv, Use, Alg, Kid, X, Y string }
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, errors.New("the key set is no JSON of the expected form")
	}
	if len(list.Keys) > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d keys", maxKeys)
	}
	set := map[string]*ecdsa.PublicKey{}
	for _, key := range list.Keys {
		if key.Kty != "EC" || key.Crv != "P-256" || key.Use != "" && key.Use != "sig" || key.Alg != "" && key.Alg != "ES256" || key.Kid == "" || len(key.Kid) > maxKeyID {
			continue
		}
		x, err := base64.RawURLEncoding.DecodeString(key.X)
		y, also := base64.RawURLEncoding.DecodeString(key.Y)
		if err != nil || also != nil || len(x) != 32 || len(y) != 32 {
			return nil, errors.New("a key has no coordinates of 32 bytes")
		}
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
		if err != nil {
			return nil, errors.New("a key is no point of its curve")
		}
		if set[key.Kid] != nil {
			return nil, errors.New("two keys have one kid")
		}
		set[key.Kid] = public
	}
	if len(set) == 0 {
		return nil, errors.New("the key set has no key for ES256")
	}
	return set, nil
}

// life is max-age of a Cache-Control header (RFC 9111, section 5.2.2.1), within
// bounds.
func life(control string) time.Duration {
	for part := range strings.SplitSeq(control, ",") {
		if age, ok := strings.CutPrefix(strings.TrimSpace(part), "max-age="); ok {
			if n, err := strconv.Atoi(age); err == nil && n >= 0 {
				return min(max(time.Duration(min(n, 1<<20))*time.Second, keepLeast), keepMost)
			}
		}
	}
	return keepUsual
}
