// Which members of a token endpoint's response hold secrets, by name.

package attrs

import "strings"

// isPublicMember reports whether a member of the token endpoint's response is
// known to hold no secret. Only a plain value is: what is nested below such a
// name is not what the specifications mean by it.
func isPublicMember(name string, value any) bool {
	if _, text := value.(string); !text {
		return false
	}
	switch name {
	case "token_type", "scope", "issued_token_type", // RFC 6749, RFC 8693
		"session_state",                              // OpenID Connect Session Management: known to the browser
		"expires_in", "ext_expires_in", "expires_on", // sent as strings by some providers
		"not_before", "refresh_expires_in", "refresh_token_expires_in":
		return true
	}
	return false
}

// PublicMember reports whether a string in the member called name of the token
// endpoint's response is no secret: Redacted leaves it as it is.
func PublicMember(name string) bool { return isPublicMember(name, "") }

// soundsSecret reports whether a member is named like one that holds a secret.
func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"token", "secret", "password", "key", "code", "ticket", "assertion", "jwt", "session", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// eachString calls visit with every string below the member called name, and
// with whether a name on the way to it sounds secret.
func eachString(name string, value any, named bool, visit func(text string, named bool)) {
	named = named || soundsSecret(name)
	switch value := value.(type) {
	case string:
		visit(value, named)
	case []any:
		for _, item := range value {
			eachString("", item, named, visit)
		}
	case map[string]any:
		for name, member := range value {
			eachString(name, member, named, visit)
		}
	}
}
