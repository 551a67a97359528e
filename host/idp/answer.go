package idp

// The way back to the client: a code or an error, by its response mode (RFC
// 6749, section 4.1.2; OAuth 2.0 Multiple Response Types and Form Post
// Response Mode; RFC 9207).

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// give marks the session as used, issues a code and answers with it; more is
// written too, all or nothing. The answer is challenged when proof is the
// session's and no answer was given for it before. The error is
// store.ErrConflict when the session changed meanwhile and nothing was
// answered.
func (p *Provider) give(w http.ResponseWriter, r *http.Request, req ask.Request, s *session, proof string, more ...store.Op) error {
	code, issue := p.newCode(req, s, proof != "" && proof == s.Proof)
	err := p.cfg.Store.Apply(r.Context(), slices.Concat(more, []store.Op{s.touched(p.cfg.Now(), req.ClientID)}, issue)...)
	switch {
	case errors.Is(err, store.ErrConflict):
		if fault := p.unused(r.Context(), req); fault != nil {
			p.fail(w, r, fault)
			return nil
		}
		return err
	case err != nil:
		p.fail(w, r, unavailable("write the code", err))
	default:
		p.answer(w, r, req, url.Values{"code": {code}})
	}
	return nil
}

// answer tells the client, with iss and state.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, req ask.Request, params url.Values) {
	params.Set("iss", p.cfg.Issuer)
	if req.State != "" {
		params.Set("state", req.State)
	}
	switch req.ResponseMode {
	case "form_post":
		form := pages.FormPost{Locales: req.Locales, Action: req.RedirectURI}
		for _, name := range sortedNames(params) {
			form.Params = append(form.Params, pages.Param{Name: name, Value: params.Get(name)})
		}
		p.show(w, r, http.StatusOK, form, p.targets(req)...)
	case "fragment":
		redirect(w, r, req.RedirectURI+"#"+params.Encode())
	default:
		redirect(w, r, withQuery(req.RedirectURI, params))
	}
}

func sortedNames(params url.Values) (names []string) {
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// refuse tells the client an error; where none asked, the person.
func (p *Provider) refuse(w http.ResponseWriter, r *http.Request, req ask.Request, why ask.Refusal) {
	p.cfg.Log.InfoContext(r.Context(), "authorization refused", "client", req.ClientID, "error", why.Code, "detail", why.Description)
	if req.RedirectURI == "" {
		p.fail(w, r, login.NewFault(login.CodeLoginCancelled, "%s", why.Description))
		return
	}
	if used := usedUp(req); used != nil {
		if err := p.cfg.Store.Apply(r.Context(), used...); err != nil && !errors.Is(err, store.ErrConflict) {
			p.fail(w, r, unavailable("use up the pushed request", err))
			return
		}
	}
	p.answer(w, r, req, url.Values{"error": {why.Code}, "error_description": {why.Description}})
}

// targets are the origins that a form of a page for req may lead to.
func (p *Provider) targets(req ask.Request) []string {
	u, err := url.Parse(req.RedirectURI)
	if req.RedirectURI == "" || err != nil { // registered ones can be parsed
		return nil
	}
	return append([]string{originOf(u)}, p.cfg.FormTargets...)
}
