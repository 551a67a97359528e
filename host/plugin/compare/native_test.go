package compare

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

var errGroups = errors.New("groups is neither a string nor a list of strings")

// mapAny is the mapping over encoding/json's general form: what a program does
// that takes any document.
func mapAny(text []byte) ([]byte, error) {
	var input map[string]any
	if err := json.Unmarshal(text, &input); err != nil {
		return nil, err
	}
	sources, _ := input["sources"].(map[string]any)
	claims, _ := sources["idTokenClaims"].(map[string]any)
	info, _ := sources["userInfo"].(map[string]any)
	if info["suspended"] == true {
		return json.Marshal(map[string]any{"deny": map[string]any{"reason": "the account is suspended"}})
	}
	groups, err := groupsOf(claims["groups"], info["groups"])
	if err != nil {
		return nil, err
	}
	config, _ := input["config"].(map[string]any)
	prefix, _ := config["prefix"].(string)
	user, _ := input["user"].(map[string]any)
	before, _ := groupsOf(user["roles"])
	attributes := map[string]any{"groupCount": len(groups)}
	set := map[string]any{"roles": rolesOf(before, groups, prefix), "attributes": attributes}
	put(set, "userName", strings.ToLower(firstOf(claims["preferred_username"])))
	put(set, "firstName", firstOf(info["given_name"], claims["given_name"]))
	put(set, "lastName", firstOf(info["family_name"], claims["family_name"]))
	put(attributes, "locale", firstOf(info["locale"]))
	if org := claims["org"]; org != nil {
		attributes["org"] = org
	}
	result := map[string]any{"set": set}
	if email := firstOf(claims["email"]); email != "" && claims["email_verified"] == true {
		set["email"] = email
	} else {
		result["unset"] = []string{"email"}
	}
	return json.Marshal(result)
}

// typed is the input as a program knows it that reads nothing else.
type typed struct {
	Sources struct {
		IDTokenClaims struct {
			PreferredUsername string          `json:"preferred_username"`
			GivenName         string          `json:"given_name"`
			FamilyName        string          `json:"family_name"`
			Email             string          `json:"email"`
			EmailVerified     bool            `json:"email_verified"`
			Groups            any             `json:"groups"`
			Org               json.RawMessage `json:"org"`
		} `json:"idTokenClaims"`
		UserInfo struct {
			GivenName  string `json:"given_name"`
			FamilyName string `json:"family_name"`
			Groups     any    `json:"groups"`
			Locale     string `json:"locale"`
			Suspended  bool   `json:"suspended"`
		} `json:"userInfo"`
	} `json:"sources"`
	User struct {
		Roles []string `json:"roles"`
	} `json:"user"`
	Config struct {
		Prefix string `json:"prefix"`
	} `json:"config"`
}

type typedResult struct {
	Set struct {
		UserName   string   `json:"userName,omitempty"`
		FirstName  string   `json:"firstName,omitempty"`
		LastName   string   `json:"lastName,omitempty"`
		Email      string   `json:"email,omitempty"`
		Roles      []string `json:"roles"`
		Attributes struct {
			GroupCount int             `json:"groupCount"`
			Locale     string          `json:"locale,omitempty"`
			Org        json.RawMessage `json:"org,omitempty"`
		} `json:"attributes"`
	} `json:"set"`
	Unset []string `json:"unset,omitempty"`
}

// mapTyped is the mapping over structs that have just its members.
func mapTyped(text []byte) ([]byte, error) {
	var in typed
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, err
	}
	claims, info := &in.Sources.IDTokenClaims, &in.Sources.UserInfo
	if info.Suspended {
		return []byte(`{"deny":{"reason":"the account is suspended"}}`), nil
	}
	groups, err := groupsOf(claims.Groups, info.Groups)
	if err != nil {
		return nil, err
	}
	var out typedResult
	out.Set.UserName = strings.ToLower(claims.PreferredUsername)
	out.Set.FirstName = firstOf(info.GivenName, claims.GivenName)
	out.Set.LastName = firstOf(info.FamilyName, claims.FamilyName)
	out.Set.Roles = rolesOf(in.User.Roles, groups, in.Config.Prefix)
	out.Set.Attributes.GroupCount, out.Set.Attributes.Locale, out.Set.Attributes.Org = len(groups), info.Locale, claims.Org
	if claims.EmailVerified && claims.Email != "" {
		out.Set.Email = claims.Email
	} else {
		out.Unset = []string{"email"}
	}
	return json.Marshal(out)
}

func put(into map[string]any, name, value string) {
	if value != "" {
		into[name] = value
	}
}

func firstOf(values ...any) string {
	for _, value := range values {
		if text, ok := value.(string); ok && text != "" {
			return text
		}
	}
	return ""
}

func groupsOf(reported ...any) ([]string, error) {
	var all []string
	for _, value := range reported {
		switch value := value.(type) {
		case nil:
		case string:
			all = append(all, value)
		case []any:
			for _, item := range value {
				group, ok := item.(string)
				if !ok {
					return nil, errGroups
				}
				all = append(all, group)
			}
		default:
			return nil, errGroups
		}
	}
	return all, nil
}

func rolesOf(roles, groups []string, prefix string) []string {
	if roles == nil {
		roles = []string{}
	}
	for _, group := range groups {
		role, ok := strings.CutPrefix(group, prefix)
		if ok && role != "" && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles
}
