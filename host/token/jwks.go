// A key set's JSON: which of its keys can be used, and for what.

package token

import (
	"crypto"
	"errors"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // tells "keys" from "Keys"
)

// maxKeys is how many keys a set may hold.
const maxKeys = 100

// key is one usable public key of a set.
type key struct {
	id     string
	alg    string // "" for any that fits
	public crypto.PublicKey
}

type keys []key

// PublicKey is one key of a set, for a library that verifies by itself.
type PublicKey struct {
	ID, Alg string // kid and alg; each may be empty
	Key     crypto.PublicKey
}

// PublicKeys reads a JWK set (RFC 7517, section 5). Keys that cannot verify
// signatures here (other types, symmetric, weak, for encryption) are left out.
func PublicKeys(jwks []byte) ([]PublicKey, error) {
	set, err := parseKeys(jwks)
	out := make([]PublicKey, len(set))
	for i, k := range set {
		out[i] = PublicKey{ID: k.id, Alg: k.alg, Key: k.public}
	}
	return out, err
}

// fitting is the keys for alg and kid, at most maxCandidates. A kid that is
// given must be the key's; a key's alg that is given must be the token's.
func (ks keys) fitting(alg, kid string) []crypto.PublicKey {
	var out []crypto.PublicKey
	for _, k := range ks {
		if kid != "" && k.id != kid || k.alg != "" && k.alg != alg || !fits(k.public, alg) {
			continue
		}
		if out = append(out, k.public); len(out) == maxCandidates {
			break
		}
	}
	return out
}

// parseKeys reads a JWK set. Keys that cannot verify signatures here (other
// types, symmetric, weak, for encryption) are left out; a set without any
// usable key is valid.
//
// See RFC 7517, section 5.
func parseKeys(raw []byte) (keys, error) {
	if _, err := Object(raw); err != nil {
		return nil, errors.New("the key set is not a json object without duplicate members")
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil || set.Keys == nil {
		return nil, errors.New("the key set has no list of keys")
	}
	if len(set.Keys) > maxKeys {
		return nil, errors.New("the key set has more than 100 keys")
	}
	var out keys
	for _, one := range set.Keys {
		if k, ok := parseKey(one); ok {
			out = append(out, k)
		}
	}
	return out, nil
}

func parseKey(raw []byte) (key, bool) {
	// go-jose asks that keys from outside hold nothing private; nobody who
	// publishes theirs should be believed.
	var private struct {
		D json.RawMessage `json:"d"`
		K json.RawMessage `json:"k"`
	}
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(raw, &private); err != nil || private.D != nil || private.K != nil {
		return key{}, false
	}
	if err := json.Unmarshal(raw, &jwk); err != nil || !jwk.Valid() || !jwk.IsPublic() {
		return key{}, false
	}
	if jwk.Use != "" && jwk.Use != "sig" {
		return key{}, false
	}
	for _, alg := range Asymmetric() {
		if fits(jwk.Key, alg) {
			return key{id: jwk.KeyID, alg: jwk.Algorithm, public: jwk.Key}, true
		}
	}
	return key{}, false
}
