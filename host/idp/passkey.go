package idp

// Sign-in with a passkey.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/login"
)

func (p *Provider) passkey(w http.ResponseWriter, r *http.Request, _ url.Values) {
	p.fail(w, r, login.NewFault(login.CodeNotFound, "not available yet"))
}
