package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
)

const siteKey local = "site"

// everywhere are the routes that no browser's cookie has a part in: they answer
// whatever host they are asked by.
var everywhere = map[string]bool{"/auth": true, "/doorward.js": true, "/.well-known/jwks.json": true}

// arrive notes the site that a request came to. The host's own routes answer on
// its own origin alone, those under /.doorward/ on every origin that is
// configured.
func (s *Server) arrive(c *fiber.Ctx) error {
	at := c.Path()
	if everywhere[at] || at == ownPrefix+"/auth" || strings.HasPrefix(at, page.AssetPrefix) {
		return nil
	}
	here, err := s.origin(c)
	if err != nil {
		return err
	}
	if !here.public && !strings.HasPrefix(at, ownPrefix+"/") {
		return login.NewFault(login.CodeAppUnknown, "this path is the application's own: its proxy must pass on only what is under %s/", ownPrefix)
	}
	c.Locals(siteKey, here)
	return nil
}

// here is the site that the request came to; the public one where that plays no
// part.
func (s *Server) here(c *fiber.Ctx) *site {
	if at, ok := c.Locals(siteKey).(*site); ok {
		return at
	}
	return s.config.Origins.public
}

// origin finds the site by scheme and host. Forwarded headers count from
// trusted proxies alone; anybody else is believed the Host header, which gains
// nothing: handles open on their own origin only.
func (s *Server) origin(c *fiber.Ctx) (*site, error) {
	// Of an absolute-form target the host counts (RFC 9112, section 3.2.2).
	hosts, schemes := []string{string(c.Request().URI().Host())}, []string(nil)
	if s.config.Peers.trusts(c) {
		schemes = all(c, fiber.HeaderXForwardedProto)
		if forwarded := all(c, fiber.HeaderXForwardedHost); forwarded != nil {
			hosts = forwarded
		}
	}
	if len(hosts) != 1 || len(schemes) > 1 {
		return nil, login.NewFault(login.CodeAppUnknown, "the host or scheme is named more than once")
	}
	scheme := ""
	if len(schemes) == 1 {
		scheme = schemes[0]
	}
	at := s.config.Origins.find(scheme, hosts[0])
	if at == nil {
		return nil, login.NewFault(login.CodeAppUnknown, "no origin that is configured has this scheme and host: "+
			"a proxy must pass on Host or X-Forwarded-Host and X-Forwarded-Proto, and be listed in trusted_proxies")
	}
	return at, nil
}

// find is the site of a scheme and a Host header, or nil. Without a scheme it is
// the public site when the host is its own, else plain http.
func (o Origins) find(scheme, host string) *site {
	switch strings.ToLower(scheme) {
	case "https", "wss":
		scheme = "https"
	case "http", "ws":
		scheme = "http"
	case "":
		if origin, ok := canonical(o.public.scheme(), host); ok && origin == o.public.origin {
			return o.public
		}
		scheme = "http"
	default:
		return nil
	}
	if at := o.sites[scheme+"://"+host]; at != nil {
		return at
	}
	origin, _ := canonical(scheme, host)
	return o.sites[origin]
}

func (at *site) scheme() string {
	scheme, _, _ := strings.Cut(at.origin, ":")
	return scheme
}

// canonical is the origin of scheme and a Host header, with one form for the
// names that mean one host: lower case, no dot at the end, no default port.
func canonical(scheme, host string) (string, bool) {
	if host == "" || strings.ContainsFunc(host, func(r rune) bool { return unsafeInAddress(r) || strings.ContainsRune("/?#@%,", r) }) {
		return "", false
	}
	u, err := url.Parse(scheme + "://" + host)
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	name := strings.TrimSuffix(u.Hostname(), ".")
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port := u.Port(); port != "" {
		name += ":" + port
	}
	return originOf(&url.URL{Scheme: scheme, Host: name}), true
}
