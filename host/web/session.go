package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/session"
)

// held is what the browser holds now: its session, if any, and its levels.
type held struct {
	record   *session.Record
	decision login.Decision
}

// current opens the session that the browser has on the origin it came to, and
// asks which levels are held now. No session is no error; a store that cannot
// be read is.
func (s *Server) current(c *fiber.Ctx, app string) (*held, error) {
	return s.open(c, cookieOf(c, s.here(c)), app)
}

// open opens the session by what the request presented. A cookie that opens
// nothing is nobody; a bearer that opens nothing is refused, because whoever sent
// it means to be somebody.
func (s *Server) open(c *fiber.Ctx, with credential, app string) (*held, error) {
	h := &held{}
	facts := login.Facts{Request: s.config.Peers.Facts(c, app), Now: s.config.Now()}
	ctx := within(s.base, s.config.DecideTimeout)
	defer func() { ctx.cancel() }()
	key := ""
	if with.handle != "" {
		record, err := s.config.Sessions.Open(ctx, with.handle, with.scope)
		waited := false
		if err == nil {
			record, facts.ClaimsEnd, waited, err = s.used(record, usedBy{facts.Request, requestID(c)})
		}
		if waited {
			ctx.cancel()
			ctx, facts.Now = within(s.base, s.config.DecideTimeout), s.config.Now()
		}
		switch {
		case errors.Is(err, session.ErrNone) && with.bearer:
			return nil, refuseBearer(c, "invalid_token", errBearer)
		case errors.Is(err, session.ErrNone):
		case err != nil:
			return nil, login.NewFault(login.CodeStoreUnavailable, "open the session: %w", err)
		default:
			h.record, key = record, levelsKey(record)
			facts.Document, facts.User, facts.CreatedAt = &record.Document, &record.User, record.CreatedAt.Unix()
		}
	}
	decision, err := s.config.Levels.Levels(ctx, key, facts)
	if err != nil {
		return nil, login.NewFault(login.CodePolicyFailed, "decide the levels: %w", err)
	}
	h.decision = decision
	if h.record != nil {
		s.noteLevels(c, h, facts)
	}
	return h, nil
}

// levelsKey names a session as it is now: decisions about it are kept under it.
func levelsKey(r *session.Record) string { return r.ID + "/" + strconv.FormatUint(r.Version, 10) }

// session answers GET /session. Tokens never reach a browser: their strings
// are digests here, in the document and wherever a mapper copied them. An
// application that authenticates with its secret gets those it is granted.
func (s *Server) session(c *fiber.Ctx) error {
	c.Set(fiber.HeaderVary, "Cookie, Origin, Authorization")
	asking := s.cors(c)
	if _, err := parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	with, err := s.presented(c)
	if err != nil {
		return err
	}
	var client *Application
	if !with.bearer {
		if client, err = s.client(c); err != nil {
			return err
		}
	}
	h, err := s.open(c, with, appName(cmp.Or(with.app, client, asking, s.here(c).app("/"))))
	if err != nil {
		return err
	}
	said, err := s.describe(h)
	if err == nil && client != nil && h.record != nil && len(client.Tokens) > 0 {
		said, err = describe(h.record, client.Tokens...)
	}
	if err != nil {
		return err
	}
	levels, err := json.Marshal(policy.Tree(h.decision, s.config.Now()))
	if err != nil {
		return login.NewFault(login.CodeInternal, "encode the levels: %w", err)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(slices.Concat(said.head, levels, said.tail))
}
