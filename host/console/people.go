// People: those of the built-in provider, listed, searched, added.

package console

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

const peopleShown = 50

// peopleRow is one person as the list shows them.
type peopleRow struct {
	people.Listed
	Path    string
	Means   string
	Remarks []remark
}

// remark is a word about a person; a Bad one keeps them from signing in.
type remark struct {
	Text string
	Bad  bool
}

// desk is what record's person works on people with; not found when the host has
// no built-in provider.
func (m mounted) desk(c *fiber.Ctx, record *session.Record) (people.Desk, error) {
	if m.config.People == nil {
		return people.Desk{}, login.NewFault(login.CodeNotFound, "the configuration has no built-in provider, so there are no people")
	}
	return m.config.People(record.ID, requestID(c)), nil
}

// people lists people by page.
func (m mounted) people(c *fiber.Ctx, record *session.Record) error {
	query, err := m.edge.Parameters(c.Request().URI().QueryString(), "q", "after", "done", "name")
	if err != nil {
		return err
	}
	if m.config.People == nil {
		return m.edge.Render(c, fiber.StatusOK, noPeopleTemplate, page.Head{Title: "People"}, nil)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), storeTimeout)
	defer cancel()
	q := strings.TrimSpace(query.Get("q"))
	found, err := m.config.People(record.ID, requestID(c)).Search(ctx, q, query.Get("after"), peopleShown)
	if err != nil {
		return err
	}
	var rows []peopleRow
	for _, person := range found.People {
		rows = append(rows, peopleRowOf(person.Listed()))
	}
	next := ""
	if found.Next != "" {
		next = "/console/people?" + url.Values{"q": {q}, "after": {found.Next}}.Encode()
	}
	return m.edge.Render(c, fiber.StatusOK, peopleTemplate, page.Head{Title: "People", Wide: true}, map[string]any{
		"Rows": rows, "Query": q, "Next": next, "Later": query.Get("after") != "", "Done": doneOf(query),
	})
}

func peopleRowOf(p people.Listed) peopleRow {
	row := peopleRow{Listed: p, Path: personPath(p.Subject, ""), Means: meansOf(p)}
	for _, r := range []struct {
		holds bool
		remark
	}{{p.Disabled, remark{"disabled", true}}, {p.MustChange, remark{"must change the password", false}}, {p.Configured, remark{"in people_file", false}}} {
		if r.holds {
			row.Remarks = append(row.Remarks, r.remark)
		}
	}
	return row
}

// meansOf is what a person signs in with.
func meansOf(p people.Listed) string {
	var list []string
	if p.Password {
		list = append(list, "password")
	}
	if p.Badges > 0 {
		list = append(list, counted(p.Badges, "badge"))
	}
	if p.Passkeys > 0 {
		list = append(list, counted(p.Passkeys, "passkey"))
	}
	if p.TOTP {
		list = append(list, "authenticator app")
	}
	return strings.Join(list, ", ")
}

func counted(n int, what string) string {
	if n == 1 {
		return what
	}
	return grouped(uint64(n)) + " " + what + "s"
}

// personPath is the page of the person with that subject, after something was
// done when done says what.
func personPath(subject, done string) string {
	query := url.Values{"sub": {subject}}
	if done != "" {
		query.Set("done", done)
	}
	return "/console/people/person?" + query.Encode()
}

// deeds are what a page says after something was done.
var deeds = map[string]string{
	"added": "The person was added.", "changed": "What was changed is kept.", "password": "The password was set. The person's sessions ended.",
	"badge": "The badge was added.", "badge-removed": "The badge was taken from the person.", "badges-removed": "All badges were taken from the person.",
	"disabled": "The person cannot sign in any more. Their sessions ended.", "enabled": "The person can sign in again.",
	"reset": "Passkeys and authenticator app were taken from the person.", "removed": "The person was removed. Their sessions ended.",
}

func doneOf(query url.Values) string { return deeds[query.Get("done")] }

// problemOf is what somebody who filled in a form is told; the error itself when
// they can do nothing about it.
func problemOf(err error) (string, error) {
	if err == nil {
		return "", nil
	}
	if errors.Is(err, store.ErrUnavailable) {
		return "", err
	}
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + ".", nil
}
