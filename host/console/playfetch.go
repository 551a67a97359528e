// Logins for the playground: those that the viewer may see.

package console

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// fetch writes a login that the viewer may see into the board: a recorded one
// by its id, a test of this session, or the sign-in of this session.
func (m mounted) fetch(c *fiber.Ctx, viewer *session.Record, b *board) {
	var text []byte
	switch {
	case b.ID != "":
		text, b.LoginProblem = m.fetchRecorded(c, viewer, b.ID)
	case b.From != "" && b.From != "self":
		if r := m.results.get(b.From, viewer.ID); r != nil {
			text = r.file
		}
		if text == nil {
			b.LoginProblem = "That test is kept no more, or has no login file: results are kept for ten minutes."
		}
	default:
		text = ownLogin(viewer, m.config.Now())
	}
	if problem := tooLong("That login file", string(text), maxLoginText); problem != "" && b.LoginProblem == "" {
		b.LoginProblem, text = problem, nil
	}
	if b.LoginProblem == "" {
		b.Login = string(text)
	}
}

// ownLogin is the login file of the session itself. Of the request it says
// nothing: that is for whoever tries to fill in.
func ownLogin(viewer *session.Record, now time.Time) []byte {
	return loginFile(login.Yield{Document: &viewer.Document, At: now, CreatedAt: viewer.CreatedAt.Unix()}, login.Request{})
}

// fetchRecorded is the file of a recorded login: the viewer's own, or anybody's
// for who holds the console's level, too.
func (m mounted) fetchRecorded(c *fiber.Ctx, viewer *session.Record, id string) ([]byte, string) {
	r, _, problem := m.find(c, id)
	const none = "No login of that id is recorded, or it is not yours to see."
	_, refused := m.edge.Guard(c, m.config.Level)
	own := problem == "" && r.Person == viewer.Document.Person
	switch {
	case refused != nil && !own:
		return nil, none
	case problem != "":
		return nil, problem
	}
	if !own {
		m.looked(c, viewer, r)
	}
	text, err := r.File.Encode()
	if err != nil {
		return nil, "That login is too large for a login file."
	}
	return text, ""
}
