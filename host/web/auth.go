package web

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

const loginHeader = "X-Doorward-Login"

// asked is what a proxy asks about: the request that it holds back.
type asked struct {
	at     *site
	app    *Application
	uri    string // path and query, as the client sent them
	page   bool   // a person looks at the answer
	levels []string
}

// auth answers a proxy: 200 with the identity headers, or what to tell the
// client instead. Only 200 lets a request through.
func (s *Server) auth(c *fiber.Ctx) error {
	c.Response().Header.SetCanonical(varyOnAll.name, varyOnAll.value)
	a, err := s.asked(c)
	if err != nil {
		return err
	}
	with, err := s.asksAsProgram(c, a)
	if err != nil {
		return err
	}
	h, err := s.open(c, with, a.app.Name)
	if err != nil {
		return err
	}
	a.page = a.page && !with.bearer // nobody looks
	now := s.config.Now()
	var missing []string
	for _, level := range a.levels {
		if !h.decision.Holds(level, now) {
			missing = append(missing, level)
		}
	}
	if len(missing) > 0 {
		return s.turnAway(c, a, h, missing)
	}
	if with.bearer || len(a.app.Clients) > 0 {
		passOn(c, with)
	}
	return s.admit(c, a, h)
}

// asked reads the original request out of the proxy's headers, each of which
// must be there once.
func (s *Server) asked(c *fiber.Ctx) (a asked, err error) {
	if !s.config.Peers.trusts(c) {
		peer, _ := peerOf(c)
		return a, login.NewFault(login.CodePeerUntrusted, "%s asks as a proxy and is not in trusted_proxies", peer)
	}
	var of [4]string
	for i, name := range []string{"X-Forwarded-Method", fiber.HeaderXForwardedProto, fiber.HeaderXForwardedHost, "X-Forwarded-Uri"} {
		values := c.Request().Header.PeekAll(name)
		if len(values) != 1 || len(values[0]) == 0 {
			return a, login.NewFault(login.CodeParameterInvalid, "the proxy must send %s once, and sent it %d times", name, len(values))
		}
		of[i] = string(values[0])
	}
	method, proto, host, uri := of[0], of[1], of[2], of[3]
	if a.at = s.config.Origins.find(proto, host); a.at == nil {
		return a, login.NewFault(login.CodeAppUnknown, "no application has the origin that was asked about")
	}
	c.Locals(siteKey, a.at)
	if a.app, err = a.at.appOf(uri); err != nil {
		return a, err
	}
	a.uri, a.page = uri, (method == fiber.MethodGet || method == fiber.MethodHead) && navigates(c)
	a.levels, err = s.levels(c, a.app)
	return a, err
}

// appOf is the application that a request for uri goes to. A path that servers
// read differently is refused where that could lead to another application.
func (at *site) appOf(uri string) (*Application, error) {
	raw, _, _ := strings.Cut(uri, "?")
	if !strings.HasPrefix(raw, "/") || strings.ContainsFunc(raw, unsafeInPath) || strings.Contains(uri, "#") {
		return nil, login.NewFault(login.CodeParameterInvalid, "the path does not begin with / or has characters that it cannot have")
	}
	if under(raw, ownPrefix) {
		return nil, login.NewFault(login.CodeAppUnknown, "the proxy must pass on what is under %s/ instead of asking about it", ownPrefix)
	}
	app, clear := at.reads(raw)
	if _, err := url.PathUnescape(raw); err != nil && !clear {
		return nil, login.NewFault(login.CodeParameterInvalid, "the path cannot be decoded")
	}
	if !clear {
		return nil, login.NewFault(login.CodePathAmbiguous, "servers read the path differently, and not one application alone is on this host")
	}
	if app != nil {
		return app, nil
	}
	return nil, login.NewFault(login.CodeAppUnknown, "no application on this host has the path that was asked about")
}

func unsafeInPath(r rune) bool { return r < ' ' || r == 0x7f }

