// Programs that sign people in: who they are, and how they are answered.

package web

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/native"
)

// How programs sign in, as the configuration has it.
const (
	clientDevice   = "device"
	clientLoopback = "loopback"
)

func (s *Server) programs() {
	s.app.Get("/.well-known/oauth-authorization-server", s.clientMetadata)
	s.app.Post("/client/device_authorization", s.deviceAuthorization)
	s.app.Get("/device", s.devicePage)
	s.app.Post("/device", s.deviceForm)
	s.app.Get("/client/authorize", s.authorize)
	s.app.Post("/client/authorize", s.authorizeForm)
	s.app.Post("/client/token", s.clientToken)
	s.app.Post("/client/revoke", s.clientRevoke)
}

// clientMetadata describes the host to programs (RFC 8414, section 3). Where no
// application has any, there is nothing to describe.
func (s *Server) clientMetadata(c *fiber.Ctx) error {
	if !s.config.Origins.hasPrograms() {
		return login.NewFault(login.CodeNotFound, "no application has programs")
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return c.JSON(native.MetadataOf(s.config.PublicURL.String(), slices.Sorted(maps.Keys(s.contexts))))
}

func (o Origins) hasPrograms() bool {
	for _, app := range o.apps {
		if len(app.Clients) > 0 {
			return true
		}
	}
	return false
}

// fields are the parameters of a program's request. Those that are not known
// are passed over, and none may come twice (RFC 6749, section 3.2).
func fields(raw []byte) (url.Values, error) {
	if len(raw) > maxQuery {
		return nil, &native.Error{Name: "invalid_request", Description: "the parameters are longer than 8 KiB"}
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, &native.Error{Name: "invalid_request", Description: "the parameters are not form-encoded"}
	}
	for _, list := range values {
		if len(list) > 1 {
			return nil, &native.Error{Name: "invalid_request", Description: "a parameter is given more than once"}
		}
	}
	return values, nil
}

var (
	errClient     = &native.Error{Name: "invalid_client", Description: "no application with clients has this client_id, or the secret is not right"}
	errClientKind = &native.Error{Name: "unauthorized_client", Description: "the application's clients do not sign in this way: see applications.NAME.clients"}
)

// program is the application whose program sent form, which is public: its name
// is enough. One that sends a secret must send the right one.
func (s *Server) program(c *fiber.Ctx, form url.Values) (*Application, error) {
	name, secret, proves := form.Get("client_id"), form.Get("client_secret"), form.Has("client_secret")
	if given := c.Request().Header.PeekAll(fiber.HeaderAuthorization); len(given) > 0 {
		byHeader, secretOf, ok := credentials(string(given[0]))
		if !ok || len(given) > 1 || proves || name != "" && name != byHeader {
			return nil, errClient
		}
		name, secret, proves = byHeader, secretOf, true
	}
	app := s.config.Origins.App(name)
	if app == nil || len(app.Clients) == 0 || proves && !s.knows(app, secret) {
		return nil, errClient
	}
	return app, nil
}

// refuseProgram answers as RFC 6749, section 5.2, has it. What a device that
// waits is told is no failure.
func (s *Server) refuseProgram(c *fiber.Ctx, err error) error {
	said, code := errorOf(err)
	status := fiber.StatusBadRequest
	switch said.Name {
	case "invalid_client":
		status = fiber.StatusUnauthorized
		if len(c.Request().Header.Peek(fiber.HeaderAuthorization)) > 0 {
			c.Set(fiber.HeaderWWWAuthenticate, `Basic realm="doorward"`)
		}
	case "temporarily_unavailable":
		status = fiber.StatusServiceUnavailable
	case "server_error":
		status = fiber.StatusInternalServerError
	}
	if said != native.ErrPending && said != native.ErrSlowDown {
		s.log(c, status, code, err)
		s.metrics.fault(code)
	}
	return c.Status(status).JSON(fiber.Map{"error": said.Name, "error_description": said.Description})
}

// errorOf is a failure as a program is told it, and its code for the log.
func errorOf(err error) (*native.Error, login.Code) {
	var said *native.Error
	if errors.As(err, &said) {
		return said, codesOfErrors[said.Name]
	}
	code := login.CodeOf(err)
	name := "invalid_request"
	switch status := sentenceOf(code).status; {
	case code == login.CodeACRUnknown || code == login.CodeACRUnmet || code == login.CodeLevelNotReached:
		name = "unmet_authentication_requirements" // OpenID Connect Core Unmet Authentication Requirements 1.0
	case status == fiber.StatusServiceUnavailable:
		name = "temporarily_unavailable"
	case status >= fiber.StatusInternalServerError:
		name = "server_error"
	}
	return &native.Error{Name: name, Description: sentenceOf(code).text}, code
}

// codesOfErrors are the codes under which a program's failures are logged and
// counted.
var codesOfErrors = map[string]login.Code{
	"invalid_request":           login.CodeParameterInvalid,
	"unsupported_grant_type":    login.CodeParameterInvalid,
	"unsupported_response_type": login.CodeParameterInvalid,
	"invalid_client":            login.CodeClientUnknown,
	"unauthorized_client":       login.CodeClientUnknown,
	"invalid_grant":             login.CodeGrantInvalid,
	"expired_token":             login.CodeGrantInvalid,
	"access_denied":             login.CodeLoginCancelled,
	"temporarily_unavailable":   login.CodeRateLimited,
}

// ask is what a program asks of the sign-in, checked.
func (s *Server) ask(app *Application, form url.Values) (native.Ask, error) {
	a := native.Ask{App: app.Name, IdP: form.Get("idp"), Level: form.Get("level"), ACRValues: form.Get("acr_values")}
	var err error
	if a.LoginHint, err = hint(form); err != nil {
		return a, err
	}
	if a.MaxAge, err = seconds(form, "max_age"); err != nil {
		return a, err
	}
	if slices.Contains(strings.Fields(form.Get("prompt")), "login") {
		a.MaxAge = new(int64)
	}
	_, err = s.wished(a)
	return a, err
}

// wished is a program's ask as what GET /login may be asked.
func (s *Server) wished(a native.Ask) (w wish, err error) {
	w = wish{idp: a.IdP, app: s.config.Origins.App(a.App), maxAge: a.MaxAge, level: a.Level, hint: a.LoginHint}
	if w.app == nil {
		return w, login.NewFault(login.CodeClientUnknown, "the application is gone from the configuration")
	}
	if _, err := s.choose(w); err != nil {
		return w, err
	}
	if err := s.reachable(w.level); err != nil {
		return w, err
	}
	if w.demand, err = s.demand(a.ACRValues); err != nil {
		return w, err
	}
	if w.level != "" && w.demand.text != "" {
		return w, login.NewFault(login.CodeParameterInvalid, "level and acr_values both name what is to be reached: send one of them")
	}
	if w.maxAge != nil && *w.maxAge == 0 {
		yes := true
		w.forceAuth = &yes
	}
	return w, nil
}
