package web

import (
	"bytes"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
)

// cookies names, sets and reads this host's cookies on one origin. Over https
// they are __Host- cookies (RFC 6265bis, section 4.1.3.2); over plain http,
// which is for loopback only, their names carry the port, since cookies do not.
type cookies struct {
	session string // name of the cookie with the handle
	login   string // prefix of the names of logins in progress
	start   string // prefix of the names of hand-overs in progress
	trail   string // where the browser was sent home lately
	left    string // where it wanted to go when it left to sign out
	secure  bool
}

func newCookies(origin string) cookies {
	u, err := url.Parse(origin)
	if err != nil {
		u = &url.URL{Scheme: "https"} // originOf made it
	}
	base := "__Host-doorward"
	if u.Scheme != "https" {
		base = "doorward-" + portOf(u)
	}
	return cookies{
		session: base, login: base + "-login-", start: base + "-start-", trail: base + "-trail", left: base + "-left", secure: u.Scheme == "https",
	}
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
	value, n := k.find(c, k.session)
	if n != 1 || len(value) > maxHandle {
		return ""
	}
	return value
}

// find is the value of the cookie called name, and how many there are.
func (k cookies) find(c *fiber.Ctx, name string) (value string, n int) {
	visit(c, func(have, v []byte) {
		if string(have) != name {
			return
		}
		if n++; n == 1 {
			value = string(v)
		}
	})
	return value, n
}

// visit calls f for every cookie of the request, as it was sent: once the
// framework has read cookies, the header has another form. Only the white space
// of RFC 6265, section 5.4, is cut off: with a wider one in front of its name, a
// cookie escapes what browsers demand of __Host-, and another host could set it.
func visit(c *fiber.Ctx, f func(name, value []byte)) {
	pairs(c.Request().Header.PeekAll(fiber.HeaderCookie), func(pair []byte) {
		name, value, _ := bytes.Cut(pair, []byte("="))
		f(bytes.Trim(name, " \t"), bytes.Trim(value, " \t"))
	})
}

// pairs calls f for every part of the Cookie headers, as it was sent.
func pairs(headers [][]byte, f func(pair []byte)) {
	for _, header := range headers {
		for len(header) > 0 {
			var pair []byte
			pair, header, _ = bytes.Cut(header, []byte(";"))
			f(pair)
		}
	}
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

// foreign is the Cookie header without the cookies of this host, whatever their
// origin: what may go on to an application.
func foreign(headers [][]byte) []byte {
	var out []byte
	pairs(headers, func(pair []byte) {
		pair = bytes.TrimSpace(pair)
		name, _, _ := bytes.Cut(pair, []byte("="))
		if len(pair) == 0 || ours(bytes.TrimSpace(name)) {
			return
		}
		if len(out) > 0 {
			out = append(out, "; "...)
		}
		out = append(out, pair...)
	})
	return out
}

// ours reports whether a cookie's name is one of this host's, on any origin.
func ours(name []byte) bool {
	if bytes.HasPrefix(name, []byte("__Host-doorward")) {
		return true
	}
	rest, plain := bytes.CutPrefix(name, []byte("doorward-"))
	return plain && len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9'
}
