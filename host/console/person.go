// One person: what is known of them, and what can be done.

package console

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
)

// personView is the content of a person's page.
type personView struct {
	peopleRow
	Facts   []fact
	Form    personForm
	Done    string
	Problem string // of the form that was sent
	Where   string // that form: change, password, badge
}

// personForm are the fields of a person as a form has them.
type personForm struct {
	UserName, Name, GivenName, FamilyName, Email, Phone string
	EmailVerified, PhoneVerified, MustChange            bool
	Groups, Roles, Claims                               string
}

func formOf(p people.Listed) personForm {
	f := personForm{
		UserName: p.UserName, Name: p.Name, GivenName: p.GivenName, FamilyName: p.FamilyName, Email: p.Email, Phone: p.Phone,
		EmailVerified: p.EmailVerified, PhoneVerified: p.PhoneVerified, MustChange: p.MustChange,
		Groups: strings.Join(p.Groups, "\n"), Roles: strings.Join(p.Roles, "\n"),
	}
	if len(p.Claims) > 0 {
		text, _ := json.MarshalIndent(p.Claims, "", "  ") // they came from JSON
		f.Claims = string(text)
	}
	return f
}

// personFields are the names of a personForm's fields.
var personFields = []string{"user_name", "name", "given_name", "family_name", "email", "email_verified", "phone", "phone_verified", "groups", "roles", "claims", "must_change"}

func typedForm(values map[string]string) personForm {
	return personForm{
		UserName: strings.TrimSpace(values["user_name"]), Name: strings.TrimSpace(values["name"]), GivenName: strings.TrimSpace(values["given_name"]),
		FamilyName: strings.TrimSpace(values["family_name"]), Email: strings.TrimSpace(values["email"]), EmailVerified: values["email_verified"] == "yes",
		Phone: strings.TrimSpace(values["phone"]), PhoneVerified: values["phone_verified"] == "yes", MustChange: values["must_change"] == "yes",
		Groups: values["groups"], Roles: values["roles"], Claims: values["claims"],
	}
}

// change is what the form makes of a person: everything that it has.
func (f personForm) change() (people.Change, error) {
	groups, roles := lines(f.Groups), lines(f.Roles)
	c := people.Change{
		UserName: &f.UserName, Name: &f.Name, GivenName: &f.GivenName, FamilyName: &f.FamilyName, Email: &f.Email, EmailVerified: &f.EmailVerified,
		Phone: &f.Phone, PhoneVerified: &f.PhoneVerified, Groups: &groups, Roles: &roles, MustChange: &f.MustChange, OnlyClaims: true,
	}
	if strings.TrimSpace(f.Claims) == "" {
		return c, nil
	}
	decoder := json.NewDecoder(strings.NewReader(f.Claims))
	decoder.UseNumber()
	if err := decoder.Decode(&c.Claims); err != nil || decoder.More() || c.Claims == nil {
		return c, errors.New(`the claims must be a JSON object, such as {"line": 4}`)
	}
	return c, nil
}

func lines(text string) []string {
	list := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// person shows the person that the address names.
func (m mounted) person(c *fiber.Ctx, record *session.Record) error {
	query, err := m.edge.Parameters(c.Request().URI().QueryString(), "sub", "done")
	if err != nil {
		return err
	}
	desk, err := m.desk(c, record)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), storeTimeout)
	defer cancel()
	person, err := subjectOf(ctx, desk, query.Get("sub"))
	if err != nil {
		return err
	}
	return m.showPerson(c, fiber.StatusOK, person, personView{Done: doneOf(query), Form: formOf(person.Listed())})
}

func subjectOf(ctx context.Context, desk people.Desk, subject string) (people.Person, error) {
	person, err := desk.BySubject(ctx, subject)
	if errors.Is(err, people.ErrNoPerson) {
		return person, login.NewFault(login.CodeNotFound, "nobody has that subject, or they were removed")
	}
	return person, err
}

func (m mounted) showPerson(c *fiber.Ctx, status int, person people.Person, v personView) error {
	v.peopleRow = peopleRowOf(person.Listed())
	v.Facts = personFacts(v.Listed)
	return m.edge.Render(c, status, personTemplate, page.Head{Title: v.UserName, Wide: true}, v)
}

func personFacts(p people.Listed) (list []fact) {
	form := formOf(p)
	for _, f := range []fact{
		{Name: "User name", Text: p.UserName, Mono: true}, {Name: "Subject", Text: p.Subject, Mono: true}, {Name: "Name", Text: p.FullName()},
		{Name: "Email", Text: verified(p.Email, p.EmailVerified)}, {Name: "Phone", Text: verified(p.Phone, p.PhoneVerified)},
		{Name: "Groups", Text: strings.Join(p.Groups, ", ")}, {Name: "Roles", Text: strings.Join(p.Roles, ", ")},
		{Name: "Claims", Text: form.Claims, Mono: true}, {Name: "Signs in with", Text: either(meansOf(p) == "", "nothing yet", meansOf(p))},
	} {
		if f.Text != "" {
			list = append(list, f)
		}
	}
	return list
}

func verified(text string, is bool) string {
	if text == "" {
		return ""
	}
	return text + either(is, ", verified", ", not verified")
}
