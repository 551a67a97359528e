package idp

// A person's sessions, and what they allowed to applications.

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/pages"
)

func (p *Provider) ownSessionEnd(w http.ResponseWriter, r *http.Request, own ownPage, form url.Values) {
	if err := p.endSessionOf(r.Context(), own.person.Subject, form.Get("id")); err != nil {
		p.fail(w, r, unavailable("end a session", err))
		return
	}
	p.ownDone(w, r, pages.SaySessionEnded)
}

func (p *Provider) ownSessionsEnd(w http.ResponseWriter, r *http.Request, own ownPage, _ url.Values) {
	if err := p.endSessionsOf(r.Context(), own.person.Subject, own.SID); err != nil {
		p.fail(w, r, unavailable("end the sessions", err))
		return
	}
	p.ownDone(w, r, pages.SaySessionsEnded)
}

// ownSignOut ends this session; the others of the browser stay.
func (p *Provider) ownSignOut(w http.ResponseWriter, r *http.Request, own ownPage, _ url.Values) {
	here, err := p.present(r)
	if err != nil {
		p.fail(w, r, unavailable("read the sessions", err))
		return
	}
	p.end(w, r, leaving{}, []*session{own.session}, without(here, own.SID))
}

func without(list []*session, sid string) []*session {
	return slices.DeleteFunc(slices.Clone(list), func(s *session) bool { return s.SID == sid })
}

// applicationViews are the clients that hold something of the person's, or may
// have it without asking again.
func (p *Provider) applicationViews(r *http.Request, subject string) ([]pages.Application, error) {
	granted, err := p.grants.List(r.Context(), subject)
	if err != nil {
		return nil, err
	}
	allowed, err := p.consents(r.Context(), subject)
	if err != nil {
		return nil, err
	}
	found := map[string]pages.Application{}
	add := func(client string, since int64, scopes []string, offline bool) {
		a, ok := found[client]
		if !ok {
			a = pages.Application{ID: client, Client: p.nameOf(r.Context(), client), Since: time.Unix(since, 0)}
			a.Client.Name = or(a.Client.Name, client)
		}
		for _, scope := range scopes {
			if !slices.ContainsFunc(a.Scopes, func(s pages.Scope) bool { return s.Name == scope }) {
				a.Scopes = append(a.Scopes, pages.Scope{Name: scope})
			}
		}
		if at := time.Unix(since, 0); at.Before(a.Since) {
			a.Since = at
		}
		a.Offline = a.Offline || offline
		found[client] = a
	}
	for _, g := range granted {
		add(g.ClientID, g.Created, g.Scopes, g.Offline)
	}
	for _, c := range allowed {
		add(c.ClientID, c.Given, c.Scopes, false)
	}
	var views []pages.Application
	for _, a := range found {
		views = append(views, a)
	}
	slices.SortFunc(views, func(a, b pages.Application) int { return a.Since.Compare(b.Since) })
	return views, nil
}

// ownApplicationStop revokes all that one client was granted in the person's
// name, and makes it ask again.
func (p *Provider) ownApplicationStop(w http.ResponseWriter, r *http.Request, own ownPage, form url.Values) {
	client, subject := form.Get("id"), own.person.Subject
	granted, err := p.grants.List(r.Context(), subject)
	for _, g := range granted {
		if err == nil && g.ClientID == client {
			err = p.grants.RevokeGrant(r.Context(), g.ID)
		}
	}
	if err == nil {
		err = p.forgetConsent(r.Context(), subject, client)
	}
	if err != nil {
		p.fail(w, r, unavailable("revoke what an application was granted", err))
		return
	}
	p.ownDone(w, r, pages.SayApplicationGone)
}
