package idp

// Pushed authorization requests (RFC 9126).

import (
	"net/http"
	"net/url"
)

func (p *Provider) push(w http.ResponseWriter, _ *http.Request, _ url.Values) {
	writeOAuthError(w, http.StatusNotFound, "invalid_request", "not available yet")
}
