// Back-channel logout: a provider's server says that a session has ended.

package web

import (
	"context"
	"encoding/json"
	"mime"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// maxNotice is in bytes: a token is a few KiB, with certificates in its header.
const maxNotice = 64 << 10

// backchannelLogout ends what a logout token names, and answers 200. A token that is
// refused is 400, and when the keys or the store cannot be read, 503: nothing
// that was not done is acknowledged. What strangers send is bounded and never
// stored.
//
// See OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8.
func (s *Server) backchannelLogout(c *fiber.Ctx) error {
	p := s.provider(c.Params("idp"))
	if p == nil {
		return login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
	}
	logoutToken, err := logoutToken(c)
	if err == nil {
		err = s.noticed(s.base, p, logoutToken, requestID(c))
	}
	if err != nil {
		return s.refuseNotice(c, err)
	}
	return nil // 200, without a body
}

// logoutToken reads the form: other members are ignored, as the specification
// says, and two tokens are none.
func logoutToken(c *fiber.Ctx) (string, error) {
	if len(c.BodyRaw()) > maxNotice {
		return "", login.NewFault(login.CodeRequestTooLarge, "the form is longer than 64 KiB")
	}
	if kind, _, _ := mime.ParseMediaType(string(c.Request().Header.ContentType())); kind != fiber.MIMEApplicationForm {
		return "", login.NewFault(login.CodeLogoutTokenInvalid, "the body is not application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(c.BodyRaw()))
	if err != nil || len(form["logout_token"]) != 1 {
		return "", login.NewFault(login.CodeLogoutTokenInvalid, "the form has %d logout_token", len(form["logout_token"]))
	}
	return form.Get("logout_token"), nil
}

// noticed does what a provider's logout token says.
func (s *Server) noticed(ctx context.Context, p *Provider, logoutToken, requestID string) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.ProviderTimeout)
	defer cancel()
	listener, can := p.Flow.Provider.(login.SignOutListener)
	if !can {
		return login.NewFault(login.CodeLogoutTokenInvalid, "the provider's protocol has no logout tokens")
	}
	ended, err := listener.SignedOut(ctx, logoutToken)
	if err != nil {
		return err
	}
	_, err = s.providerEnded(ctx, p, ended, requestID)
	return err
}

// Noticed does what a logout token of the provider called idp says: for a
// provider in the same process. It returns nil or a *login.Fault:
// logout_token_invalid, which the same token will be again, or another that may
// pass.
func (s *Server) Noticed(ctx context.Context, idp, logoutToken string) error {
	p := s.provider(idp)
	if p == nil {
		return login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
	}
	return s.noticed(ctx, p, logoutToken, "")
}

// refuseNotice answers with OAuth's form of an error (RFC 6749, section 5.2), as
// providers expect it.
func (s *Server) refuseNotice(c *fiber.Ctx, err error) error {
	code := codeOf(err)
	say := sentenceOf(code)
	said := "temporarily_unavailable"
	if say.status < fiber.StatusInternalServerError {
		say.status, said = fiber.StatusBadRequest, "invalid_request"
	} else {
		say.status = fiber.StatusServiceUnavailable
	}
	s.log(c, say.status, code, err)
	s.metrics.fault(code)
	body, err := json.Marshal(map[string]any{"error": said, "error_description": say.text, "code": code, "requestId": requestID(c)})
	if err != nil {
		return login.NewFault(login.CodeInternal, "encode the refusal: %w", err)
	}
	c.Status(say.status).Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(body)
}
