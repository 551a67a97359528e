// The public keys that may have signed a bundle.

package bundle

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	opa "github.com/open-policy-agent/opa/v1/bundle"

	"github.com/doorward/doorward/host/token"
)

// keys is what OPA verifies with, by key id.
type keys map[string]*opa.KeyConfig

// readKeys reads a JSON Web Key Set (RFC 7517). Every key needs a kid and an
// alg: a signature names its key by the one, and OPA verifies by the other.
func readKeys(jwks []byte) (keys, error) {
	set, err := token.PublicKeys(jwks)
	if err != nil {
		return nil, err
	}
	found := keys{}
	for i, key := range set {
		switch {
		case key.ID == "":
			return nil, fmt.Errorf("key %d has no kid: a bundle's signature names its key by it", i+1)
		case found[key.ID] != nil:
			return nil, fmt.Errorf("two keys have the kid %q", key.ID)
		case !signs(key.Alg):
			return nil, fmt.Errorf("key %q needs an alg: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512", key.ID)
		}
		der, err := x509.MarshalPKIXPublicKey(key.Key)
		if err != nil {
			return nil, fmt.Errorf("key %q is of a type that bundles are not signed with", key.ID)
		}
		found[key.ID] = &opa.KeyConfig{
			Key:       string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
			Algorithm: key.Alg,
		}
	}
	if len(found) == 0 {
		return nil, errors.New("the key set holds no public key that bundles are signed with")
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
