package idp

// A second factor is set up in the middle of a sign-in, because everybody must
// have one.

import (
	"errors"
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
	var no *no
	var err error
	do := form.Get("do")
	switch {
	case do == pages.DoTOTP:
		p.showEnrolment(w, r, http.StatusOK, step, person, do, nil)
		return
	case step.TOTP != nil:
		do = pages.DoTOTP
		person, no, err = p.addTOTP(r, step, person, form.Get("code"))
		step.Proved.TOTP = true
	default:
		var key factors.Key
		person, key, no, err = p.addPasskey(r, step, person, form)
		step.Proved.Key = key
	}
	switch {
	case err != nil:
		p.lost(w, r, err)
	case no != nil:
		step.Proved = factors.Proved{Method: step.Proved.Method}
		p.showEnrolment(w, r, no.answer(w), step, person, do, no.say)
	default:
		p.next(w, r, step, person)
	}
}
