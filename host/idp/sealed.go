package idp

// What waits for a person's next step travels in the page, sealed to a cookie
// of the browser: no other browser can take the step, no site can make this
// browser take it, and the store holds nothing of it.

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/doorward/doorward/host/login"
)

const (
	purposeSignIn  = "idp.sign-in"
	purposeSignOut = "idp.sign-out"
	pendingFor     = 10 * time.Minute
)

var b64 = base64.RawURLEncoding

// secretLength is how many characters a newSecret has.
const secretLength = 43

func newSecret() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	return b64.EncodeToString(secret[:])
}

// browser is the value of the browser's binding cookie, set when it has none.
func (p *Provider) browser(w http.ResponseWriter, r *http.Request) string {
	if value := p.boundBrowser(r); value != "" {
		return value
	}
	value := newSecret()
	p.setCookie(w, p.cfg.Cookies.Browser, value, 0)
	return value
}

// boundBrowser is the binding cookie, or "" when there is none or two.
func (p *Provider) boundBrowser(r *http.Request) string {
	return onlyCookie(r, p.cfg.Cookies.Browser, secretLength)
}

func (p *Provider) seal(purpose, browser string, v any) string {
	plain, err := json.Marshal(v)
	if err != nil {
		panic("idp: a value of our own cannot be encoded: " + err.Error())
	}
	return b64.EncodeToString(p.cfg.Keys.Seal(purpose, plain, []byte(browser)))
}

// unseal reads into v a value that this browser was given for purpose.
func (p *Provider) unseal(r *http.Request, purpose, sealed string, v any) *login.Fault {
	browser := p.boundBrowser(r)
	if sealed == "" || browser == "" {
		return login.NewFault(login.CodeStateMissing, "the step was not begun in this browser, or its cookie is lost")
	}
	raw, err := b64.DecodeString(sealed)
	if err != nil {
		return login.NewFault(login.CodeStateUnknown, "the sealed step cannot be decoded")
	}
	plain, err := p.cfg.Keys.Open(purpose, raw, []byte(browser))
	if err == nil {
		err = json.Unmarshal(plain, v)
	}
	if err != nil {
		return login.NewFault(login.CodeStateUnknown, "the sealed step was not made for this browser and purpose")
	}
	return nil
}

// sameOrigin refuses a form that did not come from a page of ours.
func (p *Provider) sameOrigin(r *http.Request) *login.Fault {
	if origins := r.Header.Values("Origin"); len(origins) != 1 || origins[0] != p.origin {
		return login.NewFault(login.CodeOriginRefused, "the form's origin is not %s", p.origin)
	}
	return nil
}

// setCookie sets a cookie for the whole origin; a negative age removes it, and
// zero keeps it until the browser closes.
func (p *Provider) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	c := http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteLaxMode}
	if age < 0 {
		c.MaxAge = -1
	} else {
		c.MaxAge = int(age / time.Second)
	}
	http.SetCookie(w, &c)
}

// onlyCookie is the value of the one cookie of that name and length. Two of a
// name mean that somebody set a second one, so neither counts.
func onlyCookie(r *http.Request, name string, length int) string {
	cookies := r.CookiesNamed(name)
	if len(cookies) != 1 || len(cookies[0].Value) != length {
		return ""
	}
	return cookies[0].Value
}

func (p *Provider) expired(unix int64) *login.Fault {
	if p.cfg.Now().Unix() < unix {
		return nil
	}
	return &login.Fault{Code: login.CodeStateExpired, Detail: fmt.Sprintf("the step was left for more than %s", pendingFor)}
}
