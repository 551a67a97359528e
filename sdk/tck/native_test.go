// The mapper staff as a Go program would write it without plugins, on
// encoding/json: what the guests are compared with.

package tck_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

type nativeClaims struct {
	PreferredUsername any             `json:"preferred_username"`
	GivenName         any             `json:"given_name"`
	FamilyName        any             `json:"family_name"`
	Email             any             `json:"email"`
	EmailVerified     any             `json:"email_verified"`
	Groups            any             `json:"groups"`
	Locale            any             `json:"locale"`
	Suspended         any             `json:"suspended"`
	Org               json.RawMessage `json:"org"`
}

type nativeInput struct {
	Sources struct {
		IDTokenClaims nativeClaims `json:"idTokenClaims"`
		UserInfo      nativeClaims `json:"userInfo"`
	} `json:"sources"`
	User struct {
		Roles []string `json:"roles"`
	} `json:"user"`
	Config struct {
		Prefix string `json:"prefix"`
	} `json:"config"`
}

type nativeResult struct {
	Set   *nativeSet        `json:"set,omitempty"`
	Unset []string          `json:"unset,omitempty"`
	Deny  map[string]string `json:"deny,omitempty"`
}

type nativeSet struct {
	UserName   string         `json:"userName,omitempty"`
	FirstName  string         `json:"firstName,omitempty"`
	LastName   string         `json:"lastName,omitempty"`
	Email      string         `json:"email,omitempty"`
	Roles      []string       `json:"roles"`
	Attributes map[string]any `json:"attributes"`
}

// nativeStaff gives the result and the log line.
func nativeStaff(input []byte) ([]byte, string, error) {
	var in nativeInput
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, "", err
	}
	token, info := &in.Sources.IDTokenClaims, &in.Sources.UserInfo
	if info.Suspended == true {
		text, err := json.Marshal(nativeResult{Deny: map[string]string{"reason": "the account is suspended"}})
		return text, "", err
	}
	groups, err := nativeGroups(token.Groups, info.Groups)
	if err != nil {
		return nil, "", err
	}
	set := &nativeSet{
		UserName:   lowerASCII(firstText(token.PreferredUsername)),
		FirstName:  firstText(info.GivenName, token.GivenName),
		LastName:   firstText(info.FamilyName, token.FamilyName),
		Roles:      append([]string{}, in.User.Roles...),
		Attributes: map[string]any{"groupCount": len(groups)},
	}
	result := nativeResult{Set: set}
	if token.EmailVerified == true {
		set.Email = firstText(token.Email)
	}
	if set.Email == "" {
		result.Unset = []string{"email"}
	}
	for _, group := range groups {
		role, ok := strings.CutPrefix(group, in.Config.Prefix)
		if ok && role != "" && !slices.Contains(set.Roles, role) {
			set.Roles = append(set.Roles, role)
		}
	}
	if locale, ok := info.Locale.(string); ok {
		set.Attributes["locale"] = locale
	}
	if token.Org != nil && string(token.Org) != "null" {
		set.Attributes["org"] = token.Org
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(result)
	line := fmt.Sprintf("info: %d of %d groups became roles", len(set.Roles)-len(in.User.Roles), len(groups))
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), line, err
}

func nativeGroups(values ...any) ([]string, error) {
	var groups []string
	for _, value := range values {
		switch v := value.(type) {
		case nil:
		case string:
			groups = append(groups, v)
		case []any:
			for _, element := range v {
				group, ok := element.(string)
				if !ok {
					return nil, errors.New("groups is neither a string nor a list of strings")
				}
				groups = append(groups, group)
			}
		default:
			return nil, errors.New("groups is neither a string nor a list of strings")
		}
	}
	return groups, nil
}

func firstText(values ...any) string {
	for _, value := range values {
		if text, ok := value.(string); ok && text != "" {
			return text
		}
	}
	return ""
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
