// SAML: this host's metadata, the address that responses come to, and single
// logout.

package web

import (
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// relayState is SAML's name for the state (SAML 2.0 Bindings, section 3.4.3).
const relayState = "RelayState"

func (s *Server) samlRoutes() {
	s.app.Get("/saml/:idp/metadata", s.samlMetadata)
	s.app.Post("/saml/:idp/acs", s.callback)
	s.app.Get("/saml/:idp/slo", s.singleLogout)
	s.app.Post("/saml/:idp/slo", s.singleLogout)
}

// stateParam names the parameter that finds the login in progress.
func (p *Provider) stateParam() string {
	if p == nil || p.StateParam == "" {
		return "state"
	}
	return p.StateParam
}

// callback is the path that the provider's answers come to.
func (p *Provider) callback() string {
	if p.stateParam() == relayState {
		return "/saml/" + p.Name + "/acs"
	}
	return "/callback/" + p.Name
}

// maxAnswer bounds an answer, in bytes: a signed assertion is longer than a code.
func (p *Provider) maxAnswer() int {
	if p.stateParam() == relayState {
		return maxBody
	}
	return 64 << 10
}

// samlMetadata describes this host to the provider's administrator. It is
// public.
func (s *Server) samlMetadata(c *fiber.Ctx) error {
	p := s.provider(c.Params("idp"))
	if p == nil {
		return login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
	}
	describer, can := p.Flow.Provider.(login.Describer)
	if !can {
		return login.NewFault(login.CodeNotFound, "the provider's protocol has no metadata of this host")
	}
	mediaType, document, err := describer.Describe()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	c.Set(fiber.HeaderContentType, mediaType)
	return c.Send(document)
}

// singleLogout takes a sign-out message that the provider sent through the
// person's browser: a request ends sessions and is answered; the answer to a
// request of our own leads where the browser wanted to go. Neither is authorised
// by a cookie: the request by its signature, the answer by its sealed state.
func (s *Server) singleLogout(c *fiber.Ctx) error {
	p := s.provider(c.Params("idp"))
	if p == nil {
		return login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
	}
	hearer, can := p.Flow.Provider.(login.SignOutHearer)
	if !can {
		return login.NewFault(login.CodeNotFound, "the provider's protocol has no single logout")
	}
	notice := login.Notice{ReceivedAt: s.config.Now(), Query: string(c.Request().URI().QueryString())}
	if c.Method() == fiber.MethodPost {
		form, err := url.ParseQuery(string(c.BodyRaw()))
		if err != nil {
			return login.NewFault(login.CodeParameterInvalid, "the message is not form-encoded")
		}
		notice.Form = form
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.ProviderTimeout)
	defer cancel()
	heard, err := hearer.Hear(ctx, notice)
	if err != nil {
		return err
	}
	if heard.State != "" {
		return s.samlSignedOut(c, p, heard)
	}
	if err := s.allEnded(ctx, p, heard.Ended, requestID(c)); err != nil {
		return err
	}
	if heard.Reply.URL == "" {
		return c.Redirect("/?signed_out=true", fiber.StatusSeeOther)
	}
	return s.leave(c, heard.Reply, "/")
}

// allEnded acts on each session that a message names. One that was acted on before
// is a message that is sent again because a later one failed: it is a replay only
// when nothing of it is left to do.
func (s *Server) allEnded(ctx context.Context, p *Provider, list []login.Ended, id string) error {
	var replayed error
	fresh := 0
	for _, ended := range list {
		switch _, err := s.providerEnded(ctx, p, ended, id); {
		case err == nil:
			fresh++
		case login.CodeOf(err) == login.CodeLogoutTokenInvalid:
			replayed = err
		default:
			return err
		}
	}
	if fresh > 0 {
		return nil
	}
	return replayed
}

// samlSignedOut goes where the browser wanted to go before it signed out at the
// provider. How that went there changes nothing here: the session has ended.
func (s *Server) samlSignedOut(c *fiber.Ctx, p *Provider, heard login.Heard) error {
	k := s.config.Origins.public.cookies
	sealed, _ := k.find(c, k.left)
	k.clear(c, k.left)
	l, known := s.leftBy(p.Name+" "+heard.State, sealed)
	if heard.Failed != "" {
		s.config.Log.Warn("the provider did not end its session", "provider", p.Name, "status", heard.Failed, "request", requestID(c))
		l.Still = p.Name
	}
	return s.goLeft(c, p, l, known)
}
