// The result of a call.

package abi

import "strings"

// Result is what a guest wants changed. The zero Result changes nothing.
type Result struct {
	Set   Set
	Unset []string // standard attributes, or attributes.NAME
	Deny  *Deny
}

// Set is the attributes to set; nil members are left as they are.
type Set struct {
	ID, UserName, FirstName, LastName, Email *string
	Roles                                    []string       // not nil but empty: no roles
	Attributes                               map[string]Raw // merged by name
}

// Deny refuses the login. The reason goes to the trace and the audit log; the
// person sees a sentence of the host's own.
type Deny struct{ Reason string }

// ResultError says which part of a result is wrong. It names members and
// never holds a value.
type ResultError struct {
	Member  string // "set.email", "unset[2]"; empty for the whole
	Problem string
}

func (e *ResultError) Error() string {
	if e.Member == "" {
		return "the result: " + e.Problem
	}
	return "the result's " + e.Member + ": " + e.Problem
}

// has reports whether name, as in Unset, is set.
func (s Set) has(name string) bool {
	switch name {
	case "id":
		return s.ID != nil
	case "userName":
		return s.UserName != nil
	case "firstName":
		return s.FirstName != nil
	case "lastName":
		return s.LastName != nil
	case "email":
		return s.Email != nil
	case "roles":
		return s.Roles != nil
	}
	own, _ := strings.CutPrefix(name, "attributes.")
	_, ok := s.Attributes[own]
	return ok
}
