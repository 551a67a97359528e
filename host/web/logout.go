package web

import (
	"context"
	"encoding/base64"
	"net/url"

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
	c.Set(fiber.HeaderContentSecurityPolicy, page.Policy(s.originsOf(at, back)...))
	return s.page(c, fiber.StatusOK, logoutTemplate, pageHead("Sign out"), map[string]any{
		"Action": at.base() + "/logout", "ReturnTo": back, "SignedIn": h.record != nil, "User": said.name(),
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

// logout ends the session here and on every other origin and, when the provider
// can, there too. It needs the Origin of the site that it came to: a cookie
// alone proves no intent.
func (s *Server) logout(c *fiber.Ctx) error {
	at := s.here(c)
	if err := ownOrigin(c, at); err != nil {
		return err
	}
	form, err := parameters(c.Body(), "return_to")
	if err != nil {
		return err
	}
	back, err := s.back(at, form.Get("return_to"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.ProviderTimeout)
	defer cancel()
	record, err := s.end(ctx, c, at)
	if err != nil {
		return err
	}
	if record != nil {
		if to := s.providerLogout(ctx, record.Document, back); to.URL != "" {
			return s.leave(c, to, back)
		}
	}
	return c.Redirect(s.signedOut(at, back), fiber.StatusSeeOther)
}

// end removes the session and its cookie; nil when there was none.
func (s *Server) end(ctx context.Context, c *fiber.Ctx, at *site) (*session.Record, error) {
	record, err := s.config.Sessions.End(ctx, at.cookies.handle(c), at.scope())
	if err != nil && !noSession(err) {
		return nil, login.NewFault(login.CodeStoreUnavailable, "end the session: %w", err)
	}
	at.cookies.clear(c, at.cookies.session)
	if err != nil {
		return nil, nil
	}
	s.ended(ctx, record, requestID(c))
	return record, nil
}

// ended forgets a session that its person ended, and tells the audit log.
func (s *Server) ended(ctx context.Context, record *session.Record, requestID string) {
	s.config.Levels.Forget(levelsKey(record))
	s.changes.forget(record.ID)
	s.config.Audit(ctx, login.Event{
		Type: "logout", Provider: record.Document.Person.IdP, Session: record.ID, RequestID: requestID, Subject: subjectOf(record),
	})
}

// providerLogout is how the provider ends its own session; empty when it
// cannot. The way back travels in the state, sealed.
func (s *Server) providerLogout(ctx context.Context, doc login.Document, back string) login.Redirect {
	p := s.provider(doc.Person.IdP)
	if p == nil {
		return login.Redirect{}
	}
	out, can := p.Flow.Provider.(login.SignOuter)
	if !can {
		return login.Redirect{}
	}
	state := base64.RawURLEncoding.EncodeToString(s.config.Keys.Seal(logoutPurpose, []byte(back), []byte(p.Name)))
	to, err := out.SignOut(ctx, doc, s.config.PublicURL.String()+"/logout/callback/"+p.Name, state)
	if err != nil {
		s.config.Log.WarnContext(ctx, "provider sign-out is not available", "provider", p.Name, "code", login.CodeOf(err))
		return login.Redirect{}
	}
	return to
}

const logoutPurpose = "logout-state"

// leave sends the browser to a provider, by a redirect or by a form that sends
// itself.
//
// Browsers hold the page's form-action against every redirect that follows the
// form (CSP Level 3, section 6.4.1): the provider's own hops, and home again.
func (s *Server) leave(c *fiber.Ctx, to login.Redirect, home string) error {
	if to.Form == nil {
		return c.Redirect(to.URL, fiber.StatusSeeOther)
	}
	target, err := url.Parse(to.URL)
	if err != nil {
		return login.NewFault(login.CodeProviderDown, "the provider's address cannot be parsed")
	}
	c.Set(fiber.HeaderContentSecurityPolicy, page.Policy(append(s.originsOf(s.here(c), home), "https:", s.config.Origins.public.origin, originOf(target))...))
	head := page.Head{Title: "One moment", Script: page.SubmitScript}
	return s.page(c, fiber.StatusOK, leaveTemplate, head, map[string]any{"To": to, "Host": target.Host})
}

// originsOf is the origin of a checked address, unless it is this page's own.
func (s *Server) originsOf(at *site, address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || originOf(u) == at.origin {
		return nil
	}
	return []string{originOf(u)}
}

// loggedOut is where the provider sends the browser after its own sign-out. A
// state that is not ours leads to our own page.
func (s *Server) loggedOut(c *fiber.Ctx) error {
	p := s.provider(c.Params("idp"))
	if p == nil {
		return login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
	}
	back := "/"
	if raw, err := base64.RawURLEncoding.DecodeString(c.Query("state")); err == nil {
		if sealed, err := s.config.Keys.Open(logoutPurpose, raw, []byte(p.Name)); err == nil {
			back = string(sealed)
		}
	}
	to, err := s.config.Origins.Check(back)
	if err != nil {
		return err
	}
	return c.Redirect(s.signedOut(s.config.Origins.public, to.url), fiber.StatusSeeOther)
}

// signedOut is the address after a sign-out: an application's own, or our
// page that says so.
func (s *Server) signedOut(at *site, back string) string {
	if back == "/" && at.public {
		return "/?signed_out=true"
	}
	return back
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
