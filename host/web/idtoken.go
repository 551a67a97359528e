// Sign-in with an ID token that the request brings in a header.

package web

import (
	"log/slog"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// Direct is how a provider whose Flow.Provider is a login.Direct is asked and
// answered.
type Direct struct {
	Header     string // with the token
	SuccessURL string // where a browser goes that does not say; it must be one that Origins.Check takes
	Realm      string // of the JSON answer
}

// offered are the providers that a browser can be sent to.
func (s *Server) offered() (list []*Provider) {
	for _, p := range s.config.Providers {
		if p.Direct == nil {
			list = append(list, p)
		}
	}
	return list
}

// idToken signs in with the ID token of the request: a browser gets the cookie
// and goes on, a program gets a bearer. No form and no link can make the request,
// as neither sends a header of its own, and a page of another origin that tries is
// not let by its browser (Fetch, section 4.8).
func (s *Server) idToken(c *fiber.Ctx) error {
	p := s.provider(strings.Clone(c.Params("idp")))
	if p == nil || p.Direct == nil {
		return login.NewFault(login.CodeProviderUnknown, "no provider of that name takes an ID token in a header")
	}
	if len(c.Request().Header.PeekAll(fiber.HeaderOrigin)) > 0 { // programs have none
		if err := ownOrigin(c, s.config.Origins.public); err != nil {
			return err
		}
	}
	w, err := s.directWish(c, p)
	if err != nil {
		return err
	}
	browser := takesPage(c.Get(fiber.HeaderAccept))
	req, answer := s.brought(c, p, w, browser)
	done, err := s.walk(s.trace(c), p, req, answer)
	if err != nil {
		return refuseDirect(c, err)
	}
	if browser {
		return s.signedIn(c, req, done)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderVary, fiber.HeaderAccept)
	return c.JSON(granted{TokenID: bearerText(req.App, done.Handle), SuccessURL: w.to.url, Realm: p.Direct.Realm})
}

// granted is what a program gets.
type granted struct {
	TokenID    string `json:"tokenId"` // the session, as a bearer
	SuccessURL string `json:"successUrl"`
	Realm      string `json:"realm"`
}

// directWish reads and checks the parameters, as GET /login does.
func (s *Server) directWish(c *fiber.Ctx, p *Provider) (w wish, err error) {
	query, err := parameters(c.Request().URI().QueryString(), "app", "return_to")
	if err != nil {
		return w, err
	}
	target := query.Get("return_to")
	if target == "" {
		target = p.Direct.SuccessURL
	}
	if w.to, err = s.config.Origins.Check(target); err != nil {
		return w, err
	}
	w.app, err = s.appFor(w.to, query.Get("app"))
	return w, err
}

// brought is the login that the request brings its token for. What a program gets
// is a session of its own; a browser's takes the place of the one that it has.
func (s *Server) brought(c *fiber.Ctx, p *Provider, w wish, browser bool) (login.AuthRequest, login.Callback) {
	answer := login.Callback{
		Params: url.Values{login.BroughtParam: tokensIn(c, p.Direct.Header)},
		Method: c.Method(), ReceivedAt: s.config.Now(), Request: s.config.Peers.Facts(c, appName(w.app)),
	}
	req := s.request(c, p, w, login.PurposeLogin)
	req.State, req.ID = newState()
	req.RedirectURI = ""
	if browser {
		answer.Session = req.Session
	} else {
		req.Session, req.Program = "", &login.Program{}
	}
	if provider, ok := p.Flow.Provider.(login.Direct); ok {
		req = provider.Bring(req, answer)
	}
	answer.Held = s.heldBefore(req, answer)
	c.Locals(pendingKey, &req)
	return req, answer
}

// tokensIn are all the tokens of a request: those of the header, and bearers.
// What is nearly a bearer comes along whole, so that it is refused instead of
// passed over.
func tokensIn(c *fiber.Ctx, header string) []string {
	tokens := all(c, header)
	for _, value := range all(c, fiber.HeaderAuthorization) {
		if isBearer([]byte(value)) {
			tokens = append(tokens, strings.TrimPrefix(value, "Bearer "))
		}
	}
	return tokens
}

// refuseDirect says how a refusal is logged, and what a 401 asks for (RFC 6750,
// section 3.1).
func refuseDirect(c *fiber.Ctx, err error) error {
	say := saying{slog.LevelError, "login by ID token failed"}
	switch login.CodeOf(err) {
	case login.CodeIDTokenHeader:
		say = saying{slog.LevelWarn, "no ID token in the header"}
	case login.CodeMappingFailed, login.CodePluginFailed:
		say = saying{slog.LevelWarn, "a mapper failed in a login by ID token"}
	}
	c.Locals(sayingKey, say)
	if sentenceOf(login.CodeOf(err)).status == fiber.StatusUnauthorized {
		return refuseBearer(c, "invalid_token", err)
	}
	return err
}
