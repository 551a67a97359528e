package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// Signer signs assertions, with iss and iat of its own, and publishes the keys
// that verify them.
type Signer interface {
	Sign(claims any) (string, error)
	JWKS() []byte
}

// claims are those of an assertion (RFC 7519), besides iss and iat. Its audience is the
// application's name; levels are those held when it was made.
type claims struct {
	Audience string   `json:"aud"`
	Subject  string   `json:"sub"`
	Session  string   `json:"sid"`
	Expiry   int64    `json:"exp"`
	AuthTime *int64   `json:"auth_time,omitempty"`
	IdP      string   `json:"idp"`
	IdPIss   string   `json:"idp_iss"`
	User     string   `json:"user,omitempty"`
	Email    string   `json:"email,omitempty"`
	Roles    []string `json:"roles"`
	Levels   []string `json:"levels"`
}

// assertion is the signed form of what the headers say; empty for nobody. It
// ends with the first level in it, and after a minute.
func (s *Server) assertion(app *Application, h *held, said described, levels []string, email string) (string, error) {
	if h.record == nil {
		return "", nil
	}
	now := s.config.Now()
	expiry := now.Add(assertionLife)
	if first := time.Unix(h.decision.Until, 0); h.decision.Until != 0 && first.Before(expiry) {
		expiry = first
	}
	doc := h.record.Document
	text, err := s.config.Signer.Sign(claims{
		Audience: app.Name, Subject: doc.Person.Subject, Session: h.record.ID,
		Expiry: expiry.Unix(), AuthTime: doc.Login.Evidence.AuthTime, IdP: doc.Person.IdP, IdPIss: doc.Person.Issuer,
		User: said.User.UserName, Email: email, Roles: said.User.Roles, Levels: levels,
	})
	if err != nil {
		return "", login.NewFault(login.CodeInternal, "sign the assertion: %w", err)
	}
	return text, nil
}

// jwks publishes the keys of the assertions, and those that providers encrypt
// with (RFC 7517, section 5).
func (s *Server) jwks(c *fiber.Ctx) error {
	if _, err := parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	c.Set(fiber.HeaderContentType, "application/jwk-set+json")
	keys, err := token.WithKeys(s.config.Signer.JWKS(), s.config.EncryptionKeys...)
	if err != nil {
		return login.NewFault(login.CodeInternal, "%w", err)
	}
	return c.Send(keys)
}
