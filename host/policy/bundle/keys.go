// The public keys that may have signed a bundle.

package bundle

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	opa "github.com/open-policy-agent/opa/v1/bundle"
)

// keys is what OPA verifies with, by key id.
type keys map[string]*opa.KeyConfig

// readKeys reads a JSON Web Key Set (RFC 7517). Every key needs a kid, and an
// alg where its type leaves a choice.
func readKeys(jwks []byte) (keys, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, errors.New("the keys are no JSON Web Key Set")
	}
	found := keys{}
	for i, jwk := range set.Keys {
		switch {
		case jwk.KeyID == "":
			return nil, fmt.Errorf("key %d has no kid: a bundle's signature names its key by it", i+1)
		case found[jwk.KeyID] != nil:
			return nil, fmt.Errorf("two keys have the kid %q", jwk.KeyID)
		case !jwk.IsPublic() || !jwk.Valid():
			return nil, fmt.Errorf("key %q is no public key", jwk.KeyID)
		case !signs(jwk.Algorithm):
			return nil, fmt.Errorf("key %q needs an alg: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512", jwk.KeyID)
		}
		der, err := x509.MarshalPKIXPublicKey(jwk.Key)
		if err != nil {
			return nil, fmt.Errorf("key %q is of a type that bundles are not signed with", jwk.KeyID)
		}
		found[jwk.KeyID] = &opa.KeyConfig{
			Key:       string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
			Algorithm: jwk.Algorithm,
		}
	}
	if len(found) == 0 {
		return nil, errors.New("the key set is empty")
	}
	return found, nil
}

func signs(alg string) bool {
	switch alg {
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512":
		return true
	}
	return false
}
