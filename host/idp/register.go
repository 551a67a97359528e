package idp

// Dynamic client registration (RFC 7591).

import (
	"net/http"
	"net/url"
)

func (p *Provider) register(w http.ResponseWriter, _ *http.Request, _ url.Values) {
	writeOAuthError(w, http.StatusNotFound, "invalid_request", "not available yet")
}
