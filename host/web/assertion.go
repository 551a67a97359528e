package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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

	further []byte // the application's own, each a member behind a comma
}

// MarshalJSON writes the further claims behind the others. The configuration
// gives them no name that is among those.
func (c claims) MarshalJSON() ([]byte, error) {
	type plain claims
	object, err := json.Marshal(plain(c))
	if err != nil {
		return nil, err
	}
	return append(append(object[:len(object)-1], c.further...), '}'), nil
}

// assertion is the signed form of what the headers say; empty for nobody. It
// ends with the first level in it, and after a minute.
func (s *Server) assertion(app *Application, h *held, said described, levels []string, email string) (string, error) {
	if h.record == nil {
		return "", nil
	}
	further, err := furtherClaims(app, said.User, email)
	if err != nil {
		return "", err
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
		further: further,
	})
	if err != nil {
		return "", login.NewFault(login.CodeInternal, "sign the assertion: %w", err)
	}
	return text, nil
}

// furtherClaims are the claims that the application's configuration adds, as
// JSON. An attribute that the person lacks is no claim.
func furtherClaims(app *Application, u user, email string) (members []byte, err error) {
	for _, claim := range slices.Sorted(maps.Keys(app.Assertion)) {
		value := u.attribute(app.Assertion[claim], email)
		if value == nil || value == "" {
			continue
		}
		name, err := json.Marshal(claim)
		if err != nil {
			return nil, login.NewFault(login.CodeInternal, "encode the name of a claim: %w", err)
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, login.NewFault(login.CodeInternal, "encode the claim %s: %w", claim, err)
		}
		members = append(append(append(append(members, ','), name...), ':'), text...)
		if len(members) > maxIdentity {
			return nil, login.NewFault(login.CodeIdentityTooLarge, "the claims that applications.%s.assertion adds are more than %d bytes long: leave some out, or map less into %s", app.Name, maxIdentity, app.Assertion[claim])
		}
	}
	return members, nil
}

// jwks publishes the keys of the assertions, and those that providers encrypt
// with (RFC 7517, section 5).
func (s *Server) jwks(c *fiber.Ctx) error {
	if _, err := parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, fmt.Sprintf("public, max-age=%d", int(token.JWKSLife.Seconds())))
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	c.Set(fiber.HeaderContentType, "application/jwk-set+json")
	keys, err := token.WithKeys(s.config.Signer.JWKS(), s.config.EncryptionKeys...)
	if err != nil {
		return login.NewFault(login.CodeInternal, "%w", err)
	}
	return c.Send(keys)
}
