package ask

import (
	"encoding/json"
	"slices"
)

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

	// Own is the path of the provider's own page that goes on, instead of a
	// client; then ClientID and RedirectURI are empty.
	Own string `json:"own,omitempty"`
	// Device is the device grant that is approved, instead of a redirect, and
	// UserCode what the device shows.
	Device   string `json:"device,omitempty"`
	UserCode string `json:"userCode,omitempty"`
	// Pushed is the key of the pushed request, which the answer uses up.
	Pushed string `json:"pushed,omitempty"`
	// Account is the session that was chosen, of those in the browser.
	Account string `json:"account,omitempty"`
	// Beside keeps the other people of the browser signed in.
	Beside  bool  `json:"beside,omitempty"`
	Expires int64 `json:"exp"` // Unix seconds; of the step that waits
}

// Offline reports whether access while the person is signed out is asked for.
func (r Request) Offline() bool { return slices.Contains(r.Scopes, "offline_access") }

// WantsACR is what is asked of the acr claim, best first, and whether the
// answer must meet it; essential without values is met by any (OpenID Connect
// Core 1.0, section 5.5.1.1).
func (r Request) WantsACR() (values []string, essential bool) {
	asked := r.Claims.IDToken["acr"]
	return append(asked.texts(), r.ACRValues...), asked.Essential
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

// texts are the string values that are asked for.
func (c Claim) texts() (out []string) {
	for _, raw := range append([]json.RawMessage{c.Value}, c.Values...) {
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			out = append(out, text)
		}
	}
	return out
}
