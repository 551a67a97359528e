package claims

// The names that a person's own claims never have.

import "strings"

// protocol are the claims by which a token speaks of itself, of the sign-in or
// of its key. Whoever fills in a person's record must not be able to forge one.
var protocol = folded(
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ",
	"auth_time", "nonce", "acr", "amr", "azp", "sid", "at_hash", "c_hash", "s_hash", "challenged",
	"client_id", "scope", "cnf", "act", "may_act", "sub_id", "sub_jwk", "events", "active", "token_type",
	"_claim_names", "_claim_sources",
)

// computed are made of the record's own fields alone. Nobody's import says
// that an address was verified; user_id gave way to urn:internal:userid.
var computed = folded(emailVerified, phoneVerified, preferredUserName, internalID, "user_id")

func folded(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[fold(name)] = true
	}
	return set
}

// fold is how decoders that do not mind case, such as encoding/json, compare
// member names: the Kelvin sign is a k, and the long s an s.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// free reports whether a person's own claim may have that name. A standard
// name counts only as it is written: "EMAIL" beside "email" would be read as
// either.
func free(name string) bool {
	f := fold(name)
	_, known := standard[f]
	return name != "" && !protocol[f] && !computed[f] && (!known || f == name)
}
