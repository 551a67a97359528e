package idp

// The page where a person allows a device (RFC 8628, section 3.3): the code
// that it shows, a sign-in where one is needed, and always a question.

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/store"
)

const (
	purposeDeviceCode    = "idp.device-code"
	purposeDeviceConfirm = "idp.device-confirm"
	maxUserCode          = 32 // characters as typed
)

// deviceCode waits for a code as a sealed value in the page.
type deviceCode struct {
	Locales []string `json:"locales,omitempty"`
	Expires int64    `json:"exp"`
}

func (p *Provider) devicePage(w http.ResponseWriter, r *http.Request, form url.Values) {
	if r.Method == http.MethodGet {
		waits := deviceCode{Locales: ask.Words(form.Get("ui_locales")), Expires: p.cfg.Now().Add(pendingFor).Unix()}
		p.askCode(w, r, http.StatusOK, p.seal(purposeDeviceCode, p.browser(w, r), waits), waits, form.Get("user_code"), nil)
		return
	}
	if form.Get("do") == pages.DoNext {
		p.typedCode(w, r, form)
		return
	}
	p.deviceAnswer(w, r, form)
}

// askCode shows the page that asks for the code.
func (p *Provider) askCode(w http.ResponseWriter, r *http.Request, status int, sealed string, waits deviceCode, code string, why *pages.Message) {
	p.show(w, r, status, pages.DeviceCode{
		Locales: waits.Locales, Action: p.base + pathDevice, Request: sealed, Code: shownCode(code), Error: why,
	})
}

// shownCode is a user code as a device shows it, whatever was typed.
func shownCode(typed string) string {
	code := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(clip(typed, maxUserCode)))
	if half := len(code) / 2; half > 0 {
		return code[:half] + "-" + code[half:]
	}
	return code
}

// typedCode looks for the device that shows the code. Wrong ones are limited
// for each address: a code is short enough to be guessed.
func (p *Provider) typedCode(w http.ResponseWriter, r *http.Request, form url.Values) {
	var waits deviceCode
	if fault := p.reopened(r, purposeDeviceCode, form.Get("request"), &waits, &waits.Expires); fault != nil {
		p.fail(w, r, fault)
		return
	}
	again := func(status int, why *pages.Message) {
		p.askCode(w, r, status, form.Get("request"), waits, form.Get("code"), why.At("code"))
	}
	try, no := p.tryDeviceCode(r)
	if no != nil {
		again(no.answer(w), no.say)
		return
	}
	d, err := p.grants.DeviceByUserCode(r.Context(), clip(form.Get("code"), maxUserCode))
	switch {
	case errors.Is(err, grants.ErrUnknown):
		again(http.StatusForbidden, pages.Say(pages.SayDeviceCode))
		return
	case err != nil:
		p.fail(w, r, unavailable("look for the device", err))
		return
	}
	try.fits()
	client, fault := p.client(r.Context(), d.Grant.ClientID)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	p.proceed(w, r, client, ask.Request{
		ClientID: client.ID, Scopes: d.Grant.Scopes, Resources: d.Grant.Resources, Device: d.ID, UserCode: shownCode(form.Get("code")), Locales: waits.Locales,
	})
}

// askDevice asks the person of s about a device.
func (p *Provider) askDevice(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, person pages.Person, sealed string) {
	p.show(w, r, http.StatusOK, pages.DeviceConfirm{
		Locales: req.Locales, Action: p.base + pathDevice, Request: sealed, Client: clientView(client, req), Person: person,
		Code: req.UserCode, Scopes: p.scopeViews(req, consent{}), CanSwitch: true,
	})
}

// deviceAnswer is the person's answer.
func (p *Provider) deviceAnswer(w http.ResponseWriter, r *http.Request, form url.Values) {
	var waits consenting
	client, fault := p.resumed(r, purposeDeviceConfirm, form.Get("request"), &waits, &waits.Request)
	if fault != nil {
		p.fail(w, r, fault)
		return
	}
	switch form.Get("do") {
	case pages.DoAllow:
		p.allowDevice(w, r, client, waits)
	case pages.DoOther:
		p.askProof(w, r, client, beside(waits.Request))
	default:
		p.deviceDone(w, r, client, waits.Request, false, p.grants.Deny(r.Context(), waits.Request.Device))
	}
}

// allowDevice spends the proof, then approves: a device is never approved
// twice on the strength of one.
func (p *Provider) allowDevice(w http.ResponseWriter, r *http.Request, client clients.Client, waits consenting) {
	req := waits.Request
	s, err := p.presentAs(r, waits.SID)
	switch {
	case err != nil:
		p.fail(w, r, unavailable("read the session", err))
		return
	case s == nil || waits.Proof != "" && waits.Proof != s.Proof:
		p.proceed(w, r, client, req)
		return
	}
	err = p.cfg.Store.Apply(r.Context(), s.touched(p.cfg.Now(), client.ID))
	if errors.Is(err, store.ErrConflict) {
		p.proceed(w, r, client, req)
		return
	}
	if err == nil {
		err = p.grants.Approve(r.Context(), req.Device, func(g *grants.Grant) {
			g.Auth, g.Offline = authOf(req, s, waits.Proof != ""), req.Offline()
		})
	}
	p.deviceDone(w, r, client, req, true, err)
}

// deviceDone says how it ended; err is that of the answer.
func (p *Provider) deviceDone(w http.ResponseWriter, r *http.Request, client clients.Client, req ask.Request, allowed bool, err error) {
	if errors.Is(err, grants.ErrUnknown) { // expired, or answered elsewhere
		waits := deviceCode{Locales: req.Locales, Expires: p.cfg.Now().Add(pendingFor).Unix()}
		p.askCode(w, r, http.StatusForbidden, p.seal(purposeDeviceCode, p.browser(w, r), waits), waits, "", pages.Say(pages.SayDeviceCode).At("code"))
		return
	}
	if err != nil {
		p.fail(w, r, unavailable("answer the device", err))
		return
	}
	p.cfg.Log.InfoContext(r.Context(), "device answered", "client", client.ID, "allowed", allowed)
	p.show(w, r, http.StatusOK, pages.DeviceDone{Locales: req.Locales, Client: clientView(client, req), Allowed: allowed})
}
