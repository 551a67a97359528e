// Replay: recorded logins, run again under the policies in use or under typed-in
// ones.

package console

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/record"
	"github.com/doorward/doorward/host/session"
)

// Replay says what to run again. Policies is nil for the default policy.
type Replay struct {
	Policies   map[string]string
	Since      time.Time
	ForbidLoss []string
}

// replayView is the content of the form.
type replayView struct {
	Records, Typed  bool // whether policies may be typed in
	Since, With     string
	File, Policy    string
	Files           []string
	Forbid, Problem string
	Choices         []choice
}

type choice struct{ Value, Text string }

var sinces = []choice{{"1h", "the last hour"}, {"24h", "the last day"}, {"168h", "the last 7 days"}, {"720h", "the last 30 days"}}

// replayForm asks what to replay.
func (m mounted) replayForm(c *fiber.Ctx, _ *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	return m.askReplay(c, fiber.StatusOK, replayView{Since: "168h", With: "use"})
}

func (m mounted) askReplay(c *fiber.Ctx, status int, v replayView) error {
	v.Records, v.Choices = m.config.Records, sinces
	v.Typed = m.mayType(c)
	for _, name := range sortedKeys(m.files()) {
		if !strings.HasSuffix(name, "_test.rego") {
			v.Files = append(v.Files, name)
		}
	}
	v.Files = append(v.Files, newFile)
	return m.edge.Render(c, status, replayTemplate, page.Head{Title: "Replay", Wide: true}, v)
}

// mayType reports whether the viewer may run policies that are typed in.
func (m mounted) mayType(c *fiber.Ctx) bool {
	if m.config.PlaygroundLevel == "" {
		return false
	}
	_, refused := m.edge.Guard(c, m.config.PlaygroundLevel)
	return refused == nil
}

// replay begins a run and leads to its page; do=form, which the playground
// sends, shows the form with what was typed there.
func (m mounted) replay(c *fiber.Ctx, viewer *session.Record) error {
	form, err := texts(c, "do", "since", "with", "file", "policy", "forbid", "login", "from", "id")
	if err != nil {
		return err
	}
	v := replayView{Since: form["since"], With: form["with"], File: form["file"], Policy: form["policy"], Forbid: form["forbid"]}
	if !slices.ContainsFunc(sinces, func(c choice) bool { return c.Value == v.Since }) {
		v.Since = "168h"
	}
	if form["do"] == "form" {
		v.With = "typed"
		return m.askReplay(c, fiber.StatusOK, v)
	}
	request, what, problem := m.replayOf(c, v)
	if problem != "" {
		v.Problem = problem
		return m.askReplay(c, fiber.StatusBadRequest, v)
	}
	m.config.Audit(c.UserContext(), login.Event{Type: "replayed", By: viewer.ID, RequestID: requestID(c)})
	r := m.replays.begin(&run{console: viewer.ID, what: what, since: v.Since}, func(ctx context.Context) (record.Report, error) {
		return m.config.Replay(ctx, request)
	})
	return c.Redirect("/console/replay/"+r.id, fiber.StatusSeeOther)
}

// replayOf is what the form asks for, in words, too; or what is wrong with it.
func (m mounted) replayOf(c *fiber.Ctx, v replayView) (request Replay, what, problem string) {
	p := m.config.Policies()
	request = Replay{Since: ago(m.config.Now(), v.Since), ForbidLoss: strings.Fields(v.Forbid)}
	if p.Source != SourceDefault {
		request.Policies = p.Files
	}
	if !m.config.Records {
		return request, "", "No login is recorded: write record: {keep: 168h} in the configuration."
	}
	if v.With != "typed" {
		return request, "the policies in use", ""
	}
	if !m.mayType(c) {
		return request, "", "Policies that are typed in need the level of the playground, console.playground."
	}
	if problem = tooLong("The policy", v.Policy, maxPolicyText); problem != "" {
		return request, "", problem
	}
	name, files := p.With(v.File, v.Policy)
	request.Policies = files
	return request, "what was typed in as " + name, ""
}
