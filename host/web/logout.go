// Signing out here: in this browser, or everywhere.

package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
)

// logoutPage asks before it ends anything: a link must not sign people out.
func (s *Server) logoutPage(c *fiber.Ctx) error {
	query, err := parameters(c.Request().URI().QueryString(), "return_to")
	if err != nil {
		return err
	}
	at := s.here(c)
	back, err := s.back(at, query.Get("return_to"))
	if err != nil {
		return err
	}
	h, err := s.current(c, "")
	if err != nil {
		return err
	}
	said, err := s.describe(h)
	if err != nil {
		return err
	}
	own, err := s.ownSessions(h.record)
	if err != nil {
		return err
	}
	if !at.public {
		own.Rows = nil // an application's scripts can read this page, and need not know the person's devices
	}
	c.Set(fiber.HeaderContentSecurityPolicy, page.Policy(s.originsOf(at, back)...))
	return s.page(c, fiber.StatusOK, logoutTemplate, pageHead("Sign out"), map[string]any{
		"Action": at.base() + "/logout", "ReturnTo": back, "SignedIn": h.record != nil, "User": said.name(), "Sessions": own,
	})
}

// back is where a browser goes after a sign-out: home, when it does not say.
func (s *Server) back(at *site, returnTo string) (string, error) {
	if at.public {
		to, err := s.config.Origins.Check(returnTo)
		return to.url, err
	}
	to, err := s.config.Origins.Check(at.absolute(returnTo))
	return to.url, err
}

// logout ends the session here and on every other origin, or with everywhere all
// of the person's, and, when the provider can, its own session in this browser.
// It needs the Origin of the site that it came to: a cookie alone proves no
// intent.
func (s *Server) logout(c *fiber.Ctx) error {
	at := s.here(c)
	if err := ownOrigin(c, at); err != nil {
		return err
	}
	form, err := parameters(c.BodyRaw(), "return_to", "everywhere")
	if err != nil {
		return err
	}
	everywhere, err := boolean(form, "everywhere")
	if err != nil {
		return err
	}
	left := left{Everywhere: everywhere != nil && *everywhere}
	if left.Back, err = s.back(at, form.Get("return_to")); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.ProviderTimeout)
	defer cancel()
	record, err := s.end(ctx, c, at, left.Everywhere)
	if err != nil {
		return err
	}
	if record != nil {
		if to := s.providerLogout(ctx, c, record.Document, record.Tokens, left); to.URL != "" {
			return s.depart(c, to, left.Back)
		}
		left.Still = record.Document.Person.IdP
	}
	return c.Redirect(left.address(at), fiber.StatusSeeOther)
}

// end removes the session, or all of the person's, and its cookie; nil when there
// was none.
func (s *Server) end(ctx context.Context, c *fiber.Ctx, at *site, everywhere bool) (*session.Record, error) {
	record, n, err := s.endOf(ctx, at.cookies.handle(c), at.scope(), everywhere)
	if err != nil && !noSession(err) {
		return nil, login.NewFault(login.CodeStoreUnavailable, "end the session: %w", err)
	}
	at.cookies.clear(c, at.cookies.session)
	if err != nil {
		return nil, nil
	}
	s.ended(ctx, record, n, requestID(c))
	return record, nil
}

// ended forgets a session that its person ended, as one of n, and tells the audit
// log.
func (s *Server) ended(ctx context.Context, record *session.Record, n int, requestID string) {
	s.config.Levels.Forget(levelsKey(record))
	s.changes.forget(record.ID)
	s.config.Audit(ctx, login.Event{
		Type: "logout", Provider: record.Document.Person.IdP, Session: record.ID, Sessions: n, RequestID: requestID, Subject: subjectOf(record),
	})
}

// endOf also says how many sessions ended, when all of the person's were to.
func (s *Server) endOf(ctx context.Context, handle, scope string, everywhere bool) (*session.Record, int, error) {
	if everywhere {
		return s.config.Sessions.EndEverywhere(ctx, handle, scope)
	}
	record, err := s.config.Sessions.End(ctx, handle, scope)
	return record, 0, err
}

// ownOrigin refuses a state-changing request that no page of the site made
// (OWASP CSRF prevention: verify Origin), whatever the cookie's SameSite.
func ownOrigin(c *fiber.Ctx, at *site) error {
	origins := c.Request().Header.PeekAll(fiber.HeaderOrigin)
	if len(origins) != 1 || string(origins[0]) != at.origin {
		return login.NewFault(login.CodeOriginRefused, "the Origin header is not this site's")
	}
	return nil
}
