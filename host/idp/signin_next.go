package idp

// What a sign-in needs next, and its end.

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
)

// Purposes of the steps after the first proof.
const (
	purposeSecond = "idp.second-factor"
	purposeChange = "idp.change-password"
	purposeEnrol  = "idp.enrol"
)

// next asks person for what step still needs, or ends it.
func (p *Provider) next(w http.ResponseWriter, r *http.Request, step underway, person people.Person) {
	step = step.by(person)
	wanted, _ := step.Request.WantsACR()
	able := person
	if p.passkeys == nil { // they were made for a host name
		able.Passkeys = nil
	}
	switch factors.Next(p.cfg.SecondFactor, able, step.Proved, wanted) {
	case factors.AskSecond:
		p.showSecond(w, r, http.StatusOK, step, person, pages.SecondFactor{})
	case factors.ChangePassword:
		p.showForcedChange(w, r, http.StatusOK, step, nil)
	case factors.EnrolSecond:
		p.showEnrolment(w, r, step)
	default:
		p.knowDevice(w, r, step.Typed)
		p.proved(w, r, step.Request, Proof{Person: person, AMR: step.Proved.AMR(), ACR: step.Proved.ACR()}, step.Remember)
	}
}

// by is the step with what it is bound to: the person as they are now.
func (step underway) by(person people.Person) underway {
	step.Challenge, step.TOTP = nil, nil
	step.Subject, step.UserName, step.Credential = person.Subject, person.UserName, credential(person)
	return step
}

// resume is a step after the first proof, and its person. When it returns
// false, it has answered.
func (p *Provider) resume(w http.ResponseWriter, r *http.Request, purpose string, form url.Values) (underway, people.Person, bool) {
	step, fault := p.underway(r, purpose, form.Get("request"))
	if fault != nil {
		p.fail(w, r, fault)
		return step, people.Person{}, false
	}
	if form.Get("do") == pages.DoCancel {
		p.cancelled(w, r, step)
		return step, people.Person{}, false
	}
	person, err := p.person(r.Context(), step.UserName, step.Subject)
	if err == nil && !slices.Equal(credential(person), step.Credential) {
		err = people.ErrNoPerson // what was proved holds no longer
	}
	if err != nil {
		p.lost(w, r, err)
	}
	return step, person, err == nil
}

// lost answers when a person cannot be read or changed in the middle of a step.
func (p *Provider) lost(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, people.ErrNoPerson) {
		p.fail(w, r, login.NewFault(login.CodeStateUnknown, "the person changed while they signed in"))
		return
	}
	p.fail(w, r, unavailable("read or change a person", err))
}
