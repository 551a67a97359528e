package idp

// The signing keys: made here, kept sealed in the store, published at /keys.

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

const (
	signingAlgorithm = jose.RS256
	keyBits          = 2048
	bucketKeys       = "idp.keys"
	keyRecord        = "signing"
	purposeKeys      = "idp.signing-keys"
	keysKept         = 3 // the one that signs, and those before it
)

// storedKey is a key as it is sealed, newest first. PKCS8 is its DER form.
type storedKey struct {
	ID    string    `json:"kid"`
	Made  time.Time `json:"made"`
	PKCS8 []byte    `json:"pkcs8"`
}

// keySet is what signs and what verifies. It never changes.
type keySet struct {
	signer  jose.Signer
	public  *jose.JSONWebKeySet
	stored  []storedKey
	sealed  []byte
	version uint64
}

// loadKeys takes the keys from the store, or makes the first.
func (p *Provider) loadKeys(ctx context.Context) error {
	set, err := p.readKeys(ctx)
	if errors.Is(err, store.ErrNotFound) {
		err = p.addKey(ctx, &keySet{})
		if err != nil && !errors.Is(err, store.ErrConflict) { // another start was first
			return err
		}
		set, err = p.readKeys(ctx)
	}
	if err != nil {
		return err
	}
	if ring, ok := p.cfg.Keys.(interface{ Stale(sealed []byte) bool }); ok && ring.Stale(set.sealed) {
		set, err = p.reseal(ctx, set)
	}
	if err != nil {
		return err
	}
	p.keys.Store(set)
	return nil
}

// reseal writes the keys anew: the host's key has changed since, and an older
// one is accepted only until the next rotation.
func (p *Provider) reseal(ctx context.Context, set *keySet) (*keySet, error) {
	err := p.writeKeys(ctx, set.stored, set.version)
	if err != nil && !errors.Is(err, store.ErrConflict) { // somebody else wrote them
		return nil, err
	}
	return p.readKeys(ctx)
}

// ReloadKeys reads the signing keys again, and seals them anew when the host's
// key was rotated. Errors are those of New.
func (p *Provider) ReloadKeys(ctx context.Context) error {
	if err := p.loadKeys(ctx); err != nil {
		return fmt.Errorf("reload the signing keys: %w", err)
	}
	return nil
}

// Reseal seals the signing keys in st, if there are any, with the current one
// of keys. It is for a host that does not run; a running one calls ReloadKeys.
func Reseal(ctx context.Context, st store.Store, keys Sealer) error {
	p := &Provider{cfg: Config{Store: st, Keys: keys}}
	set, err := p.readKeys(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		_, err = p.reseal(ctx, set)
	}
	if err != nil {
		return fmt.Errorf("seal the signing keys of the built-in provider: %w", err)
	}
	return nil
}

// RotateKeys makes a new signing key, used from then on; the two before it
// stay published, so that tokens they signed still verify. Errors wrap
// store.ErrUnavailable, or store.ErrConflict when somebody else rotated.
func (p *Provider) RotateKeys(ctx context.Context) error {
	if err := p.addKey(ctx, p.keys.Load()); err != nil {
		return fmt.Errorf("rotate the signing keys: %w", err)
	}
	return p.loadKeys(ctx)
}

func (p *Provider) readKeys(ctx context.Context) (*keySet, error) {
	item, err := p.cfg.Store.Get(ctx, bucketKeys, keyRecord)
	if err != nil {
		return nil, err
	}
	plain, err := p.cfg.Keys.Open(purposeKeys, item.Value, []byte(keyRecord))
	if err != nil {
		return nil, errors.New("they were sealed with another host key; restore the host's key beside the store")
	}
	var stored []storedKey
	if err := json.Unmarshal(plain, &stored); err != nil || len(stored) == 0 {
		return nil, errors.New("the record is damaged")
	}
	return newKeySet(stored, item)
}

func newKeySet(stored []storedKey, item store.Item) (*keySet, error) {
	set := &keySet{public: &jose.JSONWebKeySet{}, stored: stored, sealed: item.Value, version: item.Version}
	for i, k := range stored {
		parsed, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
		private, ok := parsed.(*rsa.PrivateKey)
		if err != nil || !ok {
			return nil, errors.New("the record is damaged")
		}
		key := jose.JSONWebKey{Key: private, KeyID: k.ID, Algorithm: string(signingAlgorithm), Use: "sig"}
		set.public.Keys = append(set.public.Keys, key.Public())
		if i > 0 {
			continue
		}
		set.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: signingAlgorithm, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
		if err != nil {
			return nil, err
		}
	}
	return set, nil
}

// addKey writes before with a new key in front, if it is still what the store
// holds.
func (p *Provider) addKey(ctx context.Context, before *keySet) error {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	stored := append([]storedKey{{people.NewID(), p.cfg.Now().UTC(), der}}, before.stored...)
	return p.writeKeys(ctx, stored[:min(len(stored), keysKept)], before.version)
}

// writeKeys writes stored if the record still has that version.
func (p *Provider) writeKeys(ctx context.Context, stored []storedKey, version uint64) error {
	plain, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	sealed := p.cfg.Keys.Seal(purposeKeys, plain, []byte(keyRecord))
	return p.cfg.Store.Apply(ctx, store.Op{Bucket: bucketKeys, Key: keyRecord, Value: sealed, If: &version})
}
