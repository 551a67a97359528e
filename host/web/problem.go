package web

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
)

// fail answers with the page or problem document of err, and logs it once.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	if requestID(c) == "" { // a request that could not be read went through nothing before
		s.mark(c)
	}
	code := codeOf(err)
	s.log(c, sentenceOf(code).status, code, err)
	accept, on := c.Get(fiber.HeaderAccept), ways{}
	if takesPage(accept) {
		on = s.ways(c, code, weaker(err))
	}
	a := s.refusal(err, code, accept, requestID(c), on)
	if len(c.Response().Header.Peek(fiber.HeaderVary)) == 0 {
		c.Set(fiber.HeaderVary, fiber.HeaderAccept)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Status(a.status).Set(fiber.HeaderContentType, a.mediaType)
	c.Response().ResetBody()
	_ = a.write(c.Response().BodyWriter()) // into memory
	return nil
}

type refusal struct {
	status    int
	mediaType string
	parts     [3][]byte // of the body
}

func (a refusal) write(w io.Writer) error {
	for _, part := range a.parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// refusal is the answer to a failed request: a page for those who accept one,
// else a problem document.
func (s *Server) refusal(err error, code login.Code, accept, id string, on ways) refusal {
	s.metrics.fault(code)
	say := sentenceOf(code)
	if takesPage(accept) {
		var out bytes.Buffer
		failed := errorTemplate.Write(&out, page.Head{Title: say.title, Base: on.base}, map[string]any{
			"Title": say.title, "Text": say.text, "Detail": explain(err), "Again": on.again, "Back": on.back, "Leave": on.leave, "Home": on.home, "Code": code, "RequestID": id,
		})
		if failed == nil {
			return refusal{say.status, fiber.MIMETextHTMLCharsetUTF8, [3][]byte{out.Bytes()}}
		}
		s.config.Log.Error("the error page cannot be rendered", "request", id, "error", failed)
	}
	return refusal{say.status, "application/problem+json", problemOf(err, code, id)}
}

func takesPage(accept string) bool { return strings.Contains(accept, fiber.MIMETextHTML) }

// codeOf also knows the errors of the framework.
func codeOf(err error) login.Code {
	if framework, ok := errors.AsType[*fiber.Error](err); ok {
		switch framework.Code {
		case fiber.StatusNotFound:
			return login.CodeNotFound
		case fiber.StatusMethodNotAllowed:
			return login.CodeMethodNotAllowed
		case fiber.StatusRequestEntityTooLarge, fiber.StatusRequestHeaderFieldsTooLarge:
			return login.CodeRequestTooLarge
		case fiber.StatusBadRequest, fiber.StatusRequestTimeout, fiber.StatusBadGateway: // the last two: it did not come whole
			return login.CodeParameterInvalid
		}
	}
	return login.CodeOf(err)
}

// saying is how a handler wants a refusal logged.
type saying struct {
	level slog.Level
	text  string
}

func (s *Server) log(c *fiber.Ctx, status int, code login.Code, err error) {
	level, said := slog.LevelInfo, "request refused"
	special, is := c.Locals(sayingKey).(saying)
	switch {
	case is:
		level, said = special.level, special.text
	case status >= fiber.StatusInternalServerError:
		level, said = slog.LevelError, "request failed"
	case code == login.CodeSessionMissing, code == login.CodeStepUpNeeded:
		level = slog.LevelDebug // every visitor's first request
	}
	if !s.config.Log.Enabled(s.base, level) {
		return
	}
	detail := err.Error()
	if framework, ok := errors.AsType[*fiber.Error](err); ok {
		detail = http.StatusText(framework.Code) // its own text quotes the request, cookies and all
	}
	attrs := []any{"request", requestID(c), "code", code, "status", status, "route", c.Route().Path, "detail", detail}
	if req := inProgress(c); req != nil {
		attrs = append(attrs, "provider", req.Provider, "login", req.ID)
	}
	if check := login.CheckOf(err); check != "" {
		attrs = append(attrs, "check", check)
	}
	s.config.Log.Log(s.base, level, said, attrs...)
}

// ways are those that lead on from an error page.
type ways struct {
	again string // begins the failed login anew
	back  string // leads to the application that the login was for
	leave string // signs out, for somebody who may not go on as who they are
	home  string // the start page
	base  string // of the page's own files
}

func (s *Server) ways(c *fiber.Ctx, code login.Code, weaker bool) ways {
	req, at := inProgress(c), s.here(c)
	on := ways{base: at.base(), home: "/"}
	if _, known := c.Locals(siteKey).(*site); !known {
		on.home = s.config.PublicURL.String() + "/" // this host is not known under the address that was asked
	}
	if code == login.CodeLevelMissing {
		on.leave = at.base() + "/logout"
	}
	say := sentenceOf(code)
	say.again = say.again || weaker
	if req != nil && req.Program != nil {
		return s.programWays(req, on, say.again)
	}
	if req == nil {
		if say.again && at.public {
			on.again = "/login"
		} else if say.again {
			on.again = at.base() + startPath
		}
		return on
	}
	if to, err := s.config.Origins.Check(req.ReturnTo); err == nil && to.start != "" {
		on.back = to.url + "&error=" + url.QueryEscape(string(code))
	}
	if p := s.provider(req.Provider); say.again && (p == nil || p.Direct == nil) {
		on.again = "/login?" + wishOf(req).Encode()
	}
	return on
}

// wishOf is what GET /login was asked for.
func wishOf(req *login.AuthRequest) url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"idp": req.Provider, "return_to": req.ReturnTo, "app": req.App, "level": levelOf(req), "acr_values": req.Demand} {
		if value != "" {
			query.Set(name, value)
		}
	}
	switch {
	case req.ForceAuth:
		query.Set("force_auth", "true")
	case req.MaxAge != nil:
		query.Set("max_age", strconv.FormatInt(*req.MaxAge, 10))
	}
	return query
}

// levelOf is the level that was asked for by its path.
func levelOf(req *login.AuthRequest) string {
	if req.Demand != "" {
		return ""
	}
	return req.Level
}

func inProgress(c *fiber.Ctx) *login.AuthRequest {
	req, _ := c.Locals(pendingKey).(*login.AuthRequest)
	return req
}

func (s *Server) page(c *fiber.Ctx, status int, t *page.Template, head page.Head, data any) error {
	head.Base = s.here(c).base()
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	if err := t.Write(c.Response().BodyWriter(), head, data); err != nil {
		s.config.Log.Error("a page cannot be rendered", "request", requestID(c), "error", err)
		return c.SendStatus(fiber.StatusInternalServerError)
	}
	return nil
}
