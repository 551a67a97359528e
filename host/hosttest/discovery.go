// Discovery and keys.

package hosttest

import (
	"encoding/json"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request, k Knobs) {
	doc := map[string]any{
		"issuer":                                p.URL,
		"authorization_endpoint":                p.URL + "/authorize",
		"token_endpoint":                        p.URL + "/token",
		"jwks_uri":                              p.URL + "/jwks",
		"userinfo_endpoint":                     p.URL + "/userinfo",
		"end_session_endpoint":                  p.URL + "/logout",
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query", "form_post"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "PS256", "ES256", "EdDSA", "HS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "phone", "address"},
		"code_challenge_methods_supported":      []string{"S256"},
	}
	if k.Issuer != "" {
		doc["issuer"] = k.Issuer
	}
	if k.UserInfo == UserInfoOff {
		delete(doc, "userinfo_endpoint")
	}
	if k.IssPromised {
		doc["authorization_response_iss_parameter_supported"] = true
	}
	if k.PushOffered || k.PushRequired {
		doc["pushed_authorization_request_endpoint"] = p.URL + "/par"
		doc["require_pushed_authorization_requests"] = k.PushRequired
	}
	if k.EditDiscovery != nil {
		k.EditDiscovery(doc)
	}
	if k.DiscoveryType != "" {
		w.Header().Set("Content-Type", k.DiscoveryType)
		_ = json.NewEncoder(w).Encode(doc)
		return
	}
	writeJSON(w, http.StatusOK, doc)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request, k Knobs) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{ECKey().Public(), EdKey().Public()}}
	p.mu.Lock()
	current := p.key
	p.mu.Unlock()
	for i := range max(1, k.KeyCount) { // the signing key is the last
		set.Keys = append(set.Keys, RSAKey(current+max(1, k.KeyCount)-1-i).Public())
	}
	for i := range set.Keys {
		if k.NoKeyID {
			set.Keys[i].KeyID = ""
		}
	}
	if k.KeysMaxAge != "" {
		w.Header().Set("Cache-Control", k.KeysMaxAge)
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	_, _ = w.Write(must(json.Marshal(set)))
}
