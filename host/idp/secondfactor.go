package idp

// The second factor: a one-time code, or a passkey of the person who proved the
// first.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

func (p *Provider) secondFactor(w http.ResponseWriter, r *http.Request, form url.Values) {
	step, person, ok := p.resume(w, r, purposeSecond, form)
	if !ok {
		return
	}
	if form.Has("use") {
		p.showSecond(w, r, http.StatusOK, step, person, pages.SecondFactor{Method: form.Get("use")})
		return
	}
	prove, method := p.proveCode, pages.FactorTOTP
	if form.Get("credential") != "" {
		prove, method = p.proveOwnPasskey, pages.FactorPasskey
	}
	proved, person, no, err := prove(r, step, person, form)
	switch {
	case err != nil:
		p.lost(w, r, err)
	case no != nil:
		p.showSecond(w, r, no.answer(w), step, person, pages.SecondFactor{Method: method, Error: no.say})
	default:
		step.Proved = proved
		p.next(w, r, step, person)
	}
}

// showSecond shows the page of the second factor, with the ways that person
// has.
func (p *Provider) showSecond(w http.ResponseWriter, r *http.Request, status int, step underway, person people.Person, view pages.SecondFactor) {
	step.Challenge = nil
	if len(person.TOTP) > 0 && !step.Proved.TOTP {
		view.Methods = append(view.Methods, pages.FactorTOTP)
	}
	if len(person.Passkeys) > 0 && p.passkeys != nil {
		options, challenge, err := p.passkeys.AskOf(person)
		if err != nil {
			p.fail(w, r, login.NewFault(login.CodeInternal, "ask for a passkey: %w", err))
			return
		}
		step.Challenge, view.PasskeyOptions, view.PasskeyAction = &challenge, string(options), p.base+pathSecondFactor
		view.Methods = append(view.Methods, pages.FactorPasskey)
	}
	view.Locales, view.Client, view.UserName = step.Request.Locales, clientView(step.client, step.Request), person.UserName
	view.Action, view.Request = p.base+pathSecondFactor, p.seal(purposeSecond, p.browser(w, r), step)
	p.show(w, r, status, view, p.targets(step.Request)...)
}

// proveOwnPasskey checks a passkey of person.
func (p *Provider) proveOwnPasskey(r *http.Request, step underway, person people.Person, form url.Values) (factors.Proved, people.Person, *no, error) {
	if step.Challenge == nil {
		return step.Proved, person, wrong(pages.SayWrongPasskey), nil
	}
	answer, no, err := p.provePasskey(r, step, form.Get("credential"), func([]byte) (people.Person, error) { return person, nil })
	if no != nil || err != nil {
		return step.Proved, person, no, err
	}
	proved := step.Proved
	proved.Key = answer.Key
	return proved, answer.Person, nil, nil
}
