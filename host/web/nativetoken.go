// The token endpoint of programs, and their sign-out.

package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/native"
	"github.com/doorward/doorward/host/session"
)

// bearing is a program's session as it gets it (RFC 6749, section 5.1).
type bearing struct {
	AccessToken string `json:"access_token"` // the bearer
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds, until the session ends at the latest
}

// clientToken hands a program the session that a person signed in for.
func (s *Server) clientToken(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	out, err := s.redeemed(ctx, c)
	if err != nil {
		return s.refuseProgram(c, err)
	}
	return c.JSON(out)
}

func (s *Server) redeemed(ctx context.Context, c *fiber.Ctx) (out bearing, err error) {
	form, err := fields(c.BodyRaw())
	if err != nil {
		return out, err
	}
	app, err := s.program(c, form)
	if err != nil {
		return out, err
	}
	handle, err := s.redeem(ctx, c, app, form)
	if err != nil {
		return out, err
	}
	record, err := s.config.Sessions.Open(ctx, handle, session.Bearer(app.Name))
	if noSession(err) {
		err = native.ErrGrant // ended since it was approved
	}
	if err != nil {
		return out, err
	}
	s.config.Audit(s.base, login.Event{
		Type: "program", Provider: record.Document.Person.IdP, App: app.Name, Session: record.ID, LoginID: record.Document.ID, RequestID: requestID(c),
		Subject: subjectOf(record),
	})
	left := s.config.Sessions.Ends(record).Sub(s.config.Now())
	return bearing{AccessToken: bearerText(app.Name, handle), TokenType: "Bearer", ExpiresIn: int64(left.Seconds())}, nil
}

// redeem exchanges a device code or a code for the handle of a session.
func (s *Server) redeem(ctx context.Context, c *fiber.Ctx, app *Application, form url.Values) (string, error) {
	kind, grant := clientLoopback, form.Get("grant_type")
	if grant == native.GrantDevice {
		kind = clientDevice
	}
	switch {
	case grant != native.GrantDevice && grant != native.GrantCode:
		return "", &native.Error{Name: "unsupported_grant_type", Description: "grant_type must be " + native.GrantCode + " or " + native.GrantDevice}
	case !slices.Contains(app.Clients, kind):
		return "", errClientKind
	case grant == native.GrantDevice:
		return s.config.Programs.Poll(ctx, app.Name, form.Get("device_code"))
	}
	handle, err := s.config.Programs.Redeem(ctx, app.Name, form.Get("redirect_uri"), form.Get("code"), form.Get("code_verifier"))
	var misused *native.MisusedError
	if errors.As(err, &misused) {
		return "", s.endMisused(ctx, c, app, misused)
	}
	return handle, err
}

// endMisused ends the session whose code somebody else has, too.
func (s *Server) endMisused(ctx context.Context, c *fiber.Ctx, app *Application, misused *native.MisusedError) error {
	err := s.config.Sessions.Revoke(ctx, misused.Session)
	if err != nil && !noSession(err) {
		return err
	}
	s.changes.forget(misused.Session)
	s.config.Audit(s.base, login.Event{Type: "program_code_misused", App: app.Name, Session: misused.Session, Code: login.CodeGrantInvalid, RequestID: requestID(c)})
	return misused
}

// clientRevoke ends a program's session (RFC 7009). A bearer that opens nothing
// any more is no failure.
func (s *Server) clientRevoke(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	if err := s.revoked(ctx, c); err != nil {
		return s.refuseProgram(c, err)
	}
	return c.SendStatus(fiber.StatusOK)
}

func (s *Server) revoked(ctx context.Context, c *fiber.Ctx) error {
	form, err := fields(c.BodyRaw())
	if err != nil {
		return err
	}
	app, err := s.program(c, form)
	if err != nil {
		return err
	}
	if form.Get("token") == "" {
		return &native.Error{Name: "invalid_request", Description: "token is missing"}
	}
	handle, its := strings.CutPrefix(form.Get("token"), bearerText(app.Name, ""))
	if !its {
		return nil // another program's, or nothing of ours: it goes on
	}
	record, err := s.config.Sessions.End(ctx, handle, session.Bearer(app.Name))
	if noSession(err) {
		return nil
	}
	if err != nil {
		return err
	}
	s.ended(ctx, record, 0, requestID(c))
	return nil
}
