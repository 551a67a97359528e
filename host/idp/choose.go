package idp

// Which of the signed-in people goes on.

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
)

const purposeChoose = "idp.choose"

// askWhich shows the page with the people of here.
func (p *Provider) askWhich(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, here []*session) {
	req.Expires = p.cfg.Now().Add(pendingFor).Unix()
	view := pages.Choose{
		Locales: req.Locales, Action: p.base + pathChoose, Client: clientView(client, req),
		Request: p.seal(purposeChoose, p.browser(w, r), req),
	}
	for _, s := range here {
		if req.HintSubject != "" && req.HintSubject != s.Subject {
			continue
		}
		account := personView(s.person)
		account.ID, account.Expired = s.SID, p.tooWeak(req, s)
		view.Accounts = append(view.Accounts, account)
	}
	p.show(w, r, http.StatusOK, view, p.targets(req)...)
}

func personView(person people.Person) pages.Person {
	name := or(person.Name, strings.TrimSpace(person.GivenName+" "+person.FamilyName))
	return pages.Person{Name: name, UserName: person.UserName, Email: person.Email}
}

// choose is the person's choice. Who chooses an account that must be proved
// again is asked to; the others of the browser stay signed in.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request, form url.Values) {
	var req ask.Request
	client, fault := p.resumed(r, purposeChoose, form.Get("request"), &req, &req)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	switch form.Get("do") {
	case pages.DoCancel:
		p.refuse(w, r, req, ask.Refusal{Code: "access_denied", Description: "the sign-in was cancelled"})
		return
	case pages.DoOther:
		p.askProof(w, r, client, beside(req))
		return
	}
	s, err := p.presentAs(r, form.Get("account"))
	switch {
	case err != nil:
		p.fail(w, r, unavailable("read the sessions", err))
	case s == nil:
		p.proceed(w, r, client, req) // ended meanwhile: choose among the others
	default:
		req = beside(req)
		req.Select, req.Account, req.LoginHint = false, s.SID, s.UserName
		p.proceed(w, r, client, req)
	}
}

// presentAs is the session of the browser called sid, or nil.
func (p *Provider) presentAs(r *http.Request, sid string) (*session, error) {
	here, err := p.present(r)
	for _, s := range here {
		if s.SID == sid {
			return s, nil
		}
	}
	return nil, err
}
