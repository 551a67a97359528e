// The mapping.

package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	doorward "github.com/doorward/doorward/sdk/go"
)

// mapStaff is the whole mapping, in the order of the example's page.
func mapStaff(in *doorward.Input) (doorward.Result, error) {
	if suspended, _ := in.Bool("/sources/userInfo/suspended"); suspended {
		return doorward.Result{Deny: "the account is suspended"}, nil
	}
	groups, err := groups(in, "/sources/idTokenClaims/groups", "/sources/userInfo/groups")
	if err != nil {
		return doorward.Result{}, err
	}
	roles, added := roles(in, groups)
	in.Log(doorward.Info, strconv.Itoa(added)+" of "+strconv.Itoa(len(groups))+" groups became roles")
	result := doorward.Result{Set: doorward.User{
		UserName:   lower(first(in, "/sources/idTokenClaims/preferred_username")),
		FirstName:  first(in, "/sources/userInfo/given_name", "/sources/idTokenClaims/given_name"),
		LastName:   first(in, "/sources/userInfo/family_name", "/sources/idTokenClaims/family_name"),
		Roles:      roles,
		Attributes: attributes(in, len(groups)),
	}}
	if verified, _ := in.Bool("/sources/idTokenClaims/email_verified"); verified {
		result.Set.Email = first(in, "/sources/idTokenClaims/email")
	}
	if result.Set.Email == "" {
		result.Unset = []string{"email"}
	}
	return result, nil
}

// groups is what the sources report, in their order, repeated ones included.
func groups(in *doorward.Input, pointers ...string) ([]string, error) {
	var all []string
	for _, pointer := range pointers {
		value, _ := in.Get(pointer)
		group, isText := value.Text()
		groups, isList := value.Texts()
		switch {
		case isText:
			all = append(all, group)
		case isList:
			all = append(all, groups...)
		case value.Kind() != 0 && value.Kind() != 'n': // neither absent nor null
			return nil, errors.New("groups is neither a string nor a list of strings")
		}
	}
	return all, nil
}

// roles is the roles so far and those that groups become, and how many these
// are.
func roles(in *doorward.Input, groups []string) (roles []string, added int) {
	prefix, _ := in.Text("/config/prefix")
	roles, ok := in.Texts("/user/roles")
	if !ok {
		roles = []string{} // not nil, which would leave the roles as they are
	}
	roles = slices.Grow(roles, len(groups))
	for _, group := range groups {
		role, ok := strings.CutPrefix(group, prefix)
		if ok && role != "" && !slices.Contains(roles, role) {
			roles = append(roles, role)
			added++
		}
	}
	return roles, added
}

func attributes(in *doorward.Input, groups int) map[string]doorward.Value {
	attributes := map[string]doorward.Value{"groupCount": doorward.Number(int64(groups))}
	if locale, ok := in.Text("/sources/userInfo/locale"); ok {
		attributes["locale"] = doorward.Text(locale)
	}
	if org, ok := in.Get("/sources/idTokenClaims/org"); ok && org.Kind() != 'n' {
		attributes["org"] = org
	}
	return attributes
}

// first is the first string of the pointers that is not empty.
func first(in *doorward.Input, pointers ...string) string {
	for _, pointer := range pointers {
		if text, _ := in.Text(pointer); text != "" {
			return text
		}
	}
	return ""
}

// lower changes the letters of ASCII only, as every language can.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
