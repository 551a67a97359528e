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
	user := done.User.Masked(done.Document.Sources.Secrets())
	who := cmp.Or(user.UserName, user.Email, user.ID)
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
		sealed, err := s.seal(undoPurpose, programField, undoing{req.App, done.ID, s.config.Now().Add(pendingLife).Unix()})
		if err != nil {
			return err
		}
		return s.page(c, fiber.StatusOK, programDoneTemplate, pageHead("The device is signed in"), map[string]any{"App": req.App, "Device": true, "User": who, "Undo": sealed})
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
	title := "The program is signed in"
	if who == "" {
		title = "The program is not signed in"
	}
	return s.page(c, fiber.StatusOK, programDoneTemplate, pageHead(title), map[string]any{"App": app, "To": to, "Host": hostOf(to), "User": who, "Refused": who == ""})
}

// hostOf is the host and port of an address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

const undoPurpose = "program-undo"

// undoing lets whoever sees the page end the session again: a browser that
// several people use may have signed in another than they meant.
type undoing struct {
	App     string `json:"app"`
	Session string `json:"session"` // its id
	Expires int64  `json:"expires"` // Unix seconds
}

func (s *Server) undo(c *fiber.Ctx, sealed string) error {
	var u undoing
	if s.unseal(undoPurpose, programField, sealed, &u) != nil || s.config.Now().Unix() >= u.Expires {
		return login.NewFault(login.CodeUserCodeUnknown, "the page is too old, or was changed")
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	if err := s.config.Sessions.Revoke(ctx, u.Session); err != nil && !noSession(err) {
		return err
	}
	s.changes.forget(u.Session)
	s.config.Audit(s.base, login.Event{Type: "program_refused", App: u.App, Session: u.Session, RequestID: requestID(c)})
	return s.deviceRefused(c)
}
