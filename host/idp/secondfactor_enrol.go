package idp

// A second factor is set up in the middle of a sign-in, because everybody must
// have one.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

func (p *Provider) enrol(w http.ResponseWriter, r *http.Request, form url.Values) {
	step, person, ok := p.resume(w, r, purposeEnrol, form)
	if !ok {
		return
	}
	if form.Get("do") == pages.DoTOTP {
		step.TOTP = factors.NewTOTP()
		p.showTOTPEnrolment(w, r, http.StatusOK, step, nil)
		return
	}
	add, again := p.enrolPasskey, p.showPasskeyEnrolment
	if step.TOTP != nil {
		add, again = p.enrolTOTP, p.showTOTPEnrolment
	}
	proved, person, no, err := add(r, step, person, form)
	switch {
	case err != nil:
		p.lost(w, r, err)
	case no != nil:
		again(w, r, no.answer(w), step, no.say)
	default:
		step.Proved = proved
		p.next(w, r, step, person)
	}
}

// hasNone refuses to enrol a person who has a second factor by now: the first
// one alone must not replace it.
func hasNone(now people.Person) error {
	if factors.HasSecond(now) {
		return people.ErrNoPerson
	}
	return nil
}

func (p *Provider) enrolTOTP(r *http.Request, step underway, person people.Person, form url.Values) (factors.Proved, people.Person, *no, error) {
	changed, no, err := p.addTOTP(r, step.TOTP, person, form.Get("code"), hasNone)
	proved := step.Proved
	proved.TOTP = true
	return proved, changed, no, err
}

func (p *Provider) enrolPasskey(r *http.Request, step underway, person people.Person, form url.Values) (factors.Proved, people.Person, *no, error) {
	changed, key, no, err := p.addPasskey(r, step.Challenge, step.Request.Expires, person, form, hasNone)
	proved := step.Proved
	proved.Key = key
	return proved, changed, no, err
}

// showEnrolment offers a passkey where the site can have them, and an
// authenticator app.
func (p *Provider) showEnrolment(w http.ResponseWriter, r *http.Request, step underway) {
	if p.passkeys != nil {
		p.showPasskeyEnrolment(w, r, http.StatusOK, step, nil)
		return
	}
	step.TOTP = factors.NewTOTP()
	p.showTOTPEnrolment(w, r, http.StatusOK, step, nil)
}

func (p *Provider) showPasskeyEnrolment(w http.ResponseWriter, r *http.Request, status int, step underway, say *pages.Message) {
	options, challenge, err := p.passkeys.AskNew(people.Person{Subject: step.Subject, UserName: step.UserName}) // has none yet
	if err != nil {
		p.fail(w, r, login.NewFault(login.CodeInternal, "ask for a passkey: %w", err))
		return
	}
	step.Challenge = &challenge
	p.show(w, r, status, pages.PasskeySetup{
		Locales: step.Request.Locales, Action: p.base + pathEnrol, Request: p.seal(purposeEnrol, p.browser(w, r), step),
		PasskeyOptions: string(options), CanTOTP: true, Error: say,
	}, p.targets(step.Request)...)
}

func (p *Provider) showTOTPEnrolment(w http.ResponseWriter, r *http.Request, status int, step underway, say *pages.Message) {
	p.show(w, r, status, pages.TOTPSetup{
		Locales: step.Request.Locales, Action: p.base + pathEnrol, Request: p.seal(purposeEnrol, p.browser(w, r), step), Forced: true,
		URI: factors.TOTPURI(step.TOTP, p.siteName(), step.UserName), Secret: factors.TOTPText(step.TOTP), Error: say,
	}, p.targets(step.Request)...)
}
