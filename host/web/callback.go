package web

import (
	"context"
	"errors"
	"log/slog"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// callback takes the provider's answer, walks the login, and sends the browser
// home with its new session.
func (s *Server) callback(c *fiber.Ctx) error {
	answer, req, p, err := s.accept(c)
	if login.CodeOf(err) == login.CodeStateExpired && p != nil && !req.Restarted {
		req.Restarted = true
		return s.anew(c, p, req)
	}
	if err != nil {
		s.config.Audit(s.base, login.Event{
			Type: "refused", Purpose: req.Purpose, Code: login.CodeOf(err), LoginID: req.ID, Provider: req.Provider, App: req.App, RequestID: requestID(c),
		})
		return err
	}
	if req.Program != nil {
		answer.Session = "" // the browser's own session has no part in it
	}
	answer.Request = s.config.Peers.Facts(c, req.App)
	answer.Held = s.heldBefore(req, answer)
	return s.complete(c, p, req, answer)
}

// accept finds the login in progress that the answer belongs to.
func (s *Server) accept(c *fiber.Ctx) (answer login.Callback, req login.AuthRequest, p *Provider, err error) {
	to := s.provider(c.Params("idp")) // whose address the answer came to
	if answer, err = s.answer(c, to); err != nil {
		return answer, req, nil, err
	}
	name := to.stateParam()
	if n := len(answer.Params[name]); n > 1 {
		return answer, req, nil, login.NewFault(login.CodeParameterDuplicate, "%s is given %d times", name, n)
	}
	req, err = s.pending(c, answer.Params.Get(name))
	if err != nil && login.CodeOf(err) != login.CodeStateExpired {
		return answer, req, nil, err
	}
	c.Locals(pendingKey, &req)
	if p = s.provider(req.Provider); p == nil || p != to || c.Path() != p.callback() {
		return answer, req, nil, login.NewFault(login.CodeIssuerMismatch, "the answer came to the callback of another provider")
	}
	return answer, req, p, err
}

// answer copies the provider's parameters out of the request. The body is taken
// as it was sent: what unpacks to more than was sent is no form.
func (s *Server) answer(c *fiber.Ctx, p *Provider) (login.Callback, error) {
	raw := c.Request().URI().QueryString()
	if c.Method() == fiber.MethodPost {
		raw = c.BodyRaw()
	}
	if most := p.maxAnswer(); len(raw) > most {
		return login.Callback{}, login.NewFault(login.CodeRequestTooLarge, "the answer is longer than %d KiB", most>>10)
	}
	params, err := url.ParseQuery(string(raw))
	if err != nil {
		return login.Callback{}, login.NewFault(login.CodeParameterInvalid, "the answer is not form-encoded")
	}
	return login.Callback{
		Params: params, Method: c.Method(), ReceivedAt: s.config.Now(), Session: s.handle(c),
	}, nil
}

// heldBefore is what the session that the login follows holds when the answer
// comes: nothing when there is none, or it cannot be read now, which the walk
// finds out for itself.
func (s *Server) heldBefore(req login.AuthRequest, answer login.Callback) (levels []string) {
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	for _, handle := range []string{answer.Session, req.Session} {
		if handle == "" || req.Purpose == login.PurposeTest {
			continue
		}
		of := s.sourceOf(handle, "", answer.Request)
		record, err := of.peek(ctx)
		if err != nil {
			continue
		}
		decision, err := of.levels(ctx, record)
		if err != nil {
			return nil
		}
		for _, l := range decision.Levels {
			levels = append(levels, l.Path)
		}
		return levels
	}
	return nil
}

func (s *Server) complete(c *fiber.Ctx, p *Provider, req login.AuthRequest, answer login.Callback) error {
	trace := s.trace(c)
	done, err := s.walk(trace, p, req, answer)
	if req.Purpose == login.PurposeTest {
		return s.tested(c, Test{Request: req, Trace: trace, Session: done, Facts: answer.Request, Err: err})
	}
	if err != nil {
		return s.failed(c, p, req, err)
	}
	k := s.config.Origins.public.cookies
	k.clear(c, k.login+req.ID)
	if req.Program != nil {
		return s.handOut(c, req, done)
	}
	return s.signedIn(c, req, done)
}

func (s *Server) trace(c *fiber.Ctx) *login.Trace {
	return &login.Trace{Now: s.config.Now, RequestID: requestID(c)}
}

// walk walks the login, and tells of it.
func (s *Server) walk(trace *login.Trace, p *Provider, req login.AuthRequest, answer login.Callback) (login.Session, error) {
	ctx := session.WithUserAgent(login.WithTrace(s.base, trace), answer.Request.UserAgent)
	ctx, cancel := context.WithTimeout(ctx, s.config.LoginTimeout)
	defer cancel()
	done, err := p.Flow.Complete(ctx, req, answer)
	s.metrics.login(req, err, trace)
	s.logWalk(ctx, req, trace, err)
	if err == nil && req.Purpose != login.PurposeTest {
		s.changes.signIn(done.ID, answer.Request, done.Decision, s.config.Now())
	}
	return done, err
}

// signedIn sends the browser home with its new session.
func (s *Server) signedIn(c *fiber.Ctx, req login.AuthRequest, done login.Session) error {
	k := s.config.Origins.public.cookies
	k.set(c, k.session, done.Handle, 0, false)
	to, err := s.config.Origins.Check(req.ReturnTo)
	if err != nil {
		return err
	}
	return s.goHome(c, done.Handle, to)
}

// failed begins a step-up's second and last round when the provider did not
// re-authenticate in the first; every other failure is the page's.
func (s *Server) failed(c *fiber.Ctx, p *Provider, req login.AuthRequest, err error) error {
	if req.Purpose != login.PurposeStepUp || req.Round >= maxRounds || login.CodeOf(err) != login.CodeReauthNotPerformed {
		return err
	}
	req.Round++
	if again := s.anew(c, p, req); again != nil {
		return errors.Join(err, again)
	}
	return nil
}

// anew asks the provider again for what req asked.
func (s *Server) anew(c *fiber.Ctx, p *Provider, req login.AuthRequest) error {
	k := s.config.Origins.public.cookies
	k.clear(c, k.login+req.ID)
	now := s.config.Now()
	req.RequestedAt, req.RequestedMS, req.Expiry = now.Unix(), now.UnixMilli(), now.Add(pendingLife).Unix()
	return s.begin(c, p, req)
}

const maxRounds = 2

// logWalk logs the steps of a walk by name, time and outcome: as a warning when
// the login survived the failure of one, else for those who debug (what ended a
// login is logged with its answer). What went in and out of a step is the test
// login's to show.
func (s *Server) logWalk(ctx context.Context, req login.AuthRequest, trace *login.Trace, err error) {
	level := slog.LevelDebug
	if err == nil && len(trace.Failed()) > 0 {
		level = slog.LevelWarn
	}
	s.config.Log.Log(ctx, level, "a login was walked", "login", req.ID, "provider", req.Provider, "request", trace.RequestID, "steps", steps(trace))
}

// stepLine is one step of a walk, as the log has it.
type stepLine struct {
	Step  string     `json:"step"`
	Took  float64    `json:"ms"`
	Code  login.Code `json:"code,omitempty"`
	Error string     `json:"error,omitempty"`
}

func steps(trace *login.Trace) (list []stepLine) {
	for _, e := range trace.Entries() {
		list = append(list, stepLine{e.Step, float64(e.Took.Microseconds()) / 1000, e.Code, e.Error})
	}
	return list
}
