package idp

// The authorization endpoint: answer from the session, or ask for credentials.

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, form url.Values) {
	client, uri, fault := p.destination(r.Context(), form)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	if r.Method == http.MethodPost { // another site's POST carries no Lax cookie; the GET that follows does
		p.authorizeByGet(w, r, form)
		return
	}
	req, refused := p.readRequest(r.Context(), client, uri, form)
	if refused != nil {
		p.refuse(w, r, req, *refused)
		return
	}
	code, err := p.silently(r, req)
	switch {
	case errors.Is(err, errProofNeeded) && req.silent:
		p.refuse(w, r, req, refusal{"login_required", "nobody is signed in who may answer without proof"})
	case errors.Is(err, errProofNeeded):
		p.ask(w, r, client, req)
	case err != nil:
		p.fail(w, r, unavailable("read the session", err))
	default:
		p.answer(w, r, req, url.Values{"code": {code}})
	}
}

func (p *Provider) authorizeByGet(w http.ResponseWriter, r *http.Request, form url.Values) {
	query := form.Encode()
	if len(query) > maxQuery {
		p.fail(w, r, login.NewFault(login.CodeRequestTooLarge, "the parameters have more than %d bytes", maxQuery))
		return
	}
	redirect(w, r, p.cfg.Issuer+pathAuthorize+"?"+query)
}

// errProofNeeded says that a session is not there, or not enough.
var errProofNeeded = errors.New("credentials are needed")

// tries bounds how often a session that changes meanwhile is read again.
const tries = 3

// silently is a code on the strength of the browser's session alone.
func (p *Provider) silently(r *http.Request, req authRequest) (string, error) {
	for range tries {
		s, err := p.current(r)
		if err != nil {
			return "", err
		}
		if req.needsProof(s, p.cfg.Now().Unix()) {
			return "", errProofNeeded
		}
		code, err := p.reuse(r.Context(), req, s)
		if !errors.Is(err, store.ErrConflict) {
			return code, err
		}
	}
	return "", errProofNeeded
}

// reuse marks the session as used and issues a code, both or neither.
func (p *Provider) reuse(ctx context.Context, req authRequest, s *session) (string, error) {
	touch := s.touched(p.cfg.Now())
	code, issue := p.newCode(req, s, false)
	return code, p.cfg.Store.Apply(ctx, append(issue, touch)...)
}

// answer sends the browser back to the client (RFC 9207: with iss).
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, req authRequest, params url.Values) {
	params.Set("iss", p.cfg.Issuer)
	if req.State != "" {
		params.Set("state", req.State)
	}
	redirect(w, r, withQuery(req.RedirectURI, params))
}

func (p *Provider) refuse(w http.ResponseWriter, r *http.Request, req authRequest, why refusal) {
	p.cfg.Log.InfoContext(r.Context(), "authorization refused", "client", req.ClientID, "error", why.code, "detail", why.description)
	p.answer(w, r, req, url.Values{"error": {why.code}, "error_description": {why.description}})
}
