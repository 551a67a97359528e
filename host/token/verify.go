// Verification: the signature, with a key that fits the allowed algorithm.

package token

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// maxCandidates is how many keys are tried for one token.
const maxCandidates = 8

// ErrSignature wraps every refusal of a signature, its algorithm or its key.
var ErrSignature = errors.New("the token's signature is refused")

// Rules say what may have signed a token.
type Rules struct {
	Algs   []string // allowed algorithms; "none" is refused even when listed
	Keys   *KeySet  // of the issuer, for RS, PS, ES and EdDSA
	Secret Secret   // for HS, when an HS algorithm is listed
}

// Verify checks the token's signature. Claims are left to the caller.
//
// A token with a kid is verified with the keys of that kid; one without with
// each key that fits its algorithm. When there is none, or none of the keys
// without a kid verified, the keys are fetched anew once, if the rate allows.
// Verify is safe for concurrent use and stops when ctx is done.
//
// # Errors
//
// ErrSignature when the token is to be refused; ErrKeys when the keys could
// not be had.
func (j *JWT) Verify(ctx context.Context, rules Rules) error {
	if !slices.Contains(rules.Algs, j.Alg) || CheckAlgs([]string{j.Alg}, rules.Secret) != nil {
		return signature("its algorithm %s is not allowed", printable(j.Alg))
	}
	jws, err := jose.ParseSignedCompact(j.compact, joseAlgs(rules.Algs))
	if err != nil {
		return signature("it cannot be parsed")
	}
	if _, symmetric := hmacOctets(j.Alg); symmetric {
		return j.try(jws, []crypto.PublicKey{[]byte(rules.Secret.Reveal())})
	}
	if rules.Keys == nil {
		return signature("the provider has no keys")
	}
	return j.verifyWithKeys(ctx, jws, rules.Keys)
}

func (j *JWT) verifyWithKeys(ctx context.Context, jws *jose.JSONWebSignature, set *KeySet) error {
	keys, age, err := set.current(ctx)
	if err != nil {
		return err
	}
	failure := j.try(jws, keys.fitting(j.Alg, j.KeyID))
	if failure == nil || !j.newerKeysMayHelp(keys) {
		return failure
	}
	newer, err := set.newer(ctx, age)
	if errors.Is(err, errNoNewer) {
		return failure
	}
	if err != nil {
		return err
	}
	return j.try(jws, newer.fitting(j.Alg, j.KeyID))
}

// newerKeysMayHelp is false for a bad signature under a known kid: fetching the
// keys again would be work that whoever made the token can ask for.
func (j *JWT) newerKeysMayHelp(keys keys) bool {
	return j.KeyID == "" || len(keys.fitting(j.Alg, j.KeyID)) == 0
}

func (j *JWT) try(jws *jose.JSONWebSignature, keys []crypto.PublicKey) error {
	if len(keys) == 0 {
		return signature("no key of the provider fits its kid and algorithm")
	}
	for _, key := range keys {
		if payload, err := jws.Verify(key); err == nil && bytes.Equal(payload, j.Payload) {
			return nil
		}
	}
	return signature("it does not verify")
}

func signature(format string, args ...any) error {
	return wrapf(ErrSignature, format, args...)
}
