package claims

// What a person's record says, under JWT names.

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/idp/people"
)

// record is everything there is to say about p: the fields of their record,
// and their own claims where no field says otherwise.
func record(p people.Person) map[string]any {
	out := own(p.Claims)
	out["sub"], out[internalID] = p.Subject, p.Subject
	put(out, preferredUserName, p.UserName)
	put(out, "given_name", p.GivenName)
	put(out, "family_name", p.FamilyName)
	given, _ := out["given_name"].(string)
	family, _ := out["family_name"].(string)
	stored, _ := out[name].(string)
	put(out, name, cmp.Or(p.Name, stored, strings.TrimSpace(given+" "+family)))
	reachable(out, email, p.Email, emailVerified, p.EmailVerified)
	reachable(out, phone, p.Phone, phoneVerified, p.PhoneVerified)
	listed(out, "groups", p.Groups)
	listed(out, "roles", p.Roles)
	return out
}

// own are a person's own claims by JWT names. A long claim type gives way to a
// claim that has the short name itself.
func own(stored map[string]any) map[string]any {
	out := make(map[string]any, len(stored)+12) // and the fields
	for long, value := range stored {
		for _, short := range attrs.ShortName(long) {
			set(out, short, value)
		}
	}
	for exact, value := range stored {
		if len(attrs.ShortName(exact)) == 0 {
			set(out, exact, value)
		}
	}
	return out
}

func set(out map[string]any, claim string, value any) {
	if !free(claim) {
		return
	}
	if fit := shaped(standard[claim], value); fit != nil {
		out[claim] = fit
	}
}

func put(out map[string]any, claim, value string) {
	if value != "" {
		out[claim] = value
	}
}

// reachable is an address and whether the record says that it was verified:
// of the record's own one, that is.
func reachable(out map[string]any, claim, value, flag string, verified bool) {
	put(out, claim, value)
	if _, there := out[claim]; there {
		out[flag] = value != "" && verified
	}
}

// listed is a list that is there even when it is empty: being in no group is
// an answer too.
func listed(out map[string]any, claim string, values []string) {
	if _, there := out[claim]; len(values) > 0 || !there {
		out[claim] = append([]string{}, values...)
	}
}

// shaped is value as a claim of that kind, or nil.
func shaped(k kind, value any) any {
	switch k {
	case text:
		if all := texts(value); len(all) > 0 {
			return all[0]
		}
	case list:
		if all := texts(value); len(all) > 0 {
			return all
		}
	case number:
		switch value.(type) {
		case json.Number, float64, int64, int:
			return value
		}
	case object:
		members, _ := value.(map[string]any)
		members = maps.Clone(members)
		maps.DeleteFunc(members, func(_ string, v any) bool { return empty(v) })
		if len(members) > 0 {
			return members
		}
	case anything:
		if !empty(value) {
			return value
		}
	}
	return nil
}

// texts are the strings of value that are not empty: value itself, or those of
// a list.
func texts(value any) (all []string) {
	switch value := value.(type) {
	case string:
		if value != "" {
			all = append(all, value)
		}
	case []string:
		for _, s := range value {
			all = append(all, texts(s)...)
		}
	case []any:
		for _, v := range value {
			if s, ok := v.(string); ok && s != "" {
				all = append(all, s)
			}
		}
	}
	return all
}

// empty are the values that are left out (OpenID Connect Core 1.0, section
// 5.3.2).
func empty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []string:
		return len(value) == 0
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}
