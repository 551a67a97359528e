package idp

// Signing out (OpenID Connect RP-Initiated Logout 1.0): at once on the word of
// a client that has our ID token for the person, otherwise when they confirm.

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/login"
)

// leaving is how it goes on once somebody is signed out.
type leaving struct {
	Target  string   `json:"target,omitempty"` // already checked; a page of ours when empty
	Locales []string `json:"locales,omitempty"`
}

// signOutRequest waits for a confirmation as a sealed value in the page.
type signOutRequest struct {
	To      leaving  `json:"to"`
	SIDs    []string `json:"sids"`
	Expires int64    `json:"exp"`
}

func (p *Provider) endSession(w http.ResponseWriter, r *http.Request, form url.Values) {
	said, target, fault := p.readEndSession(r.Context(), form)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	to := leaving{target, ask.Words(form.Get("ui_locales"))}
	here, err := p.present(r)
	if err != nil {
		p.fail(w, r, unavailable("read the sessions", err))
		return
	}
	var theirs, others []*session
	for _, s := range here {
		if said != nil && said.Subject == s.Subject {
			theirs = append(theirs, s)
		} else {
			others = append(others, s)
		}
	}
	switch {
	case len(theirs) > 0:
		p.end(w, r, to, theirs, others)
	case len(others) > 0:
		p.confirm(w, r, said, to, others)
	case said != nil:
		p.endUnseen(w, r, to, *said)
	default:
		p.left(w, r, to, nil)
	}
}

// readEndSession is the verified hint, or nil, and the place to return to: only
// with a hint, and only one that the hint's client has configured.
func (p *Provider) readEndSession(ctx context.Context, form url.Values) (*hint, string, *login.Fault) {
	token, uri := form.Get("id_token_hint"), form.Get("post_logout_redirect_uri")
	if token == "" {
		return nil, "", nil
	}
	said, err := p.readHint(ctx, token)
	if err != nil || form.Has("client_id") && form.Get("client_id") != said.ClientID {
		return nil, "", login.NewFault(login.CodeParameterInvalid, "id_token_hint is no ID token of this provider for the client")
	}
	if uri == "" {
		return &said, "", nil
	}
	client, err := p.clients.Client(ctx, said.ClientID)
	if err != nil {
		return nil, "", unavailable("read the client", err) // readHint has seen it
	}
	if !slices.Contains(client.PostLogoutRedirectURIs, uri) {
		return nil, "", login.NewFault(login.CodeParameterInvalid, "post_logout_redirect_uri is none of those configured for client %s", said.ClientID)
	}
	params := url.Values{}
	if form.Has("state") {
		params.Set("state", form.Get("state"))
	}
	return &said, withQuery(uri, params), nil
}

// endUnseen ends the session that the hint names when the browser shows none:
// a form posted from a client's page comes without our cookie.
func (p *Provider) endUnseen(w http.ResponseWriter, r *http.Request, to leaving, said hint) {
	s, err := p.session(r.Context(), said.SID)
	switch {
	case err != nil:
		p.fail(w, r, unavailable("read the session", err))
	case s == nil || s.Subject != said.Subject:
		p.left(w, r, to, nil)
	default:
		p.end(w, r, to, []*session{s}, nil)
	}
}

// confirm asks whether everybody in this browser signs out.
func (p *Provider) confirm(w http.ResponseWriter, r *http.Request, said *hint, to leaving, here []*session) {
	req := signOutRequest{To: to, Expires: p.cfg.Now().Add(pendingFor).Unix()}
	for _, s := range here {
		req.SIDs = append(req.SIDs, s.SID)
	}
	view := pages.SignOut{
		Locales: to.Locales, Action: p.base + pathSignOut, Request: p.seal(purposeSignOut, p.browser(w, r), req),
		Person: personView(here[0].person), More: len(here) - 1,
	}
	if said != nil {
		view.Client = p.nameOf(r.Context(), said.ClientID)
	}
	p.show(w, r, http.StatusOK, view, p.targetOrigin(to.Target)...)
}

// nameOf is the client called id as pages show it; nobody, when there is none.
func (p *Provider) nameOf(ctx context.Context, id string) pages.Client {
	client, err := p.clients.Client(ctx, id)
	if err != nil {
		return pages.Client{}
	}
	return clientView(client, ask.Request{})
}

func (p *Provider) targetOrigin(target string) []string {
	u, err := url.Parse(target)
	if target == "" || err != nil {
		return nil
	}
	return append([]string{originOf(u)}, p.cfg.FormTargets...)
}

// signOut is the confirmation.
func (p *Provider) signOut(w http.ResponseWriter, r *http.Request, form url.Values) {
	var req signOutRequest
	if fault := p.reopened(r, purposeSignOut, form.Get("request"), &req, &req.Expires); fault != nil {
		p.fail(w, r, fault)
		return
	}
	here, err := p.present(r)
	if err != nil {
		p.fail(w, r, unavailable("read the sessions", err))
		return
	}
	var named, others []*session
	for _, s := range here {
		if slices.Contains(req.SIDs, s.SID) {
			named = append(named, s)
		} else {
			others = append(others, s) // signed in since
		}
	}
	p.end(w, r, req.To, named, others)
}

// end ends sessions and leaves the others of the browser.
func (p *Provider) end(w http.ResponseWriter, r *http.Request, to leaving, list, others []*session) {
	if err := p.endSessions(r.Context(), list...); err != nil {
		p.fail(w, r, unavailable("end the session", err))
		return
	}
	p.cfg.Log.InfoContext(r.Context(), "signed out", "sessions", len(list))
	p.left(w, r, to, others)
}

// left is the answer once those who were to are signed out.
func (p *Provider) left(w http.ResponseWriter, r *http.Request, to leaving, others []*session) {
	p.keep(w, others)
	if to.Target != "" {
		redirect(w, r, to.Target)
		return
	}
	p.show(w, r, http.StatusOK, pages.SignedOut{Locales: to.Locales, Others: len(others)})
}
