// Evidence: what the verified ID token proves about the authentication.

package oidcrp

import (
	"encoding/json"
	"strconv"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	maxAMR     = 32
	maxText    = 255
	lastSecond = 253402300799 // of the year 9999; milliseconds have 13 digits and are later
)

// evidence reads auth_time, challenged, amr and acr. What is of another type
// than specified proves nothing and is left out; the login goes on.
func evidence(claims map[string]any) login.Evidence {
	e := login.Evidence{AuthTime: authTime(claims["auth_time"])}
	if challenged, ok := claims["challenged"].(bool); ok {
		e.Challenged = &challenged
	}
	if amr, ok := token.Strings(claims["amr"]); ok && len(amr) <= maxAMR {
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
	if err != nil || seconds < 1 || seconds > lastSecond {
		return nil
	}
	return &seconds
}

// sessionID is the provider's name for its session (sid), if it has one.
func sessionID(claims map[string]any) string {
	sid, ok := claims["sid"].(string)
	if !ok || len(sid) > maxText {
		return ""
	}
	return sid
}

// verifiedEmails are the email claims, when every source that has one says, as a
// JSON boolean, that it is verified; else none.
func verifiedEmails(sources ...map[string]any) (emails []string) {
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
