package idp

// The page where a person allows a device.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/login"
)

func (p *Provider) devicePage(w http.ResponseWriter, r *http.Request, _ url.Values) {
	p.fail(w, r, login.NewFault(login.CodeNotFound, "not available yet"))
}
