// Gone: a result that is kept no more, or that another session began.

package console

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
)

// gone answers for a result that is not there: a page that leads to another
// test for those who accept one, else not_found. It does not tell a result that
// was forgotten from one that another session sees.
func (m mounted) gone(c *fiber.Ctx) error {
	fault := login.NewFault(login.CodeNotFound, "no such result for this session: results are kept for ten minutes, in memory")
	p, err := m.provider(c)
	if err != nil || !strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
		return fault
	}
	return m.edge.Render(c, fiber.StatusNotFound, goneTemplate, page.Head{Title: "This result is gone"}, map[string]any{
		"Title": cmp.Or(p.Title, p.Name), "Again": "/console/test-login/" + url.PathEscape(p.Name),
		"Code": login.CodeNotFound, "RequestID": requestID(c),
	})
}
