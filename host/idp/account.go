package idp

// What a person sees of themselves, and may change.

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

const (
	purposeAccount = "idp.account"
	accountFor     = 30 * time.Minute // the page may stay open
	proofFor       = 5 * time.Minute  // a proof may be so old for what somebody at an unlocked screen must not do
)

// ownPage is a person at their own page. The part that travels in the page is
// sealed, so that no other page, and no other session, can send its forms.
type ownPage struct {
	SID       string             `json:"sid"`
	Challenge *factors.Challenge `json:"challenge,omitempty"` // of the passkey that may be added
	TOTP      []byte             `json:"totp,omitempty"`      // a secret that is being set up
	Expires   int64              `json:"exp"`                 // Unix seconds

	session *session
	person  people.Person
}

// ownStep is something that a person can do at their own page.
type ownStep struct {
	proof bool // a recent one is needed
	do    func(http.ResponseWriter, *http.Request, ownPage, url.Values)
}

func (p *Provider) ownSteps() map[string]ownStep {
	return map[string]ownStep{
		pages.DoPassword:        {proof: true, do: p.ownPasswordPage},
		pages.DoChangePassword:  {proof: true, do: p.ownPassword},
		pages.DoPasskeyAdd:      {proof: true, do: p.ownPasskeyAdd},
		pages.DoPasskeyRemove:   {proof: true, do: p.ownPasskeyRemove},
		pages.DoPasskeyRename:   {proof: true, do: p.ownPasskeyRename},
		pages.DoTOTP:            {proof: true, do: p.ownTOTPPage},
		pages.DoTOTPConfirm:     {proof: true, do: p.ownTOTP},
		pages.DoTOTPRemove:      {proof: true, do: p.ownTOTPRemove},
		pages.DoSessionEnd:      {do: p.ownSessionEnd},
		pages.DoSessionsEnd:     {do: p.ownSessionsEnd},
		pages.DoApplicationStop: {do: p.ownApplicationStop},
		pages.DoSignOut:         {do: p.ownSignOut},
		pages.DoCancel:          {do: func(w http.ResponseWriter, r *http.Request, _ ownPage, _ url.Values) { p.ownDone(w, r, "") }},
	}
}

func (p *Provider) account(w http.ResponseWriter, r *http.Request, form url.Values) {
	if r.Method == http.MethodPost {
		p.accountForm(w, r, form)
		return
	}
	own, ok := p.own(w, r)
	if ok {
		p.showAccount(w, r, http.StatusOK, own, pages.Account{Notice: saidAt(form.Get("said"))})
	}
}

// own is who is signed in. When it returns false, it has answered: nobody is,
// and the page to sign in is shown.
func (p *Provider) own(w http.ResponseWriter, r *http.Request) (ownPage, bool) {
	s, err := p.current(r)
	if err != nil {
		p.fail(w, r, unavailable("read the session", err))
		return ownPage{}, false
	}
	if s == nil {
		p.askProof(w, r, clients.Client{}, ask.Request{Own: pathAccount})
		return ownPage{}, false
	}
	person, err := p.person(r.Context(), s.UserName, s.Subject)
	if err != nil {
		p.lost(w, r, err)
		return ownPage{}, false
	}
	return ownPage{SID: s.SID, session: s, person: person}, true
}

func (p *Provider) accountForm(w http.ResponseWriter, r *http.Request, form url.Values) {
	var sent ownPage
	fault := p.sameOrigin(r)
	if fault == nil {
		fault = p.unseal(r, purposeAccount, or(form.Get("form"), form.Get("request")), &sent)
	}
	step, known := p.ownSteps()[form.Get("do")]
	if fault == nil && !known {
		fault = login.NewFault(login.CodeParameterInvalid, "the form says nothing that can be done")
	}
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	own, ok := p.own(w, r)
	switch {
	case !ok:
	case sent.SID != own.SID || p.expired(sent.Expires) != nil:
		p.showAccount(w, r, http.StatusConflict, own, pages.Account{Error: pages.Say(pages.SayFormOld)})
	case step.proof && !p.provedWell(own):
		p.askOwnProof(w, r, own)
	default:
		own.Challenge, own.TOTP, own.Expires = sent.Challenge, sent.TOTP, sent.Expires
		step.do(w, r, own, form)
	}
}

// provedWell reports whether the session's proof is recent, and no weaker than
// what the person can prove: who has one factor of two must not replace the
// other with it.
func (p *Provider) provedWell(own ownPage) bool {
	age := p.cfg.Now().Unix() - own.session.AuthTime
	return age <= int64(proofFor/time.Second) && factors.Reaches(own.session.ACR, p.guardOf(own.person))
}

// guardOf is the acr that the person must have proved to change their proofs.
func (p *Provider) guardOf(person people.Person) string {
	if p.passkeys == nil {
		person.Passkeys = nil // nobody can be asked for one here
	}
	return factors.Guard(p.cfg.Methods, person)
}

// askOwnProof asks the person to prove once more who they are, as well as they
// can, and then shows their page again. The others of the browser stay signed
// in.
func (p *Provider) askOwnProof(w http.ResponseWriter, r *http.Request, own ownPage) {
	acr, _ := json.Marshal(p.guardOf(own.person)) // a string
	p.askProof(w, r, clients.Client{}, ask.Request{
		Own: pathAccount, Force: true, HintSubject: own.person.Subject, LoginHint: own.person.UserName, Beside: true,
		Claims: ask.Claims{IDToken: map[string]ask.Claim{"acr": {Essential: true, Value: acr}}},
	})
}

// sealed is own as a form sends it back.
func (p *Provider) sealedOwn(w http.ResponseWriter, r *http.Request, own ownPage) string {
	own.Expires = p.cfg.Now().Add(accountFor).Unix()
	return p.seal(purposeAccount, p.browser(w, r), own)
}

// said are the notices that an address may ask for.
var said = []string{
	pages.SayPasswordChanged, pages.SayPasskeyAdded, pages.SayPasskeyRemoved, pages.SayPasskeyRenamed, pages.SayTOTPAdded, pages.SayTOTPRemoved,
	pages.SaySessionEnded, pages.SaySessionsEnded, pages.SayApplicationGone,
}

func saidAt(key string) *pages.Message {
	if !slices.Contains(said, key) {
		return nil
	}
	return pages.Say(key)
}

// ownDone goes back to the page, which then says key.
func (p *Provider) ownDone(w http.ResponseWriter, r *http.Request, key string) {
	params := url.Values{}
	if key != "" {
		params.Set("said", key)
	}
	redirect(w, r, withQuery(p.cfg.Issuer+pathAccount, params))
}

// ownRefused shows the page again with what stood in the way.
func (p *Provider) ownRefused(w http.ResponseWriter, r *http.Request, own ownPage, no *no) {
	p.showAccount(w, r, no.answer(w), own, pages.Account{Error: no.say})
}

// ownChanged ends a step that changes the person's record by do.
func (p *Provider) ownChanged(w http.ResponseWriter, r *http.Request, own ownPage, key string, do func(*people.Person) error) {
	if _, err := p.change(r.Context(), own.person, do); err != nil {
		p.lost(w, r, err)
		return
	}
	p.ownDone(w, r, key)
}
