// Bearers: the handles that programs present in the Authorization header (RFC
// 6750, section 2.1), where browsers bring a cookie.

package web

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

const handleText = 43 // characters of a handle

// credential is what a request opens its session with.
type credential struct {
	handle string
	scope  string       // what the handle must be for (session.Open's app)
	bearer bool         // presented in a header, not by a browser on its own
	app    *Application // whose program presented it; nil for a cookie
}

// cookieOf is the cookie's credential on an origin, whose handle may be empty.
func cookieOf(c *fiber.Ctx, at *site) credential {
	return credential{handle: at.cookies.handle(c), scope: at.scope()}
}

// bearerText is a handle as a program presents it. It names the application
// that it is for, so that nobody else tries it; the handle itself is bound to
// that name. Without an application it begins with the dot.
func bearerText(app, handle string) string { return app + "." + handle }

// isBearer reports whether an Authorization header has the scheme, however
// it is written: what is nearly a bearer is refused instead of passed over.
func isBearer(header []byte) bool {
	const scheme = "Bearer"
	if len(header) < len(scheme) || !bytes.EqualFold(header[:len(scheme)], []byte(scheme)) {
		return false
	}
	return len(header) == len(scheme) || !isTokenByte(header[len(scheme)])
}

func isTokenByte(b byte) bool { return !notToken(rune(b)) }

// presented is what the request opens its session with on the origin it came
// to: a bearer, else the cookie. Both at once are refused, as they may mean two
// people, and so is everything that is nearly a bearer.
func (s *Server) presented(c *fiber.Ctx) (credential, error) {
	at := s.here(c)
	for _, header := range c.Request().Header.PeekAll(fiber.HeaderAuthorization) {
		if isBearer(header) {
			return s.bearerOf(c, at)
		}
	}
	return cookieOf(c, at), nil
}

// bearerOf reads the one Authorization header of a request that is a bearer.
func (s *Server) bearerOf(c *fiber.Ctx, at *site) (credential, error) {
	given := all(c, fiber.HeaderAuthorization) // a copy: the framework reuses the list for the next header
	if len(given) > 1 {
		return credential{}, refuseBearer(c, "invalid_request", login.NewFault(login.CodeParameterInvalid, "there are %d Authorization headers", len(given)))
	}
	if _, n := at.cookies.find(c, at.cookies.session); n > 0 {
		return credential{}, refuseBearer(c, "invalid_request", login.NewFault(login.CodeParameterInvalid, "a session cookie and a bearer came together: send one of them"))
	}
	text, exact := strings.CutPrefix(given[0], "Bearer ")
	name, handle, both := strings.Cut(text, ".")
	app := s.config.Origins.App(name)
	if !exact || !both || len(handle) != handleText || strings.ContainsFunc(handle, notToken) || app == nil && name != "" {
		return credential{}, refuseBearer(c, "invalid_token", errBearer)
	}
	if !at.public && !at.has(app) {
		return credential{}, refuseBearer(c, "invalid_token", errBearer)
	}
	return credential{handle: handle, scope: session.Bearer(name), bearer: true, app: app}, nil
}

var errBearer = &login.Fault{Code: login.CodeSessionMissing, Detail: "the bearer opens no session here"}

// refuseBearer says in the challenge why a bearer is refused (RFC 6750, section 3.1).
func refuseBearer(c *fiber.Ctx, why string, err error) error {
	c.Set(fiber.HeaderWWWAuthenticate, `Bearer error="`+why+`"`)
	return err
}

// asksAsProgram is presented for a request that a proxy asks about. Many
// applications have bearers of their own: of one that has no programs, only a
// bearer that names it counts, and the others are its own business.
func (s *Server) asksAsProgram(c *fiber.Ctx, a asked) (credential, error) {
	for _, header := range c.Request().Header.PeekAll(fiber.HeaderAuthorization) {
		if !isBearer(header) || len(a.app.Clients) == 0 && !names(header, a.app) {
			continue
		}
		with, err := s.bearerOf(c, a.at)
		if err == nil && with.app != a.app {
			err = refuseBearer(c, "invalid_token", errBearer)
		}
		return with, err
	}
	return cookieOf(c, a.at), nil
}

// names reports whether a bearer is for a program of the application.
func names(header []byte, app *Application) bool {
	rest, named := bytes.CutPrefix(header, []byte("Bearer "+app.Name+"."))
	return named && len(rest) == handleText
}

// passOn says what of the Authorization header the application may see: not our
// bearer, which would let it speak as the program.
func passOn(c *fiber.Ctx, with credential) {
	if with.bearer {
		c.Response().Header.SetBytesV(fiber.HeaderAuthorization, nil)
		return
	}
	for _, header := range c.Request().Header.PeekAll(fiber.HeaderAuthorization) {
		c.Response().Header.SetBytesV(fiber.HeaderAuthorization, header)
	}
}
