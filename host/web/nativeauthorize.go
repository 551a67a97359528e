// Authorization requests of programs on the browser's own machine (RFC 8252),
// which get the answer at a loopback address.

package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/native"
)

const maxProgramState = 512 // bytes

// authorize checks a request, and asks the person. Until the program and its
// address are known, a failure is shown here; then the program is told.
func (s *Server) authorize(c *fiber.Ctx) error {
	query, err := fields(c.Request().URI().QueryString())
	if err != nil {
		return login.NewFault(login.CodeParameterInvalid, "%w", err)
	}
	app := s.config.Origins.App(query.Get("client_id"))
	if app == nil || !slices.Contains(app.Clients, clientLoopback) {
		return login.NewFault(login.CodeClientUnknown, "no application whose programs use a loopback address has that client_id")
	}
	p := login.Program{RedirectURI: query.Get("redirect_uri"), State: query.Get("state"), Challenge: query.Get("code_challenge")}
	switch {
	case !native.LoopbackURI(p.RedirectURI):
		return &login.Fault{Code: login.CodeReturnRefused, Detail: "redirect_uri is not http://127.0.0.1:PORT/… or http://[::1]:PORT/…",
			Hint: "A program's redirect_uri is http://127.0.0.1:PORT/… or http://[::1]:PORT/…, and never localhost."}
	case len(p.State) > maxProgramState || strings.ContainsFunc(p.State, unsafeInState):
		return login.NewFault(login.CodeParameterInvalid, "state is longer than %d bytes or has other characters than printable ASCII", maxProgramState)
	}
	ask, err := s.authorized(app, query)
	if err != nil {
		said, code := errorOf(err)
		s.log(c, fiber.StatusSeeOther, code, err)
		s.metrics.fault(code)
		return c.Redirect(s.answerURI(&p, "error", said.Name, "error_description", said.Description), fiber.StatusSeeOther)
	}
	a := question{Ask: ask, Program: p, Expires: s.config.Now().Add(pendingLife).Unix()}
	return s.askAbout(c, native.AuthorizePath, a, "", time.Time{})
}

func unsafeInState(r rune) bool { return r < ' ' || r >= 0x7f }

// authorized is what the request asks of the sign-in.
func (s *Server) authorized(app *Application, query url.Values) (native.Ask, error) {
	switch {
	case query.Get("response_type") != "code":
		return native.Ask{}, &native.Error{Name: "unsupported_response_type", Description: "response_type must be code"}
	case query.Get("response_mode") != "" && query.Get("response_mode") != "query":
		return native.Ask{}, &native.Error{Name: "invalid_request", Description: "response_mode must be query"}
	case query.Get("code_challenge_method") != "S256" || !native.Challenge(query.Get("code_challenge")):
		return native.Ask{}, &native.Error{Name: "invalid_request", Description: "code_challenge must be there, and its method S256 (RFC 7636)"}
	}
	return s.ask(app, query)
}

// authorizeForm takes the person's answer.
func (s *Server) authorizeForm(c *fiber.Ctx) error {
	if err := ownOrigin(c, s.config.Origins.public); err != nil {
		return err
	}
	form, err := parameters(c.BodyRaw(), "do", programField, "idp")
	if err != nil {
		return err
	}
	a, err := s.askedAbout(form.Get(programField))
	if err != nil {
		return err
	}
	switch form.Get("do") {
	case "allow":
		return s.signInProgram(c, a, form.Get("idp"))
	case "refuse":
		s.config.Audit(s.base, login.Event{Type: "program_refused", App: a.Ask.App, RequestID: requestID(c)})
		return s.backToProgram(c, a.Ask.App, s.answerURI(&a.Program, "error", "access_denied", "error_description", "the person refused"), "")
	}
	return login.NewFault(login.CodeParameterInvalid, "do must be allow or refuse")
}

// answerURI is where a program gets its answer, which says who answers (RFC
// 9207).
func (s *Server) answerURI(p *login.Program, pairs ...string) string {
	answer := url.Values{"iss": {s.config.PublicURL.String()}}
	if p.State != "" {
		answer.Set("state", p.State)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		answer.Set(pairs[i], pairs[i+1])
	}
	return native.AnswerURI(p.RedirectURI, answer)
}

// authorizeQuery is the request that a program's sign-in came from.
func authorizeQuery(req *login.AuthRequest) url.Values {
	p := req.Program
	query := url.Values{
		"response_type": {"code"}, "client_id": {req.App}, "redirect_uri": {p.RedirectURI},
		"code_challenge": {p.Challenge}, "code_challenge_method": {"S256"},
	}
	for name, value := range map[string]string{"state": p.State, "level": levelOf(req), "acr_values": req.Demand, "login_hint": req.LoginHint} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if req.MaxAge != nil && query.Get("level") == "" && req.Demand == "" {
		query.Set("max_age", strconv.FormatInt(*req.MaxAge, 10))
	}
	return query
}
