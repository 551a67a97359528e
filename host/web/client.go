package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/attrs"
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
		return nil, login.NewFault(login.CodeClientUnauthorized, "the application's name or secret is not right, or it has no such origin")
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

// handed is an access token as an application gets it (RFC 6749, section 5.1).
type handed struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in,omitempty"` // seconds; absent when the provider did not say
}

// token hands the access token of the caller's own session to an application
// that authenticates and is granted it.
func (s *Server) token(c *fiber.Ctx) error {
	if _, err := parameters(c.Body()); err != nil {
		return err
	}
	app, with, err := s.holder(c, false)
	if err != nil {
		return err
	}
	h, err := s.openWith(c, with, app.Name)
	if err != nil {
		return err
	}
	if h.record == nil {
		return login.NewFault(login.CodeSessionMissing, "no session to take a token from")
	}
	out, err := s.handed(h.record.Document)
	if err != nil {
		return err
	}
	s.config.Audit(s.base, login.Event{
		Type: "token", Provider: h.record.Document.Person.IdP, App: app.Name, Session: h.record.ID, RequestID: requestID(c),
		Subject: subjectOf(h.record),
	})
	return c.JSON(out)
}

// handed is the access token of a sign-in, while it is valid.
func (s *Server) handed(doc login.Document) (handed, error) {
	response, _ := doc.Sources.Object(attrs.TokenEndpointResponse)
	out := handed{}
	out.AccessToken, _ = response["access_token"].(string)
	out.TokenType, _ = response["token_type"].(string)
	if out.AccessToken == "" {
		return out, login.NewFault(login.CodeTokenUnavailable, "the provider sent no access token")
	}
	number, said := response["expires_in"].(interface{ Int64() (int64, error) })
	if !said {
		return out, nil
	}
	life, err := number.Int64()
	left := doc.ReceivedAt.Add(time.Duration(min(life, maxMaxAge)) * time.Second).Sub(s.config.Now())
	if err != nil || left <= 0 {
		return out, login.NewFault(login.CodeTokenUnavailable, "the access token has expired")
	}
	out.ExpiresIn = int64(left.Seconds())
	return out, nil
}
