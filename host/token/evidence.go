// Evidence: what a verified ID token proves about the authentication, and what
// else of it a host understands.

package token

import (
	"encoding/json"
	"strconv"

	"github.com/doorward/doorward/host/login"
)

const (
	maxAMR  = 32
	maxText = 255
)

// Evidence reads auth_time, challenged, amr and acr of a verified ID token. What
// is of another type than specified proves nothing and is left out; the login
// goes on.
//
// See OpenID Connect Core 1.0, section 2.
func Evidence(claims map[string]any) login.Evidence {
	e := login.Evidence{AuthTime: authTime(claims["auth_time"])}
	if challenged, ok := claims["challenged"].(bool); ok {
		e.Challenged = &challenged
	}
	if amr, ok := Strings(claims["amr"]); ok && len(amr) <= maxAMR {
		e.AMR = amr
	}
	if acr, ok := claims["acr"].(string); ok && len(acr) <= maxText {
		e.ACR = acr
	}
	return e
}

// authTime is an integer of seconds, written as one; a time that is not
// plausible is none. One in the future is kept: policies call it undefined for
// good, and the error page can say what the provider sent.
func authTime(value any) *int64 {
	number, ok := value.(json.Number)
	if !ok {
		return nil
	}
	seconds, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || seconds < 1 || seconds > maxTime {
		return nil
	}
	return &seconds
}

// SessionID is the provider's name for its session (sid), if it has one.
func SessionID(claims map[string]any) string {
	sid, ok := claims["sid"].(string)
	if !ok || len(sid) > maxText {
		return ""
	}
	return sid
}

// VerifiedEmails are the email claims, when every source that has one says, as a
// JSON boolean, that it is verified; else none.
func VerifiedEmails(sources ...map[string]any) (emails []string) {
	for _, claims := range sources {
		claim, has := claims["email"]
		if !has {
			continue
		}
		email, text := claim.(string)
		if is, ok := claims["email_verified"].(bool); !ok || !is || !text {
			return nil
		}
		emails = append(emails, email)
	}
	return emails
}
