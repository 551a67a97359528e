package idp

// A proof of credentials becomes a session, and the request goes on.

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/store"
)

// proved goes on with req after the person at the browser has proved who they
// are. The proof is refused when req is for somebody else, or insists on more.
// Remember keeps the session for Config.RememberMe, where that is offered.
func (p *Provider) proved(w http.ResponseWriter, r *http.Request, req ask.Request, proof Proof, remember bool) {
	client, fault := p.clientOf(r.Context(), req)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	if req.HintSubject != "" && req.HintSubject != proof.Person.Subject {
		p.refuse(w, r, req, ask.Refusal{Code: "login_required", Description: "someone else signed in than the request names"})
		return
	}
	if _, met := acrFor(req, proof.ACR); !met {
		p.refuse(w, r, req, unmet)
		return
	}
	here, err := p.present(r)
	if err != nil {
		p.fail(w, r, unavailable("read the sessions", err))
		return
	}
	remember = remember && p.cfg.RememberMe > 0
	s, stay, leave := p.replace(r, req, here, proof, remember)
	p.unsaid(leave, req.ClientID)
	ops, err := p.ending(r.Context(), leave...)
	if err != nil {
		p.fail(w, r, unavailable("end the sessions before", err))
		return
	}
	if p.signedIn(w, r, client, req, append([]*session{s}, stay...), ops) {
		p.ended(r.Context(), leave...)
	}
}

// unsaid keeps the end of sessions from a client in this process that asked for
// the very sign-in that ends them: it is about to learn who signed in, and knows
// better what comes of that. A step-up that somebody else answers changes nothing
// for whom it was asked of.
func (p *Provider) unsaid(list []*session, client string) {
	if p.cfg.Inside[client] == nil {
		return
	}
	for _, s := range list {
		s.Clients = slices.DeleteFunc(slices.Clone(s.Clients), func(c string) bool { return c == client })
	}
}

// replace is the session after a proof, and which of those that were here stay
// and leave. The person's own goes on in the new one; the others stay when they
// were here together before, or when that was asked for.
func (p *Provider) replace(r *http.Request, req ask.Request, here []*session, proof Proof, remember bool) (s *session, stay, leave []*session) {
	var before *session
	var others []*session
	for _, h := range here {
		switch {
		case h.Subject != proof.Person.Subject:
			others = append(others, h)
		case before == nil:
			before = h
		default:
			leave = append(leave, h)
		}
	}
	room := 0
	if before != nil || req.Beside {
		room = min(len(others), maxPresent-1)
	}
	return p.newSession(r, proof, before, remember), others[:room], append(leave, others[room:]...)
}

// signedIn stores the first of here, with ops, and takes the next step: a page,
// or in the same change the answer. It reports whether that was stored.
func (p *Provider) signedIn(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, here []*session, ops []store.Op) bool {
	s := here[0]
	asked, err := p.asks(r.Context(), client, req, s.Subject)
	if err != nil {
		p.fail(w, r, unavailable("read what was allowed", err))
		return false
	}
	proof, code := s.Proof, ""
	if !asked && req.Own == "" {
		var issue []store.Op
		code, issue = p.newCode(req, s, true)
		s.answers(req.ClientID)
		ops = append(ops, issue...)
	}
	if err := p.cfg.Store.Apply(r.Context(), append(ops, s.begin()...)...); err != nil {
		fault := p.unused(r.Context(), req)
		if fault == nil {
			fault = unavailable("write the session", err)
		}
		p.fail(w, r, fault)
		return false
	}
	p.keep(w, here)
	p.cfg.Log.InfoContext(r.Context(), "signed in", "client", req.ClientID, "address", p.cfg.ClientIP(r))
	switch {
	case code != "":
		p.answer(w, r, req, url.Values{"code": {code}})
	case req.Own != "":
		redirect(w, r, p.base+req.Own)
	default:
		p.askConsent(w, r, client, req, s, proof)
	}
	return true
}
