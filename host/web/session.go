package web

import (
	"context"
	"encoding/json"
	"errors"

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

// document is the JSON of GET /session.
type document struct {
	Authenticated  bool            `json:"authenticated"`
	IdP            string          `json:"idp"`
	User           user            `json:"user"`
	SecurityLevels []policy.Node   `json:"securityLevels"`
	IdPAttributes  json.RawMessage `json:"idpAttributes"`
}

// user has every member, empty when the attribute is absent. Timestamp is in
// milliseconds: when the host received the answer that this user comes from.
type user struct {
	ID         string         `json:"id"`
	UserName   string         `json:"userName"`
	FirstName  string         `json:"firstName"`
	LastName   string         `json:"lastName"`
	Email      string         `json:"email"`
	Roles      []string       `json:"roles"`
	Timestamp  int64          `json:"timestamp"`
	Attributes map[string]any `json:"attributes"`
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
	doc, err := s.describe(h)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderVary, "Cookie, Origin")
	return c.JSON(doc)
}

func (s *Server) describe(h *held) (document, error) {
	d := document{
		User:           user{Roles: []string{}, Attributes: map[string]any{}},
		SecurityLevels: policy.Tree(h.decision, s.config.Now()),
		IdPAttributes:  json.RawMessage("{}"),
	}
	if h.record == nil {
		return d, nil
	}
	doc, mapped := h.record.Document, h.record.User
	raw, err := json.Marshal(doc.Sources.Redacted())
	if err != nil {
		return d, login.NewFault(login.CodeInternal, "encode the document: %w", err)
	}
	mask := doc.Sources.Secrets().Mask
	text := func(v string) string { return mask(v).(string) }
	d.Authenticated, d.IdP, d.IdPAttributes = true, doc.Person.IdP, raw
	d.User = user{
		ID: text(mapped.ID), UserName: text(mapped.UserName), FirstName: text(mapped.FirstName), LastName: text(mapped.LastName),
		Email: text(mapped.Email), Roles: []string{}, Timestamp: doc.ReceivedAt.UnixMilli(), Attributes: map[string]any{},
	}
	for _, role := range mapped.Roles {
		d.User.Roles = append(d.User.Roles, text(role))
	}
	for name, value := range mapped.Attributes {
		d.User.Attributes[name] = mask(value)
	}
	return d, nil
}
