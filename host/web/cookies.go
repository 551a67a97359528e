package web

import (
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
)

// cookies names, sets and reads this host's cookies. Over https they are
// __Host- cookies (RFC 6265bis, section 4.1.3.2); over plain http, which is
// for loopback only, their names carry the port, since cookies do not.
type cookies struct {
	session string // name of the session cookie
	login   string // prefix of the names of logins in progress
	secure  bool
}

func newCookies(public *url.URL) cookies {
	base := "__Host-doorward"
	if public.Scheme != "https" {
		base = "doorward-" + portOf(public)
	}
	return cookies{session: base, login: base + "-login-", secure: public.Scheme == "https"}
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// maxHandle is in bytes. A longer value is no handle of ours, and would not fit
// into the cookie of a login.
const maxHandle = 64

// handle is the session handle that the browser brought; a browser that
// brings two brings none.
func (k cookies) handle(c *fiber.Ctx) string {
	var found []string
	k.each(c, func(name, value string) {
		if name == k.session {
			found = append(found, value)
		}
	})
	if len(found) != 1 || len(found[0]) > maxHandle {
		return ""
	}
	return found[0]
}

// each calls f for every cookie of the request, with copies.
func (k cookies) each(c *fiber.Ctx, f func(name, value string)) {
	c.Request().Header.VisitAllCookie(func(name, value []byte) { f(string(name), string(value)) })
}

// set sends a cookie that ends with the browser's session, or after life.
// crossSite lets it come along with a POST from another site, which needs
// Secure even on loopback.
func (k cookies) set(c *fiber.Ctx, name, value string, life time.Duration, crossSite bool) {
	cookie := &fiber.Cookie{
		Name: name, Value: value, Path: "/", HTTPOnly: true,
		Secure: k.secure, SameSite: fiber.CookieSameSiteLaxMode, SessionOnly: life == 0,
	}
	if life != 0 {
		cookie.MaxAge = int(life.Seconds())
	}
	if crossSite {
		cookie.Secure, cookie.SameSite = true, fiber.CookieSameSiteNoneMode
	}
	c.Cookie(cookie)
}

// clear removes a cookie: browsers drop a __Host- cookie only when it is
// cleared with the attributes it was set with.
func (k cookies) clear(c *fiber.Ctx, name string) {
	c.Cookie(&fiber.Cookie{
		Name: name, Value: "", Path: "/", HTTPOnly: true,
		Secure:   k.secure,
		SameSite: fiber.CookieSameSiteLaxMode, MaxAge: -1, Expires: time.Unix(0, 0),
	})
}
