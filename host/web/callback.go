package web

import (
	"context"
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// callback takes the provider's answer, walks the login, and sends the browser
// home with its new session.
func (s *Server) callback(c *fiber.Ctx) error {
	answer, err := s.answer(c)
	if err != nil {
		return err
	}
	if n := len(answer.Params["state"]); n > 1 {
		return login.NewFault(login.CodeParameterDuplicate, "state is given %d times", n)
	}
	req, err := s.pending(c, answer.Params.Get("state"))
	if err != nil {
		return err
	}
	c.Locals(pendingKey, &req)
	p := s.provider(req.Provider)
	if p == nil || p.Name != c.Params("idp") {
		return login.NewFault(login.CodeIssuerMismatch, "the answer came to the callback of another provider")
	}
	answer.Request = s.config.Peers.Facts(c, req.App)
	return s.complete(c, p, req, answer)
}

// answer copies the provider's parameters out of the request.
func (s *Server) answer(c *fiber.Ctx) (login.Callback, error) {
	raw := c.Request().URI().QueryString()
	if c.Method() == fiber.MethodPost {
		raw = c.Body()
	}
	if len(raw) > maxAnswer {
		return login.Callback{}, login.NewFault(login.CodeRequestTooLarge, "the answer is longer than 64 KiB")
	}
	params, err := url.ParseQuery(string(raw))
	if err != nil {
		return login.Callback{}, login.NewFault(login.CodeParameterInvalid, "the answer is not form-encoded")
	}
	return login.Callback{
		Params: params, Method: c.Method(), ReceivedAt: s.config.Now(), Session: s.cookies.handle(c),
	}, nil
}

const maxAnswer = 64 << 10 // bytes

func (s *Server) complete(c *fiber.Ctx, p *Provider, req login.AuthRequest, answer login.Callback) error {
	trace := &login.Trace{Now: s.config.Now}
	ctx := session.WithUserAgent(login.WithTrace(s.base, trace), answer.Request.UserAgent)
	ctx, cancel := context.WithTimeout(ctx, s.config.LoginTimeout)
	defer cancel()
	done, err := p.Flow.Complete(ctx, req, answer)
	s.metrics.login(req, err, trace)
	if err != nil {
		return s.failed(c, p, req, err)
	}
	s.cookies.clear(c, s.cookies.login+req.ID)
	s.cookies.set(c, s.cookies.session, done.Handle, 0, false)
	return c.Redirect(req.ReturnTo, fiber.StatusSeeOther)
}

// failed begins a step-up's second and last round when the provider did not
// re-authenticate in the first; every other failure is the page's.
func (s *Server) failed(c *fiber.Ctx, p *Provider, req login.AuthRequest, err error) error {
	if req.Purpose != login.PurposeStepUp || req.Round >= maxRounds || login.CodeOf(err) != login.CodeReauthNotPerformed {
		return err
	}
	s.cookies.clear(c, s.cookies.login+req.ID)
	now := s.config.Now()
	req.Round++
	req.RequestedAt, req.Expiry = now.Unix(), now.Add(pendingLife).Unix()
	if again := s.begin(c, p, req); again != nil {
		return errors.Join(err, again)
	}
	return nil
}

const maxRounds = 2
