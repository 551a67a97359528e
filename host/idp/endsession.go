package idp

// Signing out (OpenID Connect RP-Initiated Logout 1.0): at once on the word of
// a client that has our ID token for the person, otherwise when they confirm.

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// signOutRequest waits for a confirmation as a sealed value in the page.
type signOutRequest struct {
	Target  string `json:"target,omitempty"` // where to go then, already checked
	SID     string `json:"sid"`
	Expires int64  `json:"exp"`
}

func (p *Provider) endSession(w http.ResponseWriter, r *http.Request, form url.Values) {
	said, target, fault := p.readEndSession(r.Context(), form)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	s, err := p.current(r)
	if err != nil {
		p.fail(w, r, unavailable("read the session", err))
		return
	}
	switch {
	case s != nil && (said == nil || said.Subject != s.Subject):
		p.confirm(w, r, s, target)
	case s != nil:
		p.end(w, r, target, s.SID)
	case said != nil:
		p.endUnseen(w, r, target, *said)
	default:
		p.left(w, r, target)
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
func (p *Provider) endUnseen(w http.ResponseWriter, r *http.Request, target string, said hint) {
	s, err := p.session(r.Context(), said.SID)
	if err != nil {
		p.fail(w, r, unavailable("read the session", err))
		return
	}
	if s == nil {
		p.left(w, r, target)
		return
	}
	p.end(w, r, target, s.SID)
}

func (p *Provider) confirm(w http.ResponseWriter, r *http.Request, s *session, target string) {
	sealed := p.seal(purposeSignOut, p.browser(w, r), signOutRequest{target, s.SID, p.cfg.Now().Add(pendingFor).Unix()})
	p.show(w, r, http.StatusOK, pages.SignOut{
		Action: p.base + pathSignOut, Request: sealed, Person: pages.Person{UserName: s.UserName},
	}, p.targetOrigin(target)...)
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
	fault := p.sameOrigin(r)
	if fault == nil {
		fault = p.unseal(r, purposeSignOut, form.Get("request"), &req)
	}
	if fault == nil {
		fault = p.expired(req.Expires)
	}
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	p.end(w, r, req.Target, req.SID)
}

func (p *Provider) end(w http.ResponseWriter, r *http.Request, target, sid string) {
	if err := p.cfg.Store.Apply(r.Context(), store.Op{Bucket: bucketSessions, Key: sid, Delete: true}); err != nil {
		p.fail(w, r, unavailable("end the session", err))
		return
	}
	p.cfg.Log.InfoContext(r.Context(), "signed out")
	p.left(w, r, target)
}

// left is the answer once nobody is signed in.
func (p *Provider) left(w http.ResponseWriter, r *http.Request, target string) {
	p.setCookie(w, p.cfg.Cookies.Session, "", -time.Second)
	if target != "" {
		redirect(w, r, target)
		return
	}
	p.show(w, r, http.StatusOK, pages.SignedOut{})
}
