package idp

import (
	"net/http"

	"github.com/doorward/doorward/host/idp/pages"
)

func (p *Provider) page(w http.ResponseWriter, r *http.Request, status int, view pages.Page, targets ...string) {
	p.show(w, r, status, view, targets...)
}
