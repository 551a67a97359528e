package claims

// What is told of what there is.

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/people"
)

// Wanted is one place of the claims parameter.
type Wanted = map[string]ask.Claim

// Ask is what one client asks about one person.
type Ask struct {
	Scopes     []string // that were granted
	Registered []string // that the client may ask for; empty: those of Scopes.Open
	Claims     Wanted
}

// Of are the claims of person that asked reaches, by JWT names; those that the
// person does not have, or that are empty, are left out. With the scope openid
// there are always sub, name and urn:internal:userid. A protocol claim, such
// as auth_time, is never there but sub.
//
// The claims parameter reaches a claim that some scope the client may ask for
// covers; one asked for with a value, or values, only when the person's is
// that (OpenID Connect Core 1.0, section 5.5.1).
func (s Scopes) Of(person people.Person, asked Ask) map[string]any {
	has, out, may := record(person), map[string]any{}, s.may(asked.Registered)
	for _, scope := range asked.Scopes {
		if !slices.Contains(may, scope) { // any more
			continue
		}
		if scope == All {
			s.further(has, out)
		}
		for _, claim := range s.claimsOf(scope) {
			copyClaim(has, out, claim)
		}
	}
	if _, named := out[name]; !named && slices.Contains(asked.Scopes, OpenID) {
		out[name] = person.Subject
	}
	for claim, want := range asked.Claims {
		for _, claim := range shorts(claim) {
			if value, there := has[claim]; there && s.reaches(may, claim) && matches(want, value) {
				out[claim] = value
			}
		}
	}
	return out
}

// further are the claims that no built-in scope covers.
func (s Scopes) further(has, out map[string]any) {
	for claim, value := range has {
		if _, known := standard[claim]; !known {
			out[claim] = value
		}
	}
}

func copyClaim(has, out map[string]any, claim string) {
	if value, there := has[claim]; there {
		out[claim] = value
	}
}

// reaches reports whether one of scopes covers claim.
func (s Scopes) reaches(scopes []string, claim string) bool {
	_, known := standard[claim]
	return slices.ContainsFunc(scopes, func(scope string) bool {
		return scope == All && !known || slices.Contains(s.claimsOf(scope), claim)
	})
}

// matches reports whether value is what was asked for, if anything was.
func matches(want ask.Claim, value any) bool {
	wanted := want.Values
	if want.Value != nil {
		wanted = append([]json.RawMessage{want.Value}, wanted...)
	}
	if len(wanted) == 0 {
		return true
	}
	have, err := json.Marshal(value)
	return err == nil && slices.ContainsFunc(wanted, func(w json.RawMessage) bool {
		return bytes.Equal(canonical(have), canonical(w))
	})
}

// canonical is one text for one JSON value, whatever the order of its members
// and its spaces.
func canonical(text []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	out, _ := json.Marshal(value) // it was JSON
	return out
}
