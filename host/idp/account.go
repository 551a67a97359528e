package idp

// What a person sees of themselves, and may change.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/login"
)

func (p *Provider) account(w http.ResponseWriter, r *http.Request, _ url.Values) {
	p.fail(w, r, login.NewFault(login.CodeNotFound, "not available yet"))
}
