package web

import (
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
	demand    demand // of acr_values
	hint      string
}

// wish reads and checks the parameters of GET /login.
func (s *Server) wish(c *fiber.Ctx) (w wish, err error) {
	query, err := parameters(c.Request().URI().QueryString(),
		"idp", "return_to", "force_auth", "max_age", "level", "acr_values", "login_hint", "app")
	if err != nil {
		return w, err
	}
	w.idp, w.level = query.Get("idp"), query.Get("level")
	if w.hint, err = hint(query); err != nil {
		return w, err
	}
	if w.to, err = s.config.Origins.Check(query.Get("return_to")); err != nil {
		return w, err
	}
	pending := &login.AuthRequest{ReturnTo: w.to.url} // so far: an error page leads back, or begins again
	c.Locals(pendingKey, pending)
	if w.app, err = s.appFor(w.to, query.Get("app")); err != nil {
		return w, err
	}
	if _, err := s.choose(w); err != nil {
		return w, err
	}
	pending.Provider, pending.App, pending.Level = w.idp, appName(w.app), w.level
	if w.forceAuth, err = boolean(query, "force_auth"); err != nil {
		return w, err
	}
	if w.demand, err = s.demand(query.Get("acr_values")); err != nil {
		return w, err
	}
	if w.level != "" && w.demand.text != "" {
		return w, login.NewFault(login.CodeParameterInvalid, "level and acr_values both name what is to be reached: send one of them")
	}
	pending.ForceAuth, pending.Demand = w.forceAuth != nil && *w.forceAuth, w.demand.text
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
