// What a mapper answers.

package doorward

import (
	"strconv"

	"github.com/doorward/doorward/sdk/abi"
)

// User is a mapped person. In a Result's Set, empty strings and nil members
// are left as they are; Roles that are empty but not nil mean no roles.
type User struct {
	ID, UserName, FirstName, LastName, Email string
	Roles                                    []string
	Attributes                               map[string]Value // by name; see Text, Number, Bool and Texts
}

// Result is what a mapper wants changed. The zero Result changes nothing.
type Result struct {
	Set   User
	Unset []string // id, userName, firstName, lastName, email, roles or attributes.NAME
	Deny  string   // refuses the login when not empty; for the trace and the audit log
}

// Text is a string as a Value, for attributes.
func Text(s string) Value { return abi.AppendString(room(len(s)+2), s) }

// Number is an integer as a Value, for attributes.
func Number(n int64) Value { return strconv.AppendInt(room(20), n, 10) }

// Bool is a boolean as a Value, for attributes.
func Bool(b bool) Value { return strconv.AppendBool(room(5), b) }

// Texts is a list of strings as a Value, for attributes.
func Texts(texts []string) Value {
	size := 2
	for _, text := range texts {
		size += len(text) + 3
	}
	out := append(room(size), '[')
	for i, text := range texts {
		if i > 0 {
			out = append(out, ',')
		}
		out = abi.AppendString(out, text)
	}
	return append(out, ']')
}

// JSON is the result as the host reads it. Equal results give equal bytes.
func (r Result) JSON() []byte { return r.appendJSON(nil) }

func (r *Result) appendJSON(dst []byte) []byte {
	out := abi.Result{Unset: r.Unset, Set: abi.Set{
		ID: given(&r.Set.ID), UserName: given(&r.Set.UserName), Email: given(&r.Set.Email),
		FirstName: given(&r.Set.FirstName), LastName: given(&r.Set.LastName),
		Roles: r.Set.Roles, Attributes: r.Set.Attributes,
	}}
	if r.Deny != "" {
		out.Deny = &abi.Deny{Reason: r.Deny}
	}
	return abi.AppendResult(dst, out)
}

func given(s *string) *string {
	if *s == "" {
		return nil
	}
	return s
}
