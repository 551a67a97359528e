package clients

// private_key_jwt: a client's signed assertion, good once and for minutes (RFC
// 7523, section 3; OpenID Connect Core 1.0, section 9).

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/doorward/doorward/host/store"
	"github.com/doorward/doorward/host/token"
)

const (
	bucketAssertions = "idp.assertions"
	maxAssertion     = 16 << 10 // bytes
	maxJTI           = 256
	assertionLife    = 5 * time.Minute
	assertionSkew    = 30 * time.Second
)

// assertionTypes are the typ values that are no other kind of token.
var assertionTypes = []string{"", "JWT", "client-authentication+jwt"}

// asserts verifies that assertion is c's, meant for this provider, and new.
//
// What is wrong is said in words: whoever reads them has the assertion already.
func (r *Registry) asserts(ctx context.Context, c Client, assertion, endpoint string) error {
	jwt, err := r.Verify(ctx, c, assertion, c.assertionAlgs()...)
	switch {
	case errors.Is(err, token.ErrKeys):
		return &Refusal{InvalidClient, "the client's keys could not be fetched from its jwks_uri"}
	case err != nil:
		return errUnproved
	}
	jti, exp, err := r.fitting(c, jwt, endpoint)
	if err != nil {
		return err
	}
	return r.once(ctx, c.ID, jti, exp)
}

// fitting checks the claims of a verified assertion.
func (r *Registry) fitting(c Client, jwt *token.JWT, endpoint string) (jti string, exp time.Time, err error) {
	now := r.cfg.Now()
	jti, _ = jwt.Claims["jti"].(string)
	exp, given := seconds(jwt.Claims["exp"])
	no := func(description string) (string, time.Time, error) {
		return "", time.Time{}, &Refusal{InvalidClient, "the client assertion: " + description}
	}
	switch {
	case !slices.Contains(assertionTypes, jwt.Type):
		return no("its typ is another kind of token's")
	case jwt.Claims["iss"] != c.ID || jwt.Claims["sub"] != c.ID:
		return no("iss and sub must both be the client id")
	case !r.addressed(jwt.Claims["aud"], endpoint):
		return no("aud must be the issuer, and nobody else")
	case jti == "" || len(jti) > maxJTI:
		return no("jti is missing or too long")
	case !given || !now.Before(exp.Add(assertionSkew)):
		return no("exp is missing or past")
	case exp.After(now.Add(assertionLife + assertionSkew)):
		return no("exp must be at most five minutes ahead")
	}
	for _, claim := range []string{"iat", "nbf"} {
		at, given := seconds(jwt.Claims[claim])
		if jwt.Claims[claim] != nil && (!given || at.After(now.Add(assertionSkew))) {
			return no(claim + " is no time, or still to come")
		}
	}
	return jti, exp, nil
}

// addressed reports whether every audience is this provider: an assertion that
// also names another server could be used by it here.
func (r *Registry) addressed(aud any, endpoint string) bool {
	list, ok := aud.([]any)
	if !ok {
		list = []any{aud}
	}
	for _, one := range list {
		if one != r.cfg.Issuer && one != r.cfg.Token && one != endpoint {
			return false
		}
	}
	return len(list) > 0
}

// once spends the assertion: whoever comes second with its jti is refused.
func (r *Registry) once(ctx context.Context, client, jti string, exp time.Time) error {
	sum := sha256.Sum256([]byte(client + "\x00" + jti))
	err := r.cfg.Store.Apply(ctx, store.Op{
		Bucket: bucketAssertions, Key: base64.RawURLEncoding.EncodeToString(sum[:]),
		Value: []byte{1}, Expires: exp.Add(assertionSkew), If: new(uint64),
	})
	if errors.Is(err, store.ErrConflict) {
		return &Refusal{InvalidClient, "the client assertion: its jti was used before"}
	}
	return err
}

// issuerOf reads, unverified, whose an assertion says it is.
func issuerOf(assertion string) (string, error) {
	if len(assertion) > maxAssertion {
		return "", errUnproved
	}
	jwt, err := token.Parse(assertion)
	if err != nil {
		return "", errUnproved
	}
	id, _ := jwt.Claims["iss"].(string)
	return id, nil
}

// seconds is a NumericDate (RFC 7519, section 2) between 1970 and 9999.
func seconds(claim any) (time.Time, bool) {
	number, ok := claim.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	f, err := number.Float64()
	if err != nil || f < 0 || f > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0), true
}
