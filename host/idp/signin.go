package idp

// The sign-in page's form: in which way, who says so, does it fit.

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

// underway is a sign-in between two of its steps. It travels in the page, so
// the purpose that it is sealed for says which step comes next.
type underway struct {
	Request    ask.Request        `json:"request"`
	Challenge  *factors.Challenge `json:"challenge,omitempty"` // of the passkey that the page asks for
	Proved     factors.Proved     `json:"proved,omitzero"`
	Typed      string             `json:"typed,omitempty"` // the account that tries are counted for; with what was proved
	Subject    string             `json:"sub,omitempty"`
	UserName   string             `json:"user,omitempty"`
	Credential []byte             `json:"credential,omitempty"` // as in session
	Remember   bool               `json:"remember,omitempty"`
	TOTP       []byte             `json:"totp,omitempty"` // a secret that is being set up

	client clients.Client
}

// askProof shows the sign-in page for req, whatever the browser's cookies say.
func (p *Provider) askProof(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request) {
	req.Expires = p.cfg.Now().Add(pendingFor).Unix()
	p.showSignIn(w, r, http.StatusOK, underway{Request: req, client: client}, pages.SignIn{})
}

func (p *Provider) signIn(w http.ResponseWriter, r *http.Request, form url.Values) {
	step, fault := p.underway(r, purposeSignIn, form.Get("request"))
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	if form.Get("do") == pages.DoCancel {
		p.cancelled(w, r, step)
		return
	}
	step.Remember = p.cfg.RememberMe > 0 && form.Get("remember") == "yes"
	method, offered := p.method(or(form.Get("use"), form.Get("method")))
	view := pages.SignIn{Method: string(method), UserName: clip(form.Get("username"), people.MaxUserName)}
	if form.Has("use") || !offered || method == factors.Passkey {
		p.showSignIn(w, r, http.StatusOK, step, view)
		return
	}
	person, no, err := p.prove(r, method, credentialsIn(form))
	switch {
	case err != nil:
		p.fail(w, r, unavailable("look up a person", err))
	case no != nil:
		view.Error = no.say
		p.showSignIn(w, r, no.answer(w), step, view)
	default:
		step.Proved, step.Typed = factors.Proved{Method: method}, credentialsIn(form).account(method)
		p.next(w, r, step, person)
	}
}

// method is the sign-in method called name; the first one that there is when
// none is named, or one that is not offered.
func (p *Provider) method(name string) (m factors.Method, offered bool) {
	if m := factors.Method(name); slices.Contains(p.cfg.Methods, m) {
		return m, true
	}
	return p.cfg.Methods[0], name == ""
}

func (p *Provider) cancelled(w http.ResponseWriter, r *http.Request, step underway) {
	p.refuse(w, r, step.Request, ask.Refusal{Code: "access_denied", Description: "the sign-in was cancelled"})
}

// underway is the sign-in that the page was shown for, if its next step is
// purpose's.
func (p *Provider) underway(r *http.Request, purpose, sealed string) (underway, *login.Fault) {
	var step underway
	var fault *login.Fault
	step.client, fault = p.resumed(r, purpose, sealed, &step, &step.Request)
	return step, fault
}

// showSignIn shows the page of the first factor, with a new passkey challenge.
func (p *Provider) showSignIn(w http.ResponseWriter, r *http.Request, status int, step underway, view pages.SignIn) {
	step.Challenge = nil
	if slices.Contains(p.cfg.Methods, factors.Passkey) {
		options, challenge, err := p.passkeys.Ask()
		if err != nil {
			p.fail(w, r, login.NewFault(login.CodeInternal, "ask for a passkey: %w", err))
			return
		}
		step.Challenge, view.PasskeyOptions, view.PasskeyAction = &challenge, string(options), p.base+pathPasskey
	}
	for _, m := range p.cfg.Methods {
		view.Methods = append(view.Methods, string(m))
	}
	view.UserName = or(view.UserName, step.Request.LoginHint)
	if view.Again = step.Request.Own != "" && step.Request.HintSubject != ""; view.Again && view.Error == nil {
		view.Notice = pages.Say(pages.SayConfirm)
	}
	view.Locales, view.Client = step.Request.Locales, clientView(step.client, step.Request)
	view.Action, view.Request = p.base+pathSignIn, p.seal(purposeSignIn, p.browser(w, r), step)
	view.CanRemember, view.Remember = p.cfg.RememberMe > 0, step.Remember
	p.show(w, r, status, view, p.targets(step.Request)...)
}
