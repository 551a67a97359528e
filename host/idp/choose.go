package idp

// Which of the signed-in people goes on.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/login"
)

func (p *Provider) choose(w http.ResponseWriter, r *http.Request, _ url.Values) {
	p.fail(w, r, login.NewFault(login.CodeNotFound, "not available yet"))
}
