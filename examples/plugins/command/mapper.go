// The mapping.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// object keeps the text of each member: encoding/json would match the names of
// a struct's fields in any case, and lose the digits of numbers.
type object map[string]json.RawMessage

var errGroups = errors.New("groups is neither a string nor a list of strings")

// mapStaff is the whole mapping: the result, and the line to log.
func mapStaff(input []byte) (result []byte, line string, err error) {
	var in struct {
		Sources struct {
			Claims object `json:"idTokenClaims"`
			Info   object `json:"userInfo"`
		} `json:"sources"`
		User   object `json:"user"`
		Config object `json:"config"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, "", fmt.Errorf("the input is not as expected: %w", err)
	}
	claims, info := in.Sources.Claims, in.Sources.Info
	if info.is("suspended") {
		return []byte(`{"deny":{"reason":"the account is suspended"}}`), "", nil
	}
	groups, err := groupsOf(claims["groups"], info["groups"])
	if err != nil {
		return nil, "", err
	}
	roles, added := roles(in.User, groups, in.Config.text("prefix"))
	w := &writer{}
	w.person(claims, info)
	w.roles(roles)
	w.attributes(len(groups), claims["org"], info)
	w.close(claims)
	return w.text, fmt.Sprintf("%d of %d groups became roles", added, len(groups)), nil
}

// groupsOf is what both sources report, in their order, repeated ones included.
func groupsOf(reported ...json.RawMessage) ([]string, error) {
	var all []string
	for _, value := range reported {
		switch kind(value) {
		case 0, 'n':
			continue
		case '"':
			all = append(all, text(value))
			continue
		}
		groups, ok := texts(value)
		if !ok {
			return nil, errGroups
		}
		all = append(all, groups...)
	}
	return all, nil
}

// roles is the roles so far and those that groups become, and how many these
// are.
func roles(user object, groups []string, prefix string) ([]string, int) {
	roles, _ := texts(user["roles"])
	before := len(roles)
	for _, group := range groups {
		role, ok := strings.CutPrefix(group, prefix)
		if ok && role != "" && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles, len(roles) - before
}

// email is the address that may be set, empty when there is none.
func email(claims object) string {
	if !claims.is("email_verified") {
		return ""
	}
	return claims.text("email")
}

// kind is the first byte of a value, zero when it is absent. The decoder has
// taken the white space around it away.
func kind(value json.RawMessage) byte {
	if len(value) == 0 {
		return 0
	}
	return value[0]
}

// text is the string that value is, empty when it is none.
func text(value json.RawMessage) string {
	var text string
	if kind(value) != '"' || json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// texts is the list of strings that value is.
func texts(value json.RawMessage) ([]string, bool) {
	var elements []json.RawMessage
	if kind(value) != '[' || json.Unmarshal(value, &elements) != nil {
		return nil, false
	}
	list := make([]string, 0, len(elements))
	for _, element := range elements {
		if kind(element) != '"' {
			return nil, false
		}
		list = append(list, text(element))
	}
	return list, true
}

func (o object) text(name string) string { return text(o[name]) }

// is reports whether a member is exactly true.
func (o object) is(name string) bool { return string(o[name]) == "true" }
