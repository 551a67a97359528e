package keys

// The record of the keys, sealed in the store.

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/store"
)

const (
	bucket  = "idp.keys"
	record  = "signing"
	purpose = "idp.signing-keys"
	keyBits = 2048
)

// stored is a key as it is sealed. PKCS8 is its DER form. A record of before
// there were several algorithms has neither Algorithm nor From: its keys are
// RS256 and signed from the moment they were made.
type stored struct {
	ID        string    `json:"kid"`
	Algorithm string    `json:"alg,omitempty"`
	Made      time.Time `json:"made"`
	From      time.Time `json:"from,omitzero"`    // when it begins to sign
	Retired   time.Time `json:"retired,omitzero"` // when its algorithm left the configuration
	PKCS8     []byte    `json:"pkcs8"`
}

// key is a stored key, parsed.
type key struct {
	stored
	private jose.JSONWebKey
	public  jose.JSONWebKey
}

var errDamaged = errors.New("the record of the signing keys is damaged; restore the store from a backup")

// read is what the store holds; an empty set when it holds nothing yet.
func (r *Ring) read(ctx context.Context) (*set, error) {
	item, err := r.cfg.Store.Get(ctx, bucket, record)
	if errors.Is(err, store.ErrNotFound) {
		return &set{}, nil
	}
	if err != nil {
		return nil, err
	}
	plain, err := r.cfg.Keys.Open(purpose, item.Value, []byte(record))
	if err != nil {
		return nil, errors.New("the signing keys were sealed with another host key; restore the host's key beside the store")
	}
	var all []stored
	if err := json.Unmarshal(plain, &all); err != nil || len(all) == 0 {
		return nil, errDamaged
	}
	out := &set{sealed: item.Value, version: item.Version}
	for _, s := range all {
		k, err := parse(s)
		if err != nil {
			return nil, errDamaged
		}
		out.keys = append(out.keys, k)
	}
	return out, nil
}

// write seals keys if the record still has that version.
func (r *Ring) write(ctx context.Context, keys []key, version uint64) error {
	all := make([]stored, len(keys))
	for i, k := range keys {
		all[i] = k.stored
	}
	plain, err := json.Marshal(all)
	if err != nil {
		return err
	}
	sealed := r.cfg.Keys.Seal(purpose, plain, []byte(record))
	return r.cfg.Store.Apply(ctx, store.Op{Bucket: bucket, Key: record, Value: sealed, If: &version})
}

func parse(s stored) (key, error) {
	if s.Algorithm == "" {
		s.Algorithm = string(jose.RS256)
	}
	if s.From.IsZero() {
		s.From = s.Made
	}
	private, err := x509.ParsePKCS8PrivateKey(s.PKCS8)
	if err != nil || s.ID == "" || algorithmOf(private) != s.Algorithm {
		return key{}, errDamaged
	}
	whole := jose.JSONWebKey{Key: private, KeyID: s.ID, Algorithm: s.Algorithm, Use: "sig"}
	return key{stored: s, private: whole, public: whole.Public()}, nil
}

func algorithmOf(private any) string {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		return string(jose.RS256)
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return string(jose.ES256)
		}
	case ed25519.PrivateKey:
		return string(jose.EdDSA)
	}
	return ""
}

// generate makes a key of alg that signs from then on.
func generate(alg string, made, from time.Time) (key, error) {
	var private crypto.Signer
	var err error
	switch jose.SignatureAlgorithm(alg) {
	case jose.RS256:
		private, err = rsa.GenerateKey(rand.Reader, keyBits)
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no key can be made for %q", alg)
	}
	if err != nil {
		return key{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return key{}, err
	}
	return parse(stored{ID: newID(), Algorithm: alg, Made: made.UTC(), From: from.UTC(), PKCS8: der})
}

func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}
