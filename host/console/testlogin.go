// Test login: choosing the provider, beginning, and the result.

package console

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
)

// tested is a result in a list.
type tested struct {
	Path, Outcome string
	Failed        bool
	At            moment
}

// providers lists what can be tested.
func (m mounted) providers(c *fiber.Ctx, _ *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	type row struct{ Path, Title, Type string }
	var rows []row
	for _, p := range m.config.Providers {
		rows = append(rows, row{"/console/test-login/" + url.PathEscape(p.Name), cmp.Or(p.Title, p.Name), p.Type})
	}
	return m.edge.Render(c, fiber.StatusOK, providersTemplate, page.Head{Title: "Test login"}, map[string]any{"Providers": rows})
}

// testLogin says what a test does, and has its button.
func (m mounted) testLogin(c *fiber.Ctx, record *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	p, err := m.provider(c)
	if err != nil {
		return err
	}
	return m.offer(c, record, p, fiber.StatusOK, nil)
}

// offer is the page of a provider, with the failure that kept a test from
// beginning, if one did.
func (m mounted) offer(c *fiber.Ctx, record *session.Record, p Provider, status int, failed *failure) error {
	var list []tested
	for _, r := range m.results.of(record.ID, p.Name) {
		one := tested{Path: r.path(), Outcome: "passed", At: momentOf(r.at)}
		if f := r.view.Failure; f != nil {
			one.Outcome, one.Failed = f.Title, true
		}
		list = append(list, one)
	}
	m.leadsTo(c, p)
	return m.edge.Render(c, status, testLoginTemplate, page.Head{Title: "Test login: " + cmp.Or(p.Title, p.Name)}, map[string]any{
		"Name": p.Name, "Title": cmp.Or(p.Title, p.Name), "Type": p.Type, "Issuer": p.Issuer,
		"Path": "/console/test-login/" + url.PathEscape(p.Name), "Callback": m.config.PublicURL + "/callback/" + p.Name,
		"Header": p.Header, "SignIn": m.config.PublicURL + "/login/id-token/" + p.Name, "Results": list, "Failure": failed,
	})
}

// leadsTo lets the page's form lead on to the provider: browsers hold
// form-action against every redirect that follows a form.
func (m mounted) leadsTo(c *fiber.Ctx, p Provider) {
	targets := []string{"https:"}
	if u, err := url.Parse(p.Issuer); err == nil && u.Scheme == "http" { // on loopback, as host/config sees to
		targets = append(targets, "http://"+u.Host)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, page.Policy(targets...))
}

// beginTest begins the real flow. A provider that cannot be asked is shown as
// a test that failed, not as an error of the console.
func (m mounted) beginTest(c *fiber.Ctx, record *session.Record) error {
	form, err := m.edge.Parameters(c.BodyRaw(), "force_auth")
	if err != nil {
		return err
	}
	force := form.Get("force_auth")
	if force != "" && force != "true" {
		return login.NewFault(login.CodeParameterInvalid, "force_auth must be true, or left out")
	}
	p, err := m.provider(c)
	if err != nil {
		return err
	}
	m.config.Audit(c.UserContext(), login.Event{Type: "test_begun", Provider: p.Name, By: record.ID, RequestID: requestID(c)})
	err = m.edge.BeginTest(c, record, p.Name, force == "true")
	switch code := login.CodeOf(err); {
	case err == nil:
		return nil
	case code == login.CodeProviderDown || code == login.CodeProviderTimeout:
		f := failure{Title: causes[code].title, Code: code, Step: "begin", Usual: causes[code].usual, Detail: strings.TrimPrefix(err.Error(), string(code)+": ")}
		f.add("Issuer configured", p.Issuer, true)
		return m.offer(c, record, p, fiber.StatusBadGateway, &f)
	}
	return err
}

// resultOf is the one that the address names, for the session that began it;
// nil when there is none.
func (m mounted) resultOf(c *fiber.Ctx, record *session.Record) *result {
	r := m.results.get(c.Params("id"), record.ID)
	if r == nil || r.provider != c.Params("idp") {
		return nil
	}
	return r
}

// testResult shows what a test yielded.
func (m mounted) testResult(c *fiber.Ctx, record *session.Record) error {
	query, err := m.edge.Parameters(c.Request().URI().QueryString(), "signed_out")
	if err != nil {
		return err
	}
	r := m.resultOf(c, record)
	if r == nil {
		return m.gone(c)
	}
	if p, err := m.provider(c); err == nil {
		m.leadsTo(c, p)
	}
	var why *whyView
	if r.facts != nil {
		shown := m.explained(c.UserContext(), record.ID, *r.facts)
		why = &shown
	}
	head := page.Head{Title: "Test login: " + r.view.Title, Wide: true}
	return m.edge.Render(c, fiber.StatusOK, resultTemplate, head, map[string]any{
		"Why": why, "Changed": why != nil && why.Revision != "" && why.Revision != r.revision, "Playground": m.config.PlaygroundLevel != "", "ID": r.id,
		"V": r.view, "Path": r.path(), "Again": "/console/test-login/" + url.PathEscape(r.provider),
		"HasFile": r.file != nil, "CanSignOut": r.signOut != nil, "SignedOut": query.Get("signed_out"),
		"Until": momentOf(r.at.Add(resultLife)),
	})
}

// loginFile hands out the login file of a test.
func (m mounted) loginFile(c *fiber.Ctx, record *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	r := m.resultOf(c, record)
	if r == nil {
		return m.gone(c)
	}
	if r.file == nil {
		return login.NewFault(login.CodeNotFound, "this test has no document, so it has no login file")
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="login.json"`)
	return c.Send(r.file)
}

// testLogout ends the provider's session that a test made.
func (m mounted) testLogout(c *fiber.Ctx, record *session.Record) error {
	if _, err := m.edge.Parameters(c.BodyRaw()); err != nil {
		return err
	}
	r := m.resultOf(c, record)
	if r == nil {
		return m.gone(c)
	}
	if r.signOut == nil {
		return login.NewFault(login.CodeNotFound, "this test has no ID token to sign out with")
	}
	m.config.Audit(c.UserContext(), login.Event{Type: "test_logout", Provider: r.provider, By: record.ID, RequestID: requestID(c)})
	back := r.path() + "?signed_out=true"
	if err := m.edge.SignOutTest(c, *r.signOut, r.provider, back); err != nil {
		return err
	}
	if c.GetRespHeader(fiber.HeaderLocation) == back { // at once: the provider was not asked
		return c.Redirect(r.path()+"?signed_out=false", fiber.StatusSeeOther)
	}
	return nil
}
