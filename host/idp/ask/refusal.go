package ask

// What a client is told instead of a code.

// Refusal is an error of the authorization endpoint. Code is from OAuth 2.0
// (RFC 6749, section 4.1.2.1), OpenID Connect Core 1.0 (section 3.1.2.6), RFC
// 8707 or RFC 9101; Description says what to change, and repeats nothing that
// was sent.
type Refusal struct {
	Code        string
	Description string
	// Local is a refusal from before the redirect URI was known to be the
	// client's: only the person may be told.
	Local bool
}

func invalid(description string) *Refusal {
	return &Refusal{Code: "invalid_request", Description: description}
}
