// Who may be handed access tokens: an application's server with its secret, for
// the session of a cookie that it passes on, or its program, for its own.

package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// holder is the application that asks for an access token, and what its session
// is opened with. A program has no secret that proves the application, only the
// bearer of one session: it gets tokens for APIs that the configuration names,
// and not the sign-in's own, which may be good for more.
func (s *Server) holder(c *fiber.Ctx, namesAPI bool) (*Application, credential, error) {
	with, err := s.presented(c)
	if err != nil {
		return nil, with, err
	}
	app := with.app
	if !with.bearer {
		if app, err = s.client(c); err != nil {
			return nil, with, err
		}
	}
	switch {
	case app != nil && slices.Contains(app.Tokens, "access_token") && (namesAPI || !with.bearer):
		return app, with, nil
	case app != nil && with.bearer && slices.Contains(app.Tokens, "access_token"):
		return nil, with, login.NewFault(login.CodeResourceUnknown, "a program gets tokens for APIs alone: it must name a resource")
	case with.bearer:
		return nil, with, refuseBearer(c, "insufficient_scope", ungranted("the application is not granted access_token"))
	}
	c.Set(fiber.HeaderWWWAuthenticate, `Basic realm="doorward"`)
	return nil, with, ungranted("only an application that authenticates and is granted access_token gets one")
}

// ungranted is the refusal of an access token to whoever may have none.
func ungranted(detail string) error {
	return &login.Fault{Code: login.CodeClientUnauthorized, Detail: detail,
		Hint: "An application's server sends its name and secret by HTTP Basic authentication, a program its bearer; and applications.NAME.tokens of the configuration must list what is asked for."}
}
