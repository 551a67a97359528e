package idp

// The pages, as the steps show them.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/login"
)

// openPages makes the pages.
func (p *Provider) openPages() (err error) {
	p.pages, err = pages.New(pages.Config{Base: p.base, Brand: p.cfg.Brand, Languages: p.cfg.Languages, Log: p.cfg.Log})
	return err
}

// show answers with a page; targets are the origins that its form may lead to.
func (p *Provider) show(w http.ResponseWriter, r *http.Request, status int, v pages.Page, targets ...string) {
	if err := p.pages.Show(w, r, status, v, targets...); err != nil {
		p.cfg.Log.WarnContext(r.Context(), "a page was not written", "path", r.URL.Path) // err quotes what it was to show
	}
}

// failures are the statuses of what people meet here; any other is a bad
// request.
var failures = map[login.Code]int{
	login.CodeNotFound:         http.StatusNotFound,
	login.CodeMethodNotAllowed: http.StatusMethodNotAllowed,
	login.CodeOriginRefused:    http.StatusForbidden,
	login.CodeRequestTooLarge:  http.StatusRequestHeaderFieldsTooLarge,
	login.CodeRateLimited:      http.StatusTooManyRequests,
	login.CodeStoreUnavailable: http.StatusServiceUnavailable,
	login.CodeInternal:         http.StatusInternalServerError,
}

// failPage shows a failure.
func (p *Provider) failPage(w http.ResponseWriter, r *http.Request, f *login.Fault) {
	p.show(w, r, or(failures[f.Code], http.StatusBadRequest), pages.Failure{Code: string(f.Code), ID: requestID(r)})
}

func (p *Provider) brandSheet(w http.ResponseWriter, r *http.Request, _ url.Values) {
	p.pages.Stylesheet(w, r)
}

func (p *Provider) brandLogo(w http.ResponseWriter, r *http.Request, _ url.Values) {
	p.pages.Logo(w, r)
}

// clientView is what a page says of a client, none for a page of the
// provider's own.
func clientView(client clients.Client, req ask.Request) pages.Client {
	if client.ID == "" {
		return pages.Client{}
	}
	view := pages.Client{Name: client.Title(), URI: client.URI, PolicyURI: client.PolicyURI, TermsURI: client.TermsURI, Unverified: client.Registered != 0}
	if u, err := url.Parse(req.RedirectURI); err == nil {
		view.Returns = u.Host
	}
	return view
}
