package claims

// Scopes: what there is to ask for, and who may.

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/doorward/doorward/host/attrs"
)

// Scopes are the scopes of a provider: the built-in ones, and those of its
// configuration. The zero value has the built-in ones. It is safe for
// concurrent use.
type Scopes struct{ extra map[string][]string }

// scopeFormat is a scope-token (RFC 6749, section 3.3).
var scopeFormat = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]{1,256}$`)

// NewScopes adds scopes by the names of their claims: JWT names, or long claim
// types. Errors say what to change in extra.
func NewScopes(extra map[string][]string) (Scopes, error) {
	s := Scopes{map[string][]string{}}
	for _, scope := range slices.Sorted(maps.Keys(extra)) {
		if !scopeFormat.MatchString(scope) {
			return Scopes{}, fmt.Errorf("scopes: %q is no scope; write 1 to 256 printable ASCII characters without space, quote and backslash", scope)
		}
		if slices.Contains(builtIn, scope) {
			return Scopes{}, fmt.Errorf("scopes: %s is a scope of its own; choose another name", scope)
		}
		for _, claim := range extra[scope] {
			names := shorts(claim)
			if !slices.ContainsFunc(names, func(n string) bool { return n == fold(n) && standard[n] != anything || free(n) }) {
				return Scopes{}, fmt.Errorf("scopes: %s: the claim %q is not a person's; leave it out", scope, claim)
			}
			s.extra[scope] = append(s.extra[scope], names...)
		}
	}
	return s, nil
}

// shorts are the JWT names of a claim: those of a long claim type, or its own.
func shorts(claim string) []string {
	if names := attrs.ShortName(claim); len(names) > 0 {
		return names
	}
	return []string{claim}
}

// Names are the scopes that do not name a claim, for discovery.
func (s Scopes) Names() []string {
	return slices.Concat(builtIn, slices.Sorted(maps.Keys(s.extra)))
}

// Open are the scopes that a client may ask for which is registered for none
// by name: those of Names but All.
func (s Scopes) Open() []string {
	return slices.DeleteFunc(s.Names(), func(scope string) bool { return scope == All })
}

// Claims are the claims that the scopes of Names cover, for discovery.
func (s Scopes) Claims() []string {
	var all []string
	for _, scope := range s.Names() {
		for _, claim := range s.claimsOf(scope) {
			if !slices.Contains(all, claim) {
				all = append(all, claim)
			}
		}
	}
	return all
}

// may are the scopes that a client registered for those may ask for. One that
// names a claim is for clients that are registered for it.
func (s Scopes) may(registered []string) []string {
	if len(registered) == 0 {
		return s.Open()
	}
	return append([]string{OpenID}, registered...)
}

// claimsOf are the claims of a scope; one that is not of Names is the name of
// its claim.
func (s Scopes) claimsOf(scope string) []string {
	if slices.Contains(builtIn, scope) {
		return covered[scope]
	}
	if extra, ok := s.extra[scope]; ok {
		return extra
	}
	return shorts(scope)
}