// levels are those that the application requires and those that the proxy asks
// for, each once.
func (s *Server) levels(c *fiber.Ctx, app *Application) ([]string, error) {
	levels := slices.Clip(app.Require) // shared: what is added goes into a copy
	raw := c.Request().URI().QueryString()
	if len(raw) == 0 {
		return levels, nil
	}
	if len(raw) > maxQuery {
		return nil, login.NewFault(login.CodeParameterInvalid, "the query is longer than 8 KiB")
	}
	for pair := range bytes.SplitSeq(raw, []byte("&")) {
		name, value, _ := bytes.Cut(pair, []byte("="))
		level, err := url.QueryUnescape(string(value))
		switch {
		case string(name) != "level" || err != nil:
			return nil, login.NewFault(login.CodeParameterInvalid, "an unknown parameter, or one that is not form-encoded; known is level")
		case !s.config.Known(level):
			return nil, login.NewFault(login.CodeLevelUnknown, "a level is not declared")
		case !slices.Contains(levels, level):
			levels = append(levels, level)
		}
	}
	return levels, nil
}

// navigates reports whether a person's browser opens a page (Fetch Metadata
// Request Headers, section 2.3), as opposed to what a page or program fetches.
func navigates(c *fiber.Ctx) bool {
	if mode := c.Request().Header.Peek("Sec-Fetch-Mode"); len(mode) > 0 {
		return string(mode) == "navigate"
	}
	return strings.Contains(string(c.Request().Header.Peek(fiber.HeaderAccept)), fiber.MIMETextHTML)
}

// turnAway answers for a request that lacks levels: the way to a login that can
// give them, or a refusal.
func (s *Server) turnAway(c *fiber.Ctx, a asked, h *held, missing []string) error {
	level := ""
	for _, m := range missing {
		switch {
		case zone(m):
			s.noteMissed(c, h, a.app.Name, m)
			return missed(m, h)
		case s.config.Tree[m].StepUp:
			level = m
		case h.record != nil:
			s.noteMissed(c, h, a.app.Name, m)
			return missed(m, h)
		}
	}
	if a.page {
		to := s.startURL(a, level)
		if a.app.ForwardAuth != "status" {
			return c.Redirect(to, fiber.StatusSeeOther)
		}
		c.Set(loginHeader, to)
	}
	out := &c.Response().Header
	if h.record == nil {
		out.SetCanonical(bearer.name, bearer.value)
		return missed(missing[0], h)
	}
	needed := s.stepUps[level]
	out.SetCanonical(needed.challenge.name, needed.challenge.value)
	return needed.fault
}

// zone reports whether a level depends on where the request comes from.
func zone(level string) bool {
	return level == "SecurityZones" || strings.HasPrefix(level, "SecurityZones/")
}

// missed is the fault of a request that lacks a level, or a session.
func missed(level string, h *held) error {
	if h.record == nil && !zone(level) {
		return &login.Fault{Code: login.CodeSessionMissing, Detail: "nobody is signed in, and " + level + " is needed"}
	}
	why := &login.LevelError{Level: level, Withheld: h.decision.Why(level)}
	return &login.Fault{Code: login.CodeLevelMissing, Detail: why.Error(), Err: why}
}

var (
	varyOnAll = line(fiber.HeaderVary, "*") // the answer depends on all of what is asked
	bearer    = line(fiber.HeaderWWWAuthenticate, "Bearer")
)

// sendable is a path and query as an address can carry it: browsers leave some
// characters of a query as they are.
func sendable(uri string) string {
	if !strings.ContainsFunc(uri, unsafeInAddress) {
		return uri
	}
	var out strings.Builder
	for _, b := range []byte(uri) {
		if unsafeInAddress(rune(b)) {
			fmt.Fprintf(&out, "%%%02X", b)
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}

// startURL begins a login that comes back to the request. An address that is
// too long to carry loses its query.
func (s *Server) startURL(a asked, level string) string {
	to := sendable(a.uri)
	if _, err := s.config.Origins.Check(a.at.origin + to); err != nil {
		to, _, _ = strings.Cut(to, "?")
		if _, err := s.config.Origins.Check(a.at.origin + to); err != nil {
			to = a.at.home()
		}
	}
	if strings.HasPrefix(to, "//") {
		to = a.at.origin + to // or it would name a host
	}
	query := "return_to=" + url.QueryEscape(to)
	if level != "" {
		query = "level=" + url.QueryEscape(level) + "&" + query
	}
	return a.at.origin + ownPrefix + startPath + "?" + query
}
