// Sessions: who is signed in, with what, and ending them.

package console

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
)

const sessionsShown = 200

// sessionRow is one session as the page lists it.
type sessionRow struct {
	session.Listed
	Provider      string
	Created, Used moment
	Own           bool // the one that looks
	Others        int  // further sessions of the person
}

// sessions lists the sessions, the newest first, of one person when asked so.
func (m mounted) sessions(c *fiber.Ctx, record *session.Record) error {
	query, err := m.edge.Parameters(c.Request().URI().QueryString(), "person", "revoked")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), storeTimeout)
	defer cancel()
	of := query.Get("person")
	all, err := m.config.Sessions.Survey(ctx, session.Filter{SamePerson: of, Newest: sessionsShown})
	if err != nil {
		return err
	}
	rows := m.rows(all, record.ID)
	revoked, err := strconv.Atoi(query.Get("revoked"))
	return m.edge.Render(c, fiber.StatusOK, sessionsTemplate, page.Head{Title: "Sessions", Wide: true}, map[string]any{
		"Rows": rows, "Total": all.Total, "Matching": all.Matching, "Hidden": all.Matching - len(rows), "Person": of,
		"Told": err == nil && revoked >= 0, "Revoked": revoked,
	})
}

func (m mounted) rows(all session.Survey, own string) (rows []sessionRow) {
	for _, l := range all.Sessions {
		rows = append(rows, sessionRow{
			Listed: l, Provider: m.title(l.IdP), Created: momentOf(l.CreatedAt), Used: momentOf(l.LastUsed),
			Own: l.ID == own, Others: all.People[l.Person] - 1,
		})
	}
	return rows
}

// revoke ends one session (id), those of one person (person, the id of a
// session of theirs), or all of them, which is asked about first.
func (m mounted) revoke(c *fiber.Ctx, record *session.Record) error {
	form, err := m.edge.Parameters(c.BodyRaw(), "id", "person", "all", "confirm")
	if err != nil {
		return err
	}
	id, person, all := form.Get("id"), form.Get("person"), form.Get("all") == "yes"
	if given := []bool{id != "", person != "", all}; len(slices.DeleteFunc(given, func(is bool) bool { return !is })) != 1 {
		return login.NewFault(login.CodeParameterInvalid, "exactly one of id, person and all=yes must be given")
	}
	if all && form.Get("confirm") != "yes" {
		return m.edge.Render(c, fiber.StatusOK, revokeAllTemplate, page.Head{Title: "End all sessions?"}, nil)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), storeTimeout)
	defer cancel()
	var n int
	switch {
	case all:
		n, err = m.config.Sessions.RevokeAll(ctx)
	case person != "":
		n, err = m.config.Sessions.RevokeSamePerson(ctx, person)
	default:
		if err = m.config.Sessions.Revoke(ctx, id); err == nil {
			n = 1
		}
	}
	if errors.Is(err, session.ErrNone) { // ended meanwhile
		err = nil
	}
	if n > 0 {
		m.config.Audit(ctx, login.Event{Type: "session_revoked", Session: id + person, Sessions: n, By: record.ID, RequestID: requestID(c)})
	}
	if err != nil {
		return err
	}
	return c.Redirect("/console/sessions?revoked="+strconv.Itoa(n), fiber.StatusSeeOther)
}
