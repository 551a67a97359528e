package idp

// A person's authenticator app: set up, replaced, removed.

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
)

func (p *Provider) ownTOTPPage(w http.ResponseWriter, r *http.Request, own ownPage, _ url.Values) {
	own.TOTP = factors.NewTOTP()
	p.showOwnTOTP(w, r, http.StatusOK, own, nil)
}

func (p *Provider) showOwnTOTP(w http.ResponseWriter, r *http.Request, status int, own ownPage, say *pages.Message) {
	p.show(w, r, status, pages.TOTPSetup{
		Action: p.base + pathAccount, Request: p.sealedOwn(w, r, own), Error: say,
		URI: factors.TOTPURI(own.TOTP, p.siteName(), own.person.UserName), Secret: factors.TOTPText(own.TOTP),
	})
}

func (p *Provider) ownTOTP(w http.ResponseWriter, r *http.Request, own ownPage, form url.Values) {
	if own.TOTP == nil {
		p.ownTOTPPage(w, r, own, form)
		return
	}
	_, no, err := p.addTOTP(r, own.TOTP, own.person, form.Get("code"), func(people.Person) error { return nil })
	switch {
	case err != nil:
		p.lost(w, r, err)
	case no != nil:
		p.showOwnTOTP(w, r, no.answer(w), own, no.say)
	default:
		p.ownDone(w, r, pages.SayTOTPAdded)
	}
}

func (p *Provider) ownTOTPRemove(w http.ResponseWriter, r *http.Request, own ownPage, _ url.Values) {
	p.ownRemoved(w, r, own, pages.SayTOTPRemoved, func(now *people.Person) { now.TOTP = nil })
}

var errNeeded = errors.New("the person cannot sign in without it")

// ownRemoved ends a step that takes a proof away, unless the person needs it:
// as the second factor that everybody must have, or to sign in at all.
func (p *Provider) ownRemoved(w http.ResponseWriter, r *http.Request, own ownPage, key string, remove func(*people.Person)) {
	_, err := p.change(r.Context(), own.person, func(now *people.Person) error {
		if remove(now); !factors.Suffices(p.cfg.Methods, p.cfg.SecondFactor, *now) {
			return errNeeded
		}
		return nil
	})
	switch {
	case errors.Is(err, errNeeded):
		p.ownRefused(w, r, own, wrong(pages.SayFactorNeeded))
	case err != nil:
		p.lost(w, r, err)
	default:
		p.ownDone(w, r, key)
	}
}
