// Third-party-initiated login: a provider, or somebody else, sends people here to
// sign in (OpenID Connect Core 1.0, section 4).

package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// framed are the places where a page is shown inside another one (Fetch Metadata,
// Sec-Fetch-Dest).
var framed = []string{"iframe", "frame", "embed", "object", "fencedframe"}

// initiate begins a login at the provider whose issuer is iss, for the address
// target_link_uri, which is held against the return addresses as every other.
// Parameters that are not known are ignored, as the specification says. It is
// answered in no frame: the browser would send the person on inside it.
func (s *Server) initiate(c *fiber.Ctx) error {
	if slices.Contains(framed, c.Get("Sec-Fetch-Dest")) {
		return login.NewFault(login.CodeOriginRefused, "a login is begun in no frame")
	}
	w, err := s.initiated(c)
	if err != nil {
		return err
	}
	p, err := s.choose(w)
	if err != nil {
		return err
	}
	return s.begin(c, p, s.request(c, p, w, login.PurposeLogin))
}

// initiated reads what the initiator asks for.
func (s *Server) initiated(c *fiber.Ctx) (w wish, err error) {
	raw := c.Request().URI().QueryString()
	if c.Method() == fiber.MethodPost {
		raw = c.BodyRaw()
	}
	if len(raw) > maxQuery {
		return w, login.NewFault(login.CodeRequestTooLarge, "the query is longer than 8 KiB")
	}
	params, err := url.ParseQuery(string(raw))
	if err != nil {
		return w, login.NewFault(login.CodeParameterInvalid, "the query is not form-encoded")
	}
	for _, name := range []string{"iss", "login_hint", "target_link_uri"} {
		if len(params[name]) > 1 {
			return w, login.NewFault(login.CodeParameterDuplicate, "%s is given more than once", name)
		}
	}
	if w.idp = s.issuedBy(params.Get("iss")); w.idp == "" {
		return w, &login.Fault{Code: login.CodeProviderUnknown, Detail: "iss is the issuer of no configured provider",
			Hint: "The address must name the provider in iss, exactly as its issuer is configured here."}
	}
	if w.hint, err = hint(params); err != nil {
		return w, err
	}
	if w.to, err = s.config.Origins.Check(params.Get("target_link_uri")); err != nil {
		return w, err
	}
	w.app, err = s.appFor(w.to, "")
	return w, err
}

// issuedBy is the name of the first provider with that issuer, compared octet by
// octet; "" for none.
func (s *Server) issuedBy(issuer string) string {
	for _, p := range s.config.Providers {
		if p.Issuer != "" && p.Issuer == issuer {
			return p.Name
		}
	}
	return ""
}

// hint is login_hint, bounded.
func hint(params url.Values) (string, error) {
	text := params.Get("login_hint")
	if len(text) > maxLoginHint || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return "", login.NewFault(login.CodeParameterInvalid, "login_hint is longer than 256 bytes or has control characters")
	}
	return text, nil
}
