// The mapping.

package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/doorward/doorward/sdk/abi"
	doorward "github.com/doorward/doorward/sdk/go"
)

// mapGroups collects the groups at the configured paths, picks and renames
// them, and adds them to the roles so far. A login without groups keeps the
// roles it has.
func mapGroups(in *doorward.Input) (doorward.Result, error) {
	c := readConfig(in)
	groups, err := collect(in, c.paths)
	if err != nil {
		return doorward.Result{}, err
	}
	roles := []string{}
	if !c.replace {
		roles = append(roles, in.User().Roles...)
	}
	before := len(roles)
	for _, group := range groups {
		role, ok := c.role(group)
		if ok && usable(in, role) && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	if len(roles) > abi.MaxRoles {
		return doorward.Result{}, errors.New(strconv.Itoa(len(roles)) + " roles are more than " +
			strconv.Itoa(abi.MaxRoles) + "; pick fewer groups with prefix or suffix")
	}
	if len(roles) == before && !c.replace {
		in.Log(doorward.Info, "none of "+strconv.Itoa(len(groups))+" groups became a role")
		return doorward.Result{}, nil
	}
	return doorward.Result{Set: doorward.User{Roles: roles}}, nil
}

// collect reads the groups at each path, without repeating one. What is absent
// or null has none; a single string is one group.
func collect(in *doorward.Input, paths []string) ([]string, error) {
	var groups []string
	seen := map[string]bool{}
	for _, path := range paths {
		found, err := read(in, path)
		if err != nil {
			return nil, err
		}
		for _, group := range found {
			if !seen[group] {
				seen[group] = true
				groups = append(groups, group)
			}
		}
	}
	return groups, nil
}

func read(in *doorward.Input, path string) ([]string, error) {
	value, _ := in.Get("/sources" + path)
	switch value.Kind() {
	case 0, 'n':
		return nil, nil
	case '"':
		group, _ := value.Text()
		return []string{group}, nil
	}
	groups, ok := value.Texts()
	if !ok {
		return nil, errors.New("the value at " + path + " is neither a string nor a list of strings")
	}
	return groups, nil
}

// role is the role that a group becomes, and whether it becomes one.
func (c config) role(group string) (string, bool) {
	if role, ok := c.rename[group]; ok {
		return role, role != ""
	}
	inner, hasPrefix := strings.CutPrefix(group, c.prefix)
	inner, hasSuffix := strings.CutSuffix(inner, c.suffix)
	switch {
	case !hasPrefix || !hasSuffix:
		return group, c.keepUnmatched
	case c.strip:
		return inner, inner != ""
	}
	return group, true
}

// usable leaves out what no host takes for a role, without repeating it in the
// trace.
func usable(in *doorward.Input, role string) bool {
	if role == "" || len(role) > abi.MaxRole || strings.ContainsFunc(role, isControl) {
		in.Log(doorward.Warn, "a group was left out: it is empty, longer than "+strconv.Itoa(abi.MaxRole)+" bytes, or holds a control character")
		return false
	}
	return true
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }
