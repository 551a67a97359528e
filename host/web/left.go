// Signing out at the provider too, and where the browser goes in the end.

package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
)

// left is what a sign-out leaves to be said and done. On the way to a provider
// and back it is the state, sealed.
type left struct {
	Back       string `json:"back"` // already checked
	Everywhere bool   `json:"everywhere,omitempty"`
	Still      string `json:"-"` // the provider whose own session goes on, as far as is known
}

const logoutPurpose = "logout-state"

// providerLogout is how the provider ends its own session; empty when it
// cannot.
func (s *Server) providerLogout(ctx context.Context, c *fiber.Ctx, doc login.Document, tokens login.Tokens, l left) login.Redirect {
	p := s.provider(doc.Person.IdP)
	if p == nil {
		return login.Redirect{}
	}
	out, can := p.Flow.Provider.(login.SignOuter)
	if !can {
		return login.Redirect{}
	}
	text, err := json.Marshal(l)
	if err != nil {
		return login.Redirect{}
	}
	to, err := out.SignOut(ctx, doc, tokens, s.config.PublicURL.String()+"/logout/callback/"+p.Name, s.sealLeft(c, p, text))
	if err != nil {
		s.config.Log.WarnContext(ctx, "provider sign-out is not available", "provider", p.Name, "code", login.CodeOf(err))
		return login.Redirect{}
	}
	return to
}

// sealLeft seals what a sign-out leaves into its state. SAML's may have 80 bytes
// (SAML 2.0 Bindings, section 3.4.3): there it is a random name, and what was
// sealed for it waits in a cookie.
func (s *Server) sealLeft(c *fiber.Ctx, p *Provider, text []byte) (state string) {
	if p.stateParam() != relayState {
		return base64.RawURLEncoding.EncodeToString(s.config.Keys.Seal(logoutPurpose, text, []byte(p.Name)))
	}
	state, _ = newState()
	sealed := s.config.Keys.Seal(logoutPurpose, text, []byte(p.Name+" "+state))
	k := s.config.Origins.public.cookies
	k.set(c, k.left, base64.RawURLEncoding.EncodeToString(sealed), cookieLife, true)
	return state
}

// leave sends the browser to a provider, by a redirect or by a form that sends
// itself.
//
// Browsers hold the page's form-action against every redirect that follows the
// form (CSP Level 3, section 6.4.1): the provider's own hops, and home again.
func (s *Server) leave(c *fiber.Ctx, to login.Redirect, home string) error {
	if to.Form == nil {
		return c.Redirect(to.URL, fiber.StatusSeeOther)
	}
	target, err := url.Parse(to.URL)
	if err != nil {
		return login.NewFault(login.CodeProviderDown, "the provider's address cannot be parsed")
	}
	c.Set(fiber.HeaderContentSecurityPolicy, page.Policy(append(s.originsOf(s.here(c), home), "https:", s.config.Origins.public.origin, originOf(target))...))
	head := page.Head{Title: "One moment", Script: page.SubmitScript}
	return s.page(c, fiber.StatusOK, leaveTemplate, head, map[string]any{"To": to, "Host": target.Host})
}

// originsOf is the origin of a checked address, unless it is this page's own.
func (s *Server) originsOf(at *site, address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || originOf(u) == at.origin {
		return nil
	}
	return []string{originOf(u)}
}

// loggedOut is where the provider sends the browser after its own sign-out. The
// session ended before the browser left: a state that is missing or not ours
// changes nothing of that, and leads to our own page.
//
// See OpenID Connect RP-Initiated Logout 1.0, section 3.
func (s *Server) loggedOut(c *fiber.Ctx) error {
	p := s.provider(c.Params("idp"))
	if p == nil {
		return login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
	}
	l, known := left{}, false
	if states := c.Request().URI().QueryArgs().PeekMulti("state"); len(states) == 1 {
		l, known = s.leftBy(p.Name, string(states[0]))
	}
	return s.goLeft(c, p, l, known)
}

// goLeft goes where the browser wanted to go before it left for p.
func (s *Server) goLeft(c *fiber.Ctx, p *Provider, l left, known bool) error {
	if !known {
		s.config.Log.Info("the provider sent the browser back from its sign-out without our state", "provider", p.Name, "request", requestID(c))
	}
	to, err := s.config.Origins.Check(l.Back) // the configuration may be another one by now
	if err != nil {
		return err
	}
	l.Back = to.url
	return c.Redirect(l.address(s.config.Origins.public), fiber.StatusSeeOther)
}

// leftBy unseals what was sealed for a name; false when it is not one of ours.
func (s *Server) leftBy(name, sealed string) (l left, known bool) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return l, false
	}
	text, err := s.config.Keys.Open(logoutPurpose, raw, []byte(name))
	if err != nil || json.Unmarshal(text, &l) != nil {
		return left{}, false
	}
	return l, true
}

// address is where the browser goes after a sign-out: to an application's own
// page, or to ours that says what was done.
func (l left) address(at *site) string {
	if l.Back != "/" || !at.public {
		return l.Back
	}
	query := url.Values{"signed_out": {"true"}}
	if l.Everywhere {
		query.Set("signed_out", "everywhere")
	}
	if l.Still != "" {
		query.Set("still", l.Still)
	}
	return "/?" + query.Encode()
}
