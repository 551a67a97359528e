package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

const (
	maxQuery     = 8 << 10 // bytes
	maxLoginHint = 256     // bytes
	maxMaxAge    = 10 * 365 * 24 * 3600
)

// wish is a checked GET /login: what the person, or the application, asks for.
type wish struct {
	idp       string
	to        destination
	app       *Application
	forceAuth *bool
	maxAge    *int64
	level     string
	hint      string
}

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
	if w.level != "" {
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

// stepUp raises the session to a level: at once when it is held already and no
// new proof is asked for, otherwise by proving the person again at the session's own provider. Someone
// without a session signs in for the first time instead.
func (s *Server) stepUp(c *fiber.Ctx, w wish, held *held) error {
	level, declared := s.config.Tree[w.level]
	switch {
	case !declared:
		return login.NewFault(login.CodeLevelUnknown, "the level is not declared")
	case !level.StepUp:
		return login.NewFault(login.CodeLevelNoStepUp, "the level is not declared step_up: true")
	case held.record != nil && held.decision.Holds(w.level, s.config.Now()) && !s.proof(w):
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
	forced := true
	w.forceAuth = &forced
	req := s.request(c, p, w, purpose)
	req.Level, req.Round = w.level, 1
	if purpose == login.PurposeLogin {
		req.Level = "" // a first login without proof signs in and withholds the level
	}
	return s.begin(c, p, req)
}

// choose is the provider asked for, the only one, or nil when the person must
// choose.
func (s *Server) choose(w wish) (*Provider, error) {
	if w.idp == "" {
		if len(s.config.Providers) == 1 {
			return s.config.Providers[0], nil
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
		RequestedAt: now.Unix(), ForceAuth: forceAuth(w.forceAuth, w.app, s.config.ForceAuth), MaxAge: w.maxAge,
		App: appName(w.app), ReturnTo: w.to.url, LoginHint: w.hint,
		Session: s.handle(c), Expiry: now.Add(pendingLife).Unix(),
	}
	if req.ForceAuth && (req.MaxAge == nil || *req.MaxAge > 1) {
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
	if err := s.keep(c, req, p.CrossSite); err != nil {
		return err
	}
	return s.leave(c, to, req.ReturnTo)
}

// wish reads and checks the parameters of GET /login.
func (s *Server) wish(c *fiber.Ctx) (w wish, err error) {
	query, err := parameters(c.Request().URI().QueryString(),
		"idp", "return_to", "force_auth", "max_age", "level", "login_hint", "app")
	if err != nil {
		return w, err
	}
	w.idp, w.level, w.hint = query.Get("idp"), query.Get("level"), query.Get("login_hint")
	if len(w.hint) > maxLoginHint || strings.ContainsFunc(w.hint, func(r rune) bool { return r < ' ' }) {
		return w, login.NewFault(login.CodeParameterInvalid, "login_hint is longer than 256 bytes or has control characters")
	}
	if w.to, err = s.config.Origins.Check(query.Get("return_to")); err != nil {
		return w, err
	}
	c.Locals(pendingKey, &login.AuthRequest{ReturnTo: w.to.url}) // an error page can lead back
	if w.app, err = s.appFor(w.to, query.Get("app")); err != nil {
		return w, err
	}
	if w.forceAuth, err = boolean(query, "force_auth"); err != nil {
		return w, err
	}
	if w.maxAge, err = seconds(query, "max_age"); err == nil && w.maxAge != nil && *w.maxAge == 0 {
		yes := true // OpenID Connect Core 1.0, section 3.1.2.1: the same as prompt=login
		w.forceAuth = &yes
	}
	return w, err
}

// appFor is the application that a login is for: the one that its return address
// belongs to. A name can say which of those on one origin it is, and no other: a
// laxer force_auth is not to be had by asking.
func (s *Server) appFor(to destination, name string) (*Application, error) {
	if name == "" && to.start != "" && !to.site.public {
		return to.site.entries[0].app, nil // those of one origin agree on what a login must prove
	}
	if name == "" {
		return to.app, nil
	}
	app := s.config.Origins.App(name)
	switch {
	case app == nil:
		return nil, login.NewFault(login.CodeAppUnknown, "no application of that name is configured")
	case to.start != "" && !slices.Contains(app.Origins, to.site.origin), to.start == "" && to.app != nil && to.app != app:
		return nil, login.NewFault(login.CodeParameterInvalid, "app is another application than return_to leads to")
	}
	return app, nil
}

// parameters parses a query or form; every parameter must be known, and none
// may come twice.
func parameters(raw []byte, known ...string) (url.Values, error) {
	if len(raw) > maxQuery {
		return nil, login.NewFault(login.CodeRequestTooLarge, "the query is longer than 8 KiB")
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, login.NewFault(login.CodeParameterInvalid, "the query is not form-encoded")
	}
	for name, list := range values {
		if !slices.Contains(known, name) {
			return nil, login.NewFault(login.CodeParameterInvalid, "an unknown parameter; known are %s", strings.Join(known, ", "))
		}
		if len(list) > 1 {
			return nil, login.NewFault(login.CodeParameterDuplicate, "%s is given more than once", name)
		}
	}
	return values, nil
}

func boolean(query url.Values, name string) (*bool, error) {
	yes, no := true, false
	switch query.Get(name) {
	case "":
		return nil, nil
	case "true":
		return &yes, nil
	case "false":
		return &no, nil
	}
	return nil, login.NewFault(login.CodeParameterInvalid, "%s must be true or false", name)
}

func seconds(query url.Values, name string) (*int64, error) {
	text := query.Get(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxMaxAge {
		return nil, login.NewFault(login.CodeParameterInvalid, "%s must be a number of seconds from 0 to %d", name, maxMaxAge)
	}
	return &n, nil
}

func appName(app *Application) string {
	if app == nil {
		return ""
	}
	return app.Name
}
