package idp

// A new password in the middle of a sign-in: an administrator set the one that
// was just proved.

import (
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/idp/pages"
)

func (p *Provider) forcedChange(w http.ResponseWriter, r *http.Request, form url.Values) {
	step, person, ok := p.resume(w, r, purposeChange, form)
	if !ok {
		return
	}
	changed, no, err := p.newPassword(r, person, form, "")
	switch {
	case err != nil:
		p.lost(w, r, err)
	case no != nil:
		p.showForcedChange(w, r, no.answer(w), step, no.say)
	default:
		p.next(w, r, step, changed)
	}
}

func (p *Provider) showForcedChange(w http.ResponseWriter, r *http.Request, status int, step underway, say *pages.Message) {
	p.show(w, r, status, pages.ChangePassword{
		Locales: step.Request.Locales, Action: p.base + pathPassword, Request: p.seal(purposeChange, p.browser(w, r), step),
		UserName: step.UserName, Forced: true, MinLength: p.cfg.Passwords.MinLength, Error: say,
	}, p.targets(step.Request)...)
}
