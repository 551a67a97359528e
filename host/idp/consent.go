package idp

// What a client may do is asked of the person.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/login"
)

func (p *Provider) consent(w http.ResponseWriter, r *http.Request, _ url.Values) {
	p.fail(w, r, login.NewFault(login.CodeNotFound, "not available yet"))
}
