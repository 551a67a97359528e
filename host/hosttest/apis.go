// Access tokens for APIs: resource indicators (RFC 8707) and exchange (RFC 8693).

package hosttest

import (
	"net/http"
	"slices"
)

// APIs is what the provider issues access tokens for, besides the sign-in's own.
type APIs struct {
	Known      []string             // resources and audiences; another is an invalid_target. Empty: any
	Audience   string               // aud of the tokens, instead of what was asked for
	Error      string               // the 400 error of every exchange
	EditTokens func(map[string]any) // last change of an exchange's answer
}

const (
	exchangeGrant   = "urn:ietf:params:oauth:grant-type:token-exchange"
	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
)

// access is a new access token: opaque for the sign-in, a JWT (RFC 9068) for an
// API that is asked for.
func (p *Provider) access(r *http.Request, g grant, k Knobs) (string, bool) {
	wanted := append(slices.Clone(r.PostForm["resource"]), r.PostForm["audience"]...)
	if len(wanted) == 0 {
		if k.AccessToken != "" {
			return k.AccessToken, true
		}
		return "at-" + random(), true
	}
	for _, api := range wanted {
		if len(k.APIs.Known) > 0 && !slices.Contains(k.APIs.Known, api) {
			return "", false
		}
	}
	audience := wanted[0]
	if k.APIs.Audience != "" {
		audience = k.APIs.Audience
	}
	now := p.Clock.Now().Unix()
	key := p.SigningKey()
	return Sign("RS256", key.Private, map[string]any{"alg": "RS256", "typ": "at+jwt", "kid": key.ID}, map[string]any{
		"iss": p.URL, "sub": g.subject, "aud": audience, "client_id": p.ClientID, "scope": r.PostForm.Get("scope"),
		"iat": now, "exp": now + 600, "jti": random(),
	}), true
}

func (p *Provider) exchange(w http.ResponseWriter, r *http.Request, k Knobs) {
	form := r.PostForm
	p.mu.Lock()
	g, ok := p.grants[form.Get("subject_token")]
	p.mu.Unlock()
	if k.APIs.Error != "" {
		writeError(w, http.StatusBadRequest, k.APIs.Error)
		return
	}
	if !ok || form.Get("subject_token_type") != accessTokenType || form.Get("requested_token_type") != accessTokenType {
		writeError(w, http.StatusBadRequest, "invalid_request")
		return
	}
	access, ok := p.access(r, g, k)
	if !ok {
		writeError(w, http.StatusBadRequest, "invalid_target")
		return
	}
	out := map[string]any{"access_token": access, "issued_token_type": accessTokenType, "token_type": "Bearer", "expires_in": 600}
	if scope := form.Get("scope"); scope != "" {
		out["scope"] = scope
	}
	if k.APIs.EditTokens != nil {
		k.APIs.EditTokens(out)
	}
	writeJSON(w, http.StatusOK, out)
}
