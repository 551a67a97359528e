package web

import (
	"cmp"
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// events answers GET /session/events: what happens to the session that the
// browser has on the origin it came to, as server-sent events. Listening is no
// use of the session.
func (s *Server) events(c *fiber.Ctx) error {
	c.Set(fiber.HeaderVary, "Cookie, Origin, Authorization")
	asking := s.cors(c)
	if _, err := parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	if c.Method() == fiber.MethodHead { // of a stream without an end there is no head alone
		c.Set(fiber.HeaderAllow, fiber.MethodGet)
		return login.NewFault(login.CodeMethodNotAllowed, "the stream of events has no head alone")
	}
	with, err := s.presented(c)
	if err != nil {
		return err
	}
	st, err := s.listen(c, with, appName(cmp.Or(with.app, asking, s.here(c).app("/"))))
	if with.bearer && noSession(err) {
		err = refuseBearer(c, "invalid_token", err)
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set("X-Accel-Buffering", "no") // for nginx
	c.Context().SetBodyStream(st, -1)
	return nil
}

// listen opens a stream for app. Nothing of c stays in it but its connection.
func (s *Server) listen(c *fiber.Ctx, with credential, app string) (*stream, error) {
	conn := c.Context().Conn()
	st := &stream{
		source: s.sourceOf(with.handle, with.scope, s.config.Peers.Facts(c, app)),
		wake:   make(chan struct{}, 1), leave: make(chan struct{}), all: s.streams,
		timeout: s.config.DecideTimeout, beat: heartbeat, end: time.Now().Add(streamLife),
		// The server's own limit is for a whole answer.
		extend: func() { _ = conn.SetWriteDeadline(time.Now().Add(streamWrite)) },
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	if err := st.begin(ctx, c.Get("Last-Event-ID")); err != nil {
		return nil, err
	}
	st.owner = st.seen.id + " " + with.scope
	if err := s.streams.add(st); err != nil {
		st.close()
		return nil, err
	}
	return st, nil
}

// sourceOf is the session that handle opens on an origin, for requests like
// this one.
func (s *Server) sourceOf(handle, scope string, request login.Request) source {
	return source{
		peek: func(ctx context.Context) (*session.Record, error) {
			return s.config.Sessions.Peek(ctx, handle, scope)
		},
		levels: func(ctx context.Context, r *session.Record) (login.Decision, error) {
			decision, err := s.config.Levels.Levels(ctx, levelsKey(r), login.Facts{
				Document: &r.Document, User: &r.User, CreatedAt: r.CreatedAt.Unix(), Request: request, Now: s.config.Now(), ClaimsEnd: s.claimsEnd(r),
			})
			if err != nil {
				return login.Decision{}, login.NewFault(login.CodePolicyFailed, "decide the levels: %w", err)
			}
			return decision, nil
		},
		lives: s.config.Sessions.Lives,
		watch: s.config.Sessions.Watch,
		now:   s.config.Now,
	}
}

// LevelsChanged makes every event stream look again which levels its session
// holds: for after a reload of policies.
func (s *Server) LevelsChanged() { s.streams.wakeAll() }
