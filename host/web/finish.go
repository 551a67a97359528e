package web

import (
	"context"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
)

// finish ends a hand-over: the code of this browser's own start becomes a handle
// that opens the session on this origin alone, and the browser is where it
// wanted to be.
func (s *Server) finish(c *fiber.Ctx) error {
	at := s.here(c)
	query, err := parameters(c.Request().URI().QueryString(), "start", "code", "error")
	if err != nil {
		return err
	}
	id := query.Get("start")
	b, err := s.bound(c, at, id)
	if err != nil || query.Get("error") != "" {
		s.waste(query.Get("code"), at)
	}
	if err != nil {
		return s.unbound(c, at, id, err)
	}
	if query.Get("error") != "" {
		return s.finished(c, at, b, query.Get("error"))
	}
	if err := s.takeOver(c, at, b, query.Get("code")); err != nil {
		return s.restart(c, at, b, err)
	}
	s.remember(c, at, b)
	return s.finished(c, at, b, "")
}

// takeOver exchanges the code for a handle of this origin. The host's own origin
// needs none: its session is what the login made.
func (s *Server) takeOver(c *fiber.Ctx, at *site, b binding, code string) error {
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	if at.public {
		_, err := s.config.Sessions.Peek(ctx, at.cookies.handle(c), "")
		return err
	}
	handle, record, err := s.config.Sessions.Redeem(ctx, code, audience(at, b.ID), at.scope(), at.cookies.handle(c))
	if noSession(err) || err == nil && s.config.Now().Unix() >= b.Expiry {
		return login.NewFault(login.CodeHandOverFailed, "the code is unknown, used, expired or another hand-over's")
	}
	if err != nil {
		return err
	}
	at.cookies.set(c, at.cookies.session, handle, 0, false)
	s.config.Audit(ctx, login.Event{
		Type: "hand_over", Provider: record.Document.Person.IdP, App: b.App, Session: record.ID, RequestID: requestID(c), Subject: subjectOf(record),
	})
	return nil
}

// waste spends a code that came without its binding: it stands in an address
// that others may see, and nobody is to use it with another.
func (s *Server) waste(code string, at *site) {
	if code == "" || at.public {
		return
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	_, _, _ = s.config.Sessions.Redeem(ctx, code, "", at.scope(), "") // no code has this audience, and any use spends it
}

// finished leaves the binding behind and goes where b leads; code is of a login
// that failed, or empty.
func (s *Server) finished(c *fiber.Ctx, at *site, b binding, code string) error {
	at.cookies.clear(c, at.cookies.start+b.ID)
	if b.Display == "popup" {
		if strings.ContainsFunc(code, notToken) || len(code) > maxState {
			code = string(login.CodeParameterInvalid)
		}
		head := page.Head{Title: "You can close this window", Script: page.FinishScript}
		return s.page(c, fiber.StatusOK, finishTemplate, head, map[string]any{"State": b.State, "Error": code, "Target": b.Target})
	}
	if _, err := s.config.Origins.Check(b.Target); err != nil { // the configuration may be another one by now
		return err
	}
	to := b.Target
	if b.Fragment != "" {
		to += "#" + b.Fragment
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// unbound answers a finish whose cookie did not come along: an old address, the
// sixth tab, or a browser that keeps no cookies. Somebody who is signed in here
// goes on; anybody else starts once more.
func (s *Server) unbound(c *fiber.Ctx, at *site, id string, cause error) error {
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	_, err := s.config.Sessions.Peek(ctx, at.cookies.handle(c), at.scope())
	switch {
	case err == nil:
		return c.Redirect(at.origin+at.home(), fiber.StatusSeeOther)
	case !noSession(err):
		return err
	case !validStart(id) || strings.HasPrefix(id, restarted):
		return cause
	}
	return s.restart(c, at, binding{ID: id, Target: at.origin + at.home()}, cause)
}

// restart begins a hand-over anew, once: a code that waited too long, or in
// another tab, is nobody's fault.
func (s *Server) restart(c *fiber.Ctx, at *site, b binding, cause error) error {
	code := login.CodeOf(cause)
	if strings.HasPrefix(b.ID, restarted) || code != login.CodeHandOverFailed && code != login.CodeBindingMissing && code != login.CodeSessionMissing {
		if b.Display == "popup" {
			return s.failPopup(c, at, b, cause)
		}
		return cause
	}
	at.cookies.clear(c, at.cookies.start+b.ID)
	query, _ := url.ParseQuery(b.Query) // this host encoded it
	query.Set("return_to", b.Target)
	query.Set("fragment", b.Fragment)
	query.Set("restart", "1")
	if b.Display != "" {
		query.Set("display", b.Display)
		query.Set("state", b.State)
	}
	return c.Redirect(at.origin+ownPrefix+startPath+"?"+query.Encode(), fiber.StatusSeeOther)
}
