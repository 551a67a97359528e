// The page of a run: that it is under way, or its report.

package console

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/record"
	"github.com/doorward/doorward/host/session"
)

const groupsShown = 100

// reportView is the content of the page of a run.
type reportView struct {
	What, Since, Problem string
	Cancelled            bool
	Running              bool
	Elapsed              string
	ID                   string
	R                    record.Report
	Facts                []fact
	Groups               []groupRow
	Hidden               int
	Skipped              []skippedRow
}

type groupRow struct {
	Lines    []string
	Logins   string
	Examples []string
}

type skippedRow struct {
	Why      string
	Logins   string
	Examples []string
}

// replayed shows a run: that it is under way, or its report.
func (m mounted) replayed(c *fiber.Ctx, viewer *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	r := m.replays.get(c.Params("id"), viewer.ID)
	if r == nil {
		return login.NewFault(login.CodeNotFound, "no such replay for this session: reports are kept for ten minutes, in memory")
	}
	v := reportView{What: r.what, ID: r.id, Since: sinceText(r.since)}
	if !r.await(m.replays.wait) {
		v.Running, v.Elapsed = true, time.Since(r.began).Round(time.Second).String()
		c.Set("Refresh", "1") // needs no script
		return m.edge.Render(c, fiber.StatusOK, reportTemplate, page.Head{Title: "Replay is running", Wide: true}, v)
	}
	switch {
	case errors.Is(r.err, context.Canceled):
		v.Cancelled = true
	case r.err != nil:
		v.Problem = r.err.Error()
	default:
		v.show(r.report)
	}
	return m.edge.Render(c, fiber.StatusOK, reportTemplate, page.Head{Title: "Replay", Wide: true}, v)
}

// cancelReplay ends a run.
func (m mounted) cancelReplay(c *fiber.Ctx, viewer *session.Record) error {
	if _, err := m.edge.Parameters(c.BodyRaw()); err != nil {
		return err
	}
	r := m.replays.get(c.Params("id"), viewer.ID)
	if r == nil {
		return login.NewFault(login.CodeNotFound, "no such replay for this session")
	}
	r.cancel()
	return c.Redirect("/console/replay/"+r.id, fiber.StatusSeeOther)
}

func sinceText(value string) string {
	for _, c := range sinces {
		if c.Value == value {
			return c.Text
		}
	}
	return value
}

// show puts a report into rows.
func (v *reportView) show(r record.Report) {
	v.R = r
	v.Facts = []fact{
		{Name: "Recorded logins", Text: grouped(uint64(r.Logins))}, {Name: "Replayed", Text: grouped(uint64(r.Replayed))},
		{Name: "Different", Text: grouped(uint64(r.Different))}, {Name: "Recorded under these rules", Text: grouped(uint64(r.SameRules))},
	}
	if r.Logins > 0 {
		first, last := momentOf(r.First), momentOf(r.Last)
		v.Facts = append(v.Facts, fact{Name: "From", Time: &first}, fact{Name: "To", Time: &last})
	}
	v.Facts = append(v.Facts, fact{Name: "Policies", Text: r.Policy, Mono: true}, fact{Name: "Took", Text: fmt.Sprintf("%.1f s", r.Took)})
	for i, g := range r.Groups {
		if i == groupsShown {
			v.Hidden = len(r.Groups) - i
			break
		}
		v.Groups = append(v.Groups, groupRow{g.Lines(), grouped(uint64(g.Logins)), g.Examples})
	}
	for _, s := range r.NotReplayable {
		why := notReplayable[s.Reason]
		if s.Detail != "" {
			why += ": " + s.Detail
		}
		v.Skipped = append(v.Skipped, skippedRow{why, grouped(uint64(s.Logins)), s.Examples})
	}
}

// notReplayable says why a record was left out. The list is closed.
var notReplayable = map[record.Reason]string{
	record.ReasonMapperTokens: "a mapper or plugin reads token strings, which are not kept",
	record.ReasonPolicyTokens: "a rule reads token strings, which are not kept",
	record.ReasonTokenCopied:  "a claim or the user held a token",
	record.ReasonInterrupted:  "time or load decided a step: a timeout, or a plugin that was left alone",
	record.ReasonNoProvider:   "the provider is not configured any more",
	record.ReasonUnreadable:   "the record is damaged",
	record.ReasonSealed:       "the record was sealed by a host key that is gone",
	record.ReasonVersion:      "the record is of another version",
}
