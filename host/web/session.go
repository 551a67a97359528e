package web

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

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

// current opens the request's session and asks which levels are held now.
// No session is no error; a store that cannot be read is.
func (s *Server) current(c *fiber.Ctx, app string) (*held, error) {
	h := &held{}
	facts := login.Facts{Request: s.config.Peers.Facts(c, app), Now: s.config.Now()}
	ctx, cancel := context.WithTimeout(s.base, s.config.DecideTimeout)
	defer cancel()
	key := ""
	if handle := s.cookies.handle(c); handle != "" {
		record, err := s.config.Sessions.Open(ctx, handle, "")
		switch {
		case errors.Is(err, session.ErrNone):
		case err != nil:
			return nil, login.NewFault(login.CodeStoreUnavailable, "open the session: %w", err)
		default:
			h.record, key = record, record.ID
			facts.Document, facts.User, facts.CreatedAt = &record.Document, &record.User, record.CreatedAt.Unix()
		}
	}
	decision, err := s.config.Levels.Levels(ctx, key, facts)
	if err != nil {
		return nil, login.NewFault(login.CodePolicyFailed, "decide the levels: %w", err)
	}
	h.decision = decision
	return h, nil
}

// session answers GET /session. Tokens never reach a browser: their strings
// are digests here, in the document and wherever a mapper copied them.
func (s *Server) session(c *fiber.Ctx) error {
	if _, err := parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	h, err := s.current(c, "")
	if err != nil {
		return err
	}
	said, err := s.describe(h)
	if err != nil {
		return err
	}
	levels, err := json.Marshal(policy.Tree(h.decision, s.config.Now()))
	if err != nil {
		return login.NewFault(login.CodeInternal, "encode the levels: %w", err)
	}
	c.Set(fiber.HeaderVary, "Cookie, Origin")
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(slices.Concat(said.head, levels, said.tail))
}
