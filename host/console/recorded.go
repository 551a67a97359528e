// Recorded logins: one, looked up by its id and explained. It is somebody
// else's data, so whoever looks is in the audit log.

package console

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/record"
	"github.com/doorward/doorward/host/session"
)

// loginID is the form of a login's id, as audit events have it.
var loginID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// recordedView is the content of the page of a recorded login.
type recordedView struct {
	ID         string
	Title      string // of the provider
	Facts      []fact
	Refused    login.Code
	Held       []heldLevel // as it was decided then
	Decided    bool
	Why        *whyView
	Changed    bool // other policies are in use than then
	Own        bool // the person is the one who looks
	Playground bool
}

// logins asks for an id, and leads to its page.
func (m mounted) logins(c *fiber.Ctx, _ *session.Record) error {
	query, err := m.edge.Parameters(c.Request().URI().QueryString(), "id")
	if err != nil {
		return err
	}
	id := strings.TrimSpace(query.Get("id"))
	if loginID.MatchString(id) {
		return c.Redirect("/console/logins/"+id, fiber.StatusSeeOther)
	}
	return m.askForLogin(c, fiber.StatusOK, id, either(id == "", "", "That is no login's id."))
}

// askForLogin is the form, and why what was asked for is not there.
func (m mounted) askForLogin(c *fiber.Ctx, status int, id, problem string) error {
	return m.edge.Render(c, status, loginsTemplate, page.Head{Title: "Recorded logins"}, map[string]any{
		"Records": m.config.Records, "ID": id, "Problem": problem,
	})
}

// login shows one recorded login, and why its levels are held or not under the
// policies in use.
func (m mounted) login(c *fiber.Ctx, viewer *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	r, status, problem := m.find(c, c.Params("id"))
	if problem != "" {
		if !strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
			return login.NewFault(login.CodeNotFound, "no such login is recorded, or it cannot be read")
		}
		return m.askForLogin(c, status, c.Params("id"), problem)
	}
	m.looked(c, viewer, r)
	doc := r.Document()
	v := recordedView{
		ID: r.ID, Title: m.title(r.Person.IdP), Facts: recordedFacts(r, &doc), Refused: r.Refused, Playground: m.config.PlaygroundLevel != "",
		Own: r.Person == viewer.Document.Person,
	}
	if r.Decision != nil && r.User != nil {
		v.Decided = true
		v.Held, _ = m.levels(*r.Decision, r.Time())
		why := m.explained(c.UserContext(), viewer.ID, r.Facts(&doc, r.User))
		v.Why, v.Changed = &why, why.Revision != "" && why.Revision != r.Decision.Revision
	}
	return m.edge.Render(c, fiber.StatusOK, recordedTemplate, page.Head{Title: "Login " + r.ID, Wide: true}, v)
}

// find is the recorded login called id, or why there is none to show.
func (m mounted) find(c *fiber.Ctx, id string) (r record.Record, status int, problem string) {
	if !loginID.MatchString(id) {
		return r, fiber.StatusNotFound, "That is no login's id."
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), storeTimeout)
	defer cancel()
	r, err := m.config.Recorded(ctx, id)
	var version *record.VersionError
	switch {
	case err == nil:
		return r, fiber.StatusOK, ""
	case errors.Is(err, record.ErrNone):
		return r, fiber.StatusNotFound, "No login of that id is recorded. It may be older than record.keep, or no longer among the newest record.max."
	case errors.As(err, &version):
		return r, fiber.StatusNotFound, "That login's record cannot be read: " + version.Error() + "."
	}
	return r, fiber.StatusServiceUnavailable, "That login's record cannot be read: it is damaged, its key is gone, or the store does not answer."
}

// looked tells the audit log whose data was shown, and to whom.
func (m mounted) looked(c *fiber.Ctx, viewer *session.Record, r record.Record) {
	doc := r.Document()
	m.config.Audit(c.UserContext(), login.Event{
		Type: "login_explained", LoginID: r.ID, Provider: r.Person.IdP, By: viewer.ID, RequestID: requestID(c), Subject: &login.Subject{Document: &doc},
	})
}

// recordedFacts says who it was and how it ended.
func recordedFacts(r record.Record, doc *login.Document) []fact {
	decided := momentOf(r.Time())
	list := []fact{{Name: "Login", Text: r.ID, Mono: true}, {Name: "Decided at", Time: &decided}, {Name: "Purpose", Text: string(r.Purpose)}}
	if len(r.Asked) > 0 {
		list = append(list, fact{Name: "Asked for", Text: strings.Join(r.Asked, ", "), Mono: true})
	}
	outcome := "admitted"
	if r.Refused != "" {
		outcome = "refused: " + string(r.Refused)
	}
	list = append(list, fact{Name: "Outcome", Text: outcome})
	list = append(list, facts(login.AuthRequest{RequestedAt: r.File.Login.RequestedAt, ForceAuth: r.File.Login.ForceAuth}, doc)[1:]...)
	for _, f := range []struct{ name, text string }{
		{"Address", r.File.Request.IP}, {"Zones", strings.Join(r.File.Request.Zones, ", ")}, {"Browser", r.File.Request.UserAgent}, {"Application", r.File.Request.App},
		{"Policies then", r.Revisions.Policy},
	} {
		if f.text != "" {
			list = append(list, fact{Name: f.name, Text: f.text, Mono: true})
		}
	}
	for _, source := range r.File.Missing {
		list = append(list, fact{Name: "Source " + source, Text: "was due and failed"})
	}
	return list
}

func either[T any](condition bool, yes, no T) T {
	if condition {
		return yes
	}
	return no
}

// ago is a length of time before now, as a form's choice.
func ago(now time.Time, text string) time.Time {
	d, err := time.ParseDuration(text)
	if err != nil {
		return time.Time{}
	}
	return now.Add(-d)
}
