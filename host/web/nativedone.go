// The end of a program's sign-in: its session waits for it, and the browser,
// which keeps nothing of it, shows that one may go back.

package web

import (
	"cmp"
	"context"
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/native"
	"github.com/doorward/doorward/host/session"
)

// handOut lets the program have its new session. What it cannot have, nobody
// has: such a session is ended.
func (s *Server) handOut(c *fiber.Ctx, req login.AuthRequest, done login.Session) error {
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	who := cmp.Or(done.User.UserName, done.User.Email, done.User.ID)
	err := s.approve(ctx, c, req, done, who)
	if err == nil {
		return nil
	}
	if ended := s.config.Sessions.Revoke(ctx, done.ID); ended != nil && !errors.Is(ended, session.ErrNone) {
		err = errors.Join(err, ended)
	}
	s.changes.forget(done.ID)
	return err
}

func (s *Server) approve(ctx context.Context, c *fiber.Ctx, req login.AuthRequest, done login.Session, who string) error {
	p := req.Program
	if p.Device != "" {
		if err := s.config.Programs.Approve(ctx, p.Device, done.Handle); err != nil {
			return deviceGone(err)
		}
		return s.page(c, fiber.StatusOK, programDoneTemplate, pageHead("You are signed in"), map[string]any{"App": req.App, "Device": true, "User": who})
	}
	code, err := s.config.Programs.NewCode(ctx, native.Bound{App: req.App, RedirectURI: p.RedirectURI, Challenge: p.Challenge, Session: done.ID}, done.Handle)
	if err != nil {
		return err
	}
	return s.backToProgram(c, req.App, s.answerURI(p, "code", code), who)
}

// backToProgram shows a page that goes on to the program by itself. A redirect
// would be one that follows the form of a sign-in page, and browsers hold that
// page's form-action against it, which knows no loopback address (CSP Level 3,
// section 6.4.1).
func (s *Server) backToProgram(c *fiber.Ctx, app, to, who string) error {
	c.Set("Refresh", "0;url="+to)
	title := "You are signed in"
	if who == "" {
		title = "The program was refused"
	}
	host := ""
	if u, err := url.Parse(to); err == nil {
		host = u.Host
	}
	return s.page(c, fiber.StatusOK, programDoneTemplate, pageHead(title), map[string]any{"App": app, "To": to, "Host": host, "User": who, "Refused": who == ""})
}
