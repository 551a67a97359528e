// Files of people: import, which looks before it writes, and export.

package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
)

// fileTimeout bounds one import or export; longer ones are for the commands.
const fileTimeout = 50 * time.Second

// importPeople shows the form of an import.
func (m mounted) importPeople(c *fiber.Ctx, record *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	if _, err := m.desk(c, record); err != nil {
		return err
	}
	return m.showImport(c, fiber.StatusOK, map[string]any{})
}

func (m mounted) showImport(c *fiber.Ctx, status int, view map[string]any) error {
	return m.edge.Render(c, status, importTemplate, page.Head{Title: "Import people", Wide: true}, view)
}

// imported imports the file of the form, or looks at it.
func (m mounted) imported(c *fiber.Ctx, record *session.Record) error {
	values, name, content, err := upload(c, "file", "do", "replace")
	if err != nil {
		return err
	}
	desk, err := m.desk(c, record)
	if err != nil {
		return err
	}
	o := people.ImportOptions{Replace: values["replace"] == "yes", DryRun: values["do"] != "import"}
	view := map[string]any{"Replace": o.Replace, "Import": !o.DryRun, "Name": name}
	format := people.Format(strings.TrimPrefix(strings.ToLower(path.Ext(name)), "."))
	if format != people.JSON && format != people.CSV {
		view["Problem"] = "Choose a file whose name ends in .csv or .json."
		return m.showImport(c, fiber.StatusUnprocessableEntity, view)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), fileTimeout)
	defer cancel()
	report, err := desk.Import(ctx, bytes.NewReader(content), format, o)
	problem, err := problemOf(err)
	if err != nil {
		return err
	}
	if problem != "" {
		view["Problem"] = problem
		return m.showImport(c, fiber.StatusUnprocessableEntity, view)
	}
	view["Report"], view["More"] = report, report.Faulty-len(report.Problems)
	return m.showImport(c, either(report.Faulty > 0, fiber.StatusUnprocessableEntity, fiber.StatusOK), view)
}

// exportPeople answers with everybody as a file, without secrets. One that
// breaks off ends the connection, so that nobody takes a part for the whole.
func (m mounted) exportPeople(c *fiber.Ctx, record *session.Record) error {
	form, err := m.edge.Parameters(c.BodyRaw(), "format")
	if err != nil {
		return err
	}
	desk, err := m.desk(c, record)
	if err != nil {
		return err
	}
	format, kind := people.Format(form.Get("format")), map[people.Format]string{people.JSON: fiber.MIMEApplicationJSON, people.CSV: "text/csv; charset=utf-8"}
	if kind[format] == "" {
		return login.NewFault(login.CodeParameterInvalid, "format must be json or csv")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), fileTimeout)
	from, to := io.Pipe()
	go func() {
		defer cancel()
		n, err := desk.Export(ctx, to, format, people.ExportOptions{})
		if err == nil && desk.Told != nil {
			desk.Told(ctx, people.Exported, people.Person{}, n)
		}
		to.CloseWithError(err)
	}()
	c.Set(fiber.HeaderContentType, kind[format])
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="people.`+string(format)+`"`)
	c.Context().SetBodyStream(from, -1)
	return nil
}

// upload parses a multipart form with one file, strictly like texts.
func upload(c *fiber.Ctx, file string, known ...string) (values map[string]string, name string, content []byte, err error) {
	form, err := multipartForm(c)
	if err != nil {
		return nil, "", nil, err
	}
	if len(form.File) > 1 || len(form.File[file]) != 1 {
		return nil, "", nil, login.NewFault(login.CodeParameterInvalid, "the form must have exactly one file, %s", file)
	}
	if values, err = valuesOf(form, known); err != nil {
		return nil, "", nil, err
	}
	part, err := form.File[file][0].Open()
	if err != nil {
		return nil, "", nil, login.NewFault(login.CodeParameterInvalid, "the file cannot be read")
	}
	content, err = io.ReadAll(part) // the listener bounds the body
	if err = errors.Join(err, part.Close()); err != nil {
		return nil, "", nil, login.NewFault(login.CodeParameterInvalid, "the file cannot be read")
	}
	return values, form.File[file][0].Filename, content, nil
}
