package web

import (
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// login begins a login: it chooses the provider and sends the browser there.
func (s *Server) login(c *fiber.Ctx) error {
	w, err := s.wish(c)
	if err != nil {
		return err
	}
	held, err := s.current(c, appName(w.app))
	if err != nil {
		return err
	}
	if w.level != "" || w.demand.text != "" || w.maxAge != nil && held.record != nil {
		return s.stepUp(c, w, held)
	}
	if s.suffices(w, held) {
		return s.goHome(c, s.handle(c), w.to)
	}
	p, err := s.choose(w)
	if err != nil {
		return err
	}
	if p == nil {
		return s.chooser(c, w)
	}
	return s.begin(c, p, s.request(c, p, w, login.PurposeLogin))
}

// proof reports whether a new one is asked for besides the level: by the request
// itself, or by the application that gets the session.
func (s *Server) proof(w wish) bool {
	return w.maxAge != nil || w.forceAuth != nil && *w.forceAuth ||
		w.to.start != "" && forceAuth(w.forceAuth, w.app, s.config.ForceAuth)
}

// suffices reports whether the session that is held is all that an application
// on another origin asks for: it needs a handle, not another login.
func (s *Server) suffices(w wish, held *held) bool {
	return w.to.start != "" && held.record != nil && w.maxAge == nil &&
		(w.idp == "" || w.idp == held.record.Document.Person.IdP) && !forceAuth(w.forceAuth, w.app, s.config.ForceAuth)
}

// handle is the one that the browser has on the host's own origin.
func (s *Server) handle(c *fiber.Ctx) string { return s.config.Origins.public.cookies.handle(c) }

// stepUp raises the session: at once when it is what was asked for already and no
// new proof is, otherwise by proving the person again at the session's own
// provider. Someone without a session signs in for the first time instead.
func (s *Server) stepUp(c *fiber.Ctx, w wish, held *held) error {
	if err := s.reachable(w.level); err != nil {
		return err
	}
	if held.record != nil && s.enough(w, held) {
		return s.goHome(c, s.handle(c), w.to)
	}
	purpose := login.PurposeStepUp
	if held.record == nil {
		purpose = login.PurposeLogin
	} else {
		w.idp = held.record.Document.Person.IdP
	}
	p, err := s.choose(w)
	if err != nil {
		return err
	}
	if p == nil {
		return s.chooser(c, w)
	}
	if r, says := p.Flow.Provider.(login.Recognizer); says && !r.Recognizes() && purpose == login.PurposeStepUp {
		return login.NewFault(login.CodeLevelNoStepUp, "the provider names people anew at each sign-in, so that it could not be told who answers")
	}
	return s.begin(c, p, s.raise(s.request(c, p, w, purpose), w))
}

// reachable refuses a level that cannot be asked for; "" asks for none.
func (s *Server) reachable(path string) error {
	switch level, declared := s.config.Tree[path]; {
	case path == "":
	case !declared:
		return login.NewFault(login.CodeLevelUnknown, "the level is not declared")
	case !level.StepUp:
		return login.NewFault(login.CodeLevelNoStepUp, "the level is not declared step_up: true")
	}
	return nil
}

// enough reports whether the session is what w asks for, and no new proof is.
func (s *Server) enough(w wish, held *held) bool {
	if s.proof(w) {
		return false
	}
	if w.level != "" {
		return held.decision.Holds(w.level, s.config.Now())
	}
	return s.met(w.demand, held)
}

// raise makes req ask for the levels of w: by a new proof always, as levels say
// more than how long ago the person was asked, and of the contexts that the
// levels' acr_values name. A first login without proof signs in and withholds
// the levels; a program's does not end without them, as nobody is there who would
// see that they are missing.
func (s *Server) raise(req login.AuthRequest, w wish) login.AuthRequest {
	levels := w.demand.levels
	req.ACRValues, req.Demand = w.demand.ask, w.demand.text
	if w.level != "" {
		levels, req.ACRValues = []string{w.level}, s.config.Tree[w.level].ACRValues
	}
	if len(levels) > 0 {
		req = forced(req)
	}
	if req.Purpose == login.PurposeStepUp {
		req.Round = 1
	}
	if len(levels) > 0 && (req.Purpose == login.PurposeStepUp || req.Program != nil) {
		req.Level, req.AnyOf = levels[0], levels[1:]
	}
	return req
}

// choose is the provider asked for, the only one that a browser can be sent to, or
// nil when the person must choose.
func (s *Server) choose(w wish) (*Provider, error) {
	if w.idp == "" {
		list := s.offered()
		if len(list) == 0 {
			list = s.config.Providers // each says itself how it signs in
		}
		if len(list) == 1 {
			return list[0], nil
		}
		return nil, nil
	}
	if p := s.provider(w.idp); p != nil {
		return p, nil
	}
	return nil, login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
}

func (s *Server) provider(name string) *Provider {
	i := slices.IndexFunc(s.config.Providers, func(p *Provider) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return s.config.Providers[i]
}

func (s *Server) request(c *fiber.Ctx, p *Provider, w wish, purpose login.Purpose) login.AuthRequest {
	now := s.config.Now()
	req := login.AuthRequest{
		Purpose: purpose, Provider: p.Name, RedirectURI: s.config.PublicURL.String() + "/callback/" + p.Name,
		RequestedAt: now.Unix(), RequestedMS: now.UnixMilli(), ForceAuth: forceAuth(w.forceAuth, w.app, s.config.ForceAuth), MaxAge: w.maxAge,
		App: appName(w.app), ReturnTo: w.to.url, LoginHint: w.hint,
		Session: s.handle(c), Expiry: now.Add(pendingLife).Unix(),
	}
	if req.ForceAuth {
		return forced(req)
	}
	return req
}

// forced is req with a new proof asked for.
func forced(req login.AuthRequest) login.AuthRequest {
	req.ForceAuth = true
	if req.MaxAge == nil || *req.MaxAge > 1 {
		one := int64(1)
		req.MaxAge = &one
	}
	return req
}

// begin asks the provider where to send the browser, and keeps the login in
// its cookie.
func (s *Server) begin(c *fiber.Ctx, p *Provider, req login.AuthRequest) error {
	req.State, req.ID = newState()
	ctx, cancel := context.WithTimeout(s.base, s.config.ProviderTimeout)
	defer cancel()
	req, to, err := p.Flow.Provider.Begin(ctx, req)
	if err != nil {
		return err
	}
	k := s.config.Origins.public.cookies
	if err := s.keep(c, k, sealPurpose, k.login, req.ID, req, p.CrossSite); err != nil {
		return err
	}
	return s.leave(c, to, req.ReturnTo)
}

func appName(app *Application) string {
	if app == nil {
		return ""
	}
	return app.Name
}
