// The headers that every answer has.

package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/page"
)

// everyAnswer is what all answers say, besides their request's id.
func everyAnswer(secure bool) []headerLine {
	list := []headerLine{
		line(fiber.HeaderCacheControl, "no-store"),
		line(fiber.HeaderContentSecurityPolicy, page.Policy()),
		line(fiber.HeaderXContentTypeOptions, "nosniff"),
		line(fiber.HeaderReferrerPolicy, "same-origin"), // with no-referrer, browsers send "Origin: null" with our own forms
		line("Cross-Origin-Opener-Policy", "same-origin"),
		line("Cross-Origin-Resource-Policy", "same-origin"),
		line(fiber.HeaderXFrameOptions, "DENY"),
	}
	if secure {
		list = append(list, line(fiber.HeaderStrictTransportSecurity, "max-age=31536000"))
	}
	return list
}

var requestIDName = []byte(requestIDHeader)

// mark gives the request its id, and the answer the headers that all have.
func (s *Server) mark(c *fiber.Ctx) {
	id := newRequestID() // unique, and no secret
	c.Locals(requestIDKey, id)
	out := &c.Response().Header
	out.SetCanonical(requestIDName, []byte(id))
	for _, header := range s.everyAnswer {
		out.SetCanonical(header.name, header.value)
	}
}

// mend sets those of the headers that a handler of its own took away.
func (s *Server) mend(c *fiber.Ctx) {
	out := &c.Response().Header
	if len(out.Peek(requestIDHeader)) == 0 {
		out.Set(requestIDHeader, requestID(c))
	}
	for _, header := range s.everyAnswer {
		if len(out.PeekBytes(header.name)) == 0 {
			out.SetCanonical(header.name, header.value)
		}
	}
}
