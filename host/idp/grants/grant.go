package grants

import "github.com/doorward/doorward/host/idp/ask"

// Auth is the authentication that a grant rests on.
type Auth struct {
	Subject    string   `json:"sub"`
	UserName   string   `json:"user"`
	SID        string   `json:"sid"`        // the provider's session
	AuthTime   int64    `json:"authTime"`   // Unix seconds of the last proof of credentials
	Challenged bool     `json:"challenged"` // credentials were proved for this very answer
	AMR        []string `json:"amr"`
	ACR        string   `json:"acr,omitempty"`
}

// Grant is what one person allowed one client, from the code to the last
// token. Deleting it revokes every token that was issued from it.
type Grant struct {
	ID          string     `json:"id"`
	ClientID    string     `json:"client"`
	Auth        Auth       `json:"auth,omitzero"` // zero for client credentials
	Scopes      []string   `json:"scopes"`
	Claims      ask.Claims `json:"claims,omitzero"`
	Nonce       string     `json:"nonce,omitempty"`
	RedirectURI string     `json:"uri,omitempty"`
	Challenge   string     `json:"challenge,omitempty"`
	Thumbprint  string     `json:"jkt,omitempty"` // of the key that tokens are bound to
	Resources   []string   `json:"resources,omitempty"`
	Offline     bool       `json:"offline,omitempty"` // outlives the session
	Created     int64      `json:"created"`           // Unix seconds, like those below
	Used        int64      `json:"used,omitempty"`    // when it last issued a token
	Expires     int64      `json:"exp"`
}
