package ask

import "encoding/json"

// Request is a checked authorization request. It waits for a person as a
// sealed value in a page, or as a pushed request in the store, so it holds all
// that the answer needs.
type Request struct {
	ClientID     string   `json:"client"`
	RedirectURI  string   `json:"uri,omitempty"`
	ResponseMode string   `json:"mode,omitempty"` // query, fragment or form_post
	State        string   `json:"state,omitempty"`
	Nonce        string   `json:"nonce,omitempty"`
	Scopes       []string `json:"scopes"`
	Challenge    string   `json:"challenge,omitempty"` // PKCE, S256
	Thumbprint   string   `json:"jkt,omitempty"`       // dpop_jkt (RFC 9449, section 10)
	Resources    []string `json:"resources,omitempty"` // RFC 8707
	Claims       Claims   `json:"claims,omitzero"`
	ACRValues    []string `json:"acr,omitempty"`
	Locales      []string `json:"locales,omitempty"` // ui_locales
	Display      string   `json:"display,omitempty"`
	HintSubject  string   `json:"hint,omitempty"` // only this person may answer
	LoginHint    string   `json:"loginHint,omitempty"`

	Silent  bool   `json:"silent,omitempty"`  // prompt=none
	Force   bool   `json:"force,omitempty"`   // prompt=login, or max_age=0
	Consent bool   `json:"consent,omitempty"` // prompt=consent
	Select  bool   `json:"select,omitempty"`  // prompt=select_account
	MaxAge  *int64 `json:"maxAge,omitempty"`  // seconds

	Device  string `json:"device,omitempty"` // the device grant it approves, instead of a redirect
	Expires int64  `json:"exp"`              // Unix seconds
}

// Claims is the claims parameter (OpenID Connect Core 1.0, section 5.5).
type Claims struct {
	UserInfo map[string]Claim `json:"userinfo,omitempty"`
	IDToken  map[string]Claim `json:"id_token,omitempty"`
}

// Claim is what is asked of one claim; the zero value is a voluntary one.
type Claim struct {
	Essential bool              `json:"essential,omitempty"`
	Value     json.RawMessage   `json:"value,omitempty"`
	Values    []json.RawMessage `json:"values,omitempty"`
}
