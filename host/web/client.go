package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// client is the application that authenticates with its name and secret (RFC
// 6749, section 2.3.1), on one of its own origins; nil when none tries to.
func (s *Server) client(c *fiber.Ctx) (*Application, error) {
	given := c.Request().Header.PeekAll(fiber.HeaderAuthorization)
	if len(given) == 0 {
		return nil, nil
	}
	name, secret, ok := credentials(string(given[0]))
	app := s.config.Origins.App(name)
	if !ok || len(given) > 1 || !s.knows(app, secret) || !s.here(c).has(app) {
		if len(c.Request().Header.Peek("Sec-Fetch-Mode")) == 0 { // a browser would ask its person for a password
			c.Set(fiber.HeaderWWWAuthenticate, `Basic realm="doorward"`)
		}
		return nil, &login.Fault{Code: login.CodeClientUnauthorized, Detail: "the application's name or secret is not right, or it has no such origin",
			Hint: "Each is form-encoded before HTTP Basic authentication, so a + is sent as %2B; and an application asks at an origin of its own."}
	}
	return app, nil
}

// knows compares digests, so that the time taken says nothing of the secret.
func (s *Server) knows(app *Application, secret string) bool {
	var want string
	if app != nil {
		want = app.Secret.Reveal()
	}
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && want != ""
}

// has reports whether an application is on this origin.
func (at *site) has(app *Application) bool {
	return slices.ContainsFunc(at.entries, func(e entry) bool { return e.app == app })
}

// credentials reads HTTP Basic authentication (RFC 7617), each part
// form-encoded as RFC 6749 has it.
func credentials(header string) (name, secret string, ok bool) {
	scheme, value, _ := strings.Cut(header, " ")
	raw, err := base64.StdEncoding.DecodeString(value)
	name, secret, both := strings.Cut(string(raw), ":")
	if err != nil || !both || !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	if name, err = url.QueryUnescape(name); err != nil {
		return "", "", false
	}
	secret, err = url.QueryUnescape(secret)
	return name, secret, err == nil
}
