package web

import (
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
)

// What the pages of the console need of the edge.

// Test is a test login that was answered, however it went.
type Test struct {
	Request login.AuthRequest
	Console string // id of the session that began it
	Trace   *login.Trace
	Session login.Session // without a handle
	Facts   login.Request
	Err     error
}

// Guard is the session of whoever asks, when it holds level: otherwise a
// *login.Fault, session_missing or level_missing.
func (s *Server) Guard(c *fiber.Ctx, level string) (*session.Record, error) {
	h, err := s.current(c, "")
	if err != nil {
		return nil, err
	}
	if h.record == nil || !h.decision.Holds(level, s.config.Now()) {
		return nil, missed(level, h)
	}
	return h.record, nil
}

// SendToLogin sends a person whom Guard refused to a login that can help, and
// back to this page; everything else is refused as Guard did.
func (s *Server) SendToLogin(c *fiber.Ctx, level string) error {
	h, err := s.current(c, "")
	if err != nil {
		return err
	}
	stepUp := s.config.Tree[level].StepUp // level may be empty
	if c.Method() != fiber.MethodGet || !navigates(c) || h.record != nil && !stepUp {
		return missed(level, h)
	}
	query := url.Values{"return_to": {string(c.Request().URI().RequestURI())}}
	if stepUp {
		query.Set("level", level)
	}
	return c.Redirect("/login?"+query.Encode(), fiber.StatusSeeOther)
}

// Render writes a page.
func (s *Server) Render(c *fiber.Ctx, status int, t *page.Template, head page.Head, data any) error {
	return s.page(c, status, t, head, data)
}

// OwnOrigin refuses a request that no page of this host made.
func (s *Server) OwnOrigin(c *fiber.Ctx) error { return ownOrigin(c, s.here(c)) }

// Parameters parses a query or form; every parameter must be known, and none
// may come twice.
func (s *Server) Parameters(raw []byte, known ...string) (url.Values, error) {
	return parameters(raw, known...)
}

// BeginTest begins a test login at the provider, for the session that asks.
func (s *Server) BeginTest(c *fiber.Ctx, record *session.Record, provider string, force bool) error {
	p := s.provider(provider)
	if p == nil {
		return login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
	}
	req := s.request(c, p, wish{to: destination{url: "/console", site: s.config.Origins.public}, forceAuth: &force}, login.PurposeTest)
	req.Console = record.ID
	return s.begin(c, p, req)
}

// tested hands a test login's result over, and shows it.
func (s *Server) tested(c *fiber.Ctx, t Test) error {
	k := s.config.Origins.public.cookies
	k.clear(c, k.login+t.Request.ID)
	if s.config.Tested == nil {
		return login.NewFault(login.CodeConsoleOff, "a test login was answered while the console is off")
	}
	t.Console = t.Request.Console
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	return c.Redirect(s.config.Tested(ctx, t), fiber.StatusSeeOther)
}

// SignOutTest ends the session of a test login at its provider, and comes back
// to a path of this host; at once when the provider cannot.
func (s *Server) SignOutTest(c *fiber.Ctx, doc login.Document, provider, back string) error {
	doc.Person.IdP = provider
	ctx, cancel := context.WithTimeout(s.base, s.config.ProviderTimeout)
	defer cancel()
	if to := s.providerLogout(ctx, c, doc, login.TokensOf(doc), left{Back: back}); to.URL != "" {
		return s.leave(c, to, back)
	}
	return c.Redirect(back, fiber.StatusSeeOther)
}
