// What is done to one person: each a form of their page.

package console

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
)

// addPerson shows the form for a new person.
func (m mounted) addPerson(c *fiber.Ctx, record *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	if _, err := m.desk(c, record); err != nil {
		return err
	}
	return m.showAdd(c, fiber.StatusOK, personForm{MustChange: true}, "")
}

func (m mounted) showAdd(c *fiber.Ctx, status int, form personForm, problem string) error {
	return m.edge.Render(c, status, addPersonTemplate, page.Head{Title: "Add a person", Wide: true}, map[string]any{"Form": form, "Problem": problem})
}

// add adds the person that the form describes.
func (m mounted) add(c *fiber.Ctx, record *session.Record) error {
	values, err := texts(c, append([]string{"password", "badge"}, personFields...)...)
	if err != nil {
		return err
	}
	desk, err := m.desk(c, record)
	if err != nil {
		return err
	}
	form := typedForm(values)
	what := people.New{Password: values["password"]}
	if values["badge"] != "" {
		what.Badges = []string{values["badge"]}
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), storeTimeout)
	defer cancel()
	var added people.Person
	if what.Change, err = form.change(); err == nil {
		added, err = desk.Add(ctx, what)
	}
	problem, err := problemOf(err)
	if err != nil {
		return err
	}
	if problem != "" {
		return m.showAdd(c, fiber.StatusUnprocessableEntity, form, problem)
	}
	return c.Redirect(personPath(added.Subject, "added"), fiber.StatusSeeOther)
}

// sent is a form of a person's page.
type sent struct {
	ctx    context.Context
	desk   people.Desk
	person people.Person
	values map[string]string
}

// deed answers a form of a person's page, known are its fields besides sub. do
// says what was done, of deeds; its error is shown beside the form.
func (m mounted) deed(form string, known []string, do func(s sent) (done string, err error)) serve {
	return func(c *fiber.Ctx, record *session.Record) error {
		values, err := texts(c, append([]string{"sub"}, known...)...)
		if err != nil {
			return err
		}
		desk, err := m.desk(c, record)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(c.UserContext(), storeTimeout)
		defer cancel()
		person, err := subjectOf(ctx, desk, values["sub"])
		if err != nil {
			return err
		}
		done, err := do(sent{ctx, desk, person, values})
		if errors.Is(err, errConfirm) {
			return m.edge.Render(c, fiber.StatusOK, confirmPersonTemplate, page.Head{Title: "Are you sure?"}, map[string]any{"Deed": form, "Person": peopleRowOf(person.Listed())})
		}
		problem, err := problemOf(err)
		switch {
		case err != nil:
			return err
		case problem == "" && done == "removed":
			return c.Redirect("/console/people?done=removed", fiber.StatusSeeOther)
		case problem == "":
			return c.Redirect(personPath(person.Subject, done), fiber.StatusSeeOther)
		}
		v := personView{Problem: problem, Where: form, Form: formOf(person.Listed())}
		if form == "change" {
			v.Form = typedForm(values)
		}
		return m.showPerson(c, fiber.StatusUnprocessableEntity, person, v)
	}
}

// errConfirm is returned by a deed that is asked about first.
var errConfirm = errors.New("not confirmed")

func change(s sent) (string, error) {
	what, err := typedForm(s.values).change()
	if err == nil {
		err = s.desk.Set(s.ctx, s.person.UserName, what)
	}
	return "changed", err
}

func password(s sent) (string, error) {
	if s.values["password"] != s.values["again"] {
		return "", errors.New("the two passwords differ: type the same one twice")
	}
	return "password", s.desk.Password(s.ctx, s.person.UserName, s.values["password"], s.values["must_change"] == "yes")
}

func badge(s sent) (string, error) {
	number := s.values["number"]
	switch do := s.values["do"]; {
	case do == "remove-all":
		return "badges-removed", s.desk.RemoveBadge(s.ctx, s.person.UserName, "")
	case number == "":
		return "", errors.New("the badge number is empty: type it, or hold the badge to the reader")
	case do == "remove":
		return "badge-removed", s.desk.RemoveBadge(s.ctx, s.person.UserName, number)
	case do == "add":
		return "badge", s.desk.AddBadge(s.ctx, s.person.UserName, number)
	}
	return "", login.NewFault(login.CodeParameterInvalid, "do must be add, remove or remove-all")
}

func disable(s sent) (string, error) {
	if s.values["disabled"] == "no" {
		return "enabled", s.desk.Disable(s.ctx, s.person.UserName, false)
	}
	return "disabled", s.desk.Disable(s.ctx, s.person.UserName, true)
}

func reset(s sent) (string, error) {
	if s.values["confirm"] != "yes" {
		return "", errConfirm
	}
	return "reset", s.desk.ResetFactors(s.ctx, s.person.UserName)
}

func remove(s sent) (string, error) {
	if s.values["confirm"] != "yes" {
		return "", errConfirm
	}
	return "removed", s.desk.Remove(s.ctx, s.person.UserName)
}
