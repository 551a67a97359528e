package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
)

// cors lets the pages of an application read what the host's own origin
// answers (Fetch, section 3.2): those of exactly its origins. It returns the application, when one alone is on
// that origin.
func (s *Server) cors(c *fiber.Ctx) *Application {
	given := c.Request().Header.PeekAll(fiber.HeaderOrigin)
	if len(given) != 1 || !s.here(c).public {
		return nil
	}
	at := s.config.Origins.sites[string(given[0])]
	if at == nil || at.public || len(at.entries) == 0 {
		return nil
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, at.origin)
	c.Set(fiber.HeaderAccessControlAllowCredentials, "true")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	for _, e := range at.entries {
		if e.app != at.entries[0].app {
			return nil
		}
	}
	return at.entries[0].app
}

// preflight answers a browser that asks before it reads from another origin.
func (s *Server) preflight(c *fiber.Ctx) error {
	c.Set(fiber.HeaderVary, fiber.HeaderOrigin)
	s.cors(c)
	if len(c.Response().Header.Peek(fiber.HeaderAccessControlAllowOrigin)) == 0 {
		return login.NewFault(login.CodeOriginRefused, "the Origin is no application's")
	}
	c.Set(fiber.HeaderAccessControlAllowMethods, "GET")
	c.Set(fiber.HeaderAccessControlMaxAge, "600")
	return c.SendStatus(fiber.StatusNoContent)
}
