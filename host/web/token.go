// Tokens: an application's server is handed an access token of a session.

package web

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// leastLife is how long a token is still good when it is handed out.
const leastLife = 10 * time.Second

// API is one that an application may be handed access tokens for.
type API struct {
	By       string // resource, exchange or same
	Audience string // that it expects of a JWT
	Scope    string // separated by spaces; empty for the provider's default
}

// want is the token for the API at uri. Of an exchange, an audience of its own
// stands for the resource: a provider that gets both makes a token for two.
func (a API) want(uri string) login.Want {
	switch {
	case a.By == "same":
		return login.Want{}
	case a.By == "exchange" && a.Audience != uri:
		return login.Want{Resource: uri, Audience: a.Audience, Scope: a.Scope}
	}
	return login.Want{Resource: uri, Scope: a.Scope}
}

// handed is an access token as an application gets it (RFC 6749, section 5.1).
type handed struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in,omitempty"` // seconds; absent when the provider did not say
	Scope       string `json:"scope,omitempty"`      // absent when it is what was asked for
}

// token hands a valid access token of the caller's own session to an
// application that authenticates and is granted it: the sign-in's own, or one
// for a resource that the application may reach. Every hand-out is audited, and
// every refusal to an application that authenticated.
func (s *Server) token(c *fiber.Ctx) error {
	if _, err := parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	form, err := parameters(c.BodyRaw(), "resource")
	if err != nil {
		return err
	}
	app, with, err := s.holder(c, form.Has("resource"))
	if err != nil {
		return err
	}
	h, err := s.open(c, with, app.Name)
	if err != nil {
		return err
	}
	if h.record == nil {
		return login.NewFault(login.CodeSessionMissing, "no session to take a token from")
	}
	uri := form.Get("resource")
	out, err := s.hand(h.record, app, uri, form.Has("resource"))
	s.auditToken(c, h.record, app, uri, err)
	if err != nil {
		return err
	}
	return c.JSON(out)
}

// hand is the access token for the resource at uri, or the sign-in's own.
func (s *Server) hand(r *session.Record, app *Application, uri string, named bool) (handed, error) {
	api, known := app.Resources[uri]
	if named && !known {
		return handed{}, login.NewFault(login.CodeResourceUnknown, "applications.%s.resources has no such entry", app.Name)
	}
	ctx := within(s.base, s.config.ProviderTimeout)
	defer ctx.cancel()
	granted, err := s.granted(ctx, r, api, api.want(uri), named)
	if err != nil {
		return handed{}, err
	}
	out := handed{AccessToken: granted.Token, TokenType: granted.Type, Scope: granted.Scope}
	if granted.Expires != 0 {
		out.ExpiresIn = granted.Expires - s.config.Now().Unix()
	}
	switch {
	case granted.Token == "":
		return handed{}, login.NewFault(login.CodeTokenUnavailable, "the provider sent no access token")
	case out.ExpiresIn < 0 || out.ExpiresIn == 0 && granted.Expires != 0:
		return handed{}, login.NewFault(login.CodeTokenUnavailable, "the access token has expired")
	case named:
		return out, checkAudience(granted.Token, api.Audience)
	}
	return out, nil
}

// granted gets the token in the way that the API's is got.
func (s *Server) granted(ctx context.Context, r *session.Record, api API, want login.Want, named bool) (login.Granted, error) {
	if !named {
		want = login.Want{}
	}
	var err error
	if api.By == "exchange" {
		r, err = s.exchanged(ctx, r, want)
	} else {
		r, err = s.fresh(ctx, r, want, leastLife)
	}
	switch {
	case errors.Is(err, session.ErrNone):
		return login.Granted{}, login.NewFault(login.CodeSessionMissing, "the session has ended")
	case err != nil:
		return login.Granted{}, err
	case want == (login.Want{}):
		return login.Granted{Token: r.Tokens.Access, Type: "Bearer", Expires: r.Tokens.Expires}, nil
	}
	return r.Tokens.For[want.Key()], nil
}

// auditToken tells of a hand-out, or of why there was none.
func (s *Server) auditToken(c *fiber.Ctx, r *session.Record, app *Application, uri string, err error) {
	e := login.Event{
		Type: "token", Provider: r.Document.Person.IdP, App: app.Name, Session: r.ID, RequestID: requestID(c),
		Subject: subjectOf(r),
	}
	if api, known := app.Resources[uri]; known {
		e.Resource, e.Audience = uri, api.Audience
	}
	if err != nil {
		e.Type, e.Code = "token_refused", login.CodeOf(err)
	}
	if e.Code == login.CodeTokenAudience {
		e.Reason = login.HintOf(err)
	}
	s.config.Audit(s.base, e)
}
