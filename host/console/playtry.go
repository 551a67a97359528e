// Trying what was typed in, within bounds.

package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/session"
)

const (
	tryWithin   = 4 * time.Second // compiling, mapping, deciding and explaining
	tryPatience = 6 * time.Second // for what cannot be interrupted
)

// decide tries what the board has, unless it cannot be read.
func (m mounted) decide(c *fiber.Ctx, viewer *session.Record, b *board) {
	if b.LoginProblem != "" {
		return
	}
	if b.LoginProblem = tooLong("The login file", b.Login, maxLoginText); b.LoginProblem != "" {
		return
	}
	file, err := login.ReadFile([]byte(b.Login))
	if err != nil {
		b.LoginProblem = sentence(err.Error())
		return
	}
	if said := tooLong("The policy", b.Policy, maxPolicyText); said != "" {
		b.Problems = []problem{{Message: said}}
		return
	}
	b.Provider = file.Login.IdP
	tried, err := m.attempt(c.UserContext(), viewer.ID, Trial{File: file, Name: b.File, Text: b.Policy})
	var faults policy.Faults
	switch {
	case errors.As(err, &faults):
		as, _ := m.config.Policies().With(b.File, b.Policy)
		b.Problems = problemsOf(faults, as, b.Policy)
	case err != nil:
		b.Failed = sentence(err.Error())
	default:
		b.tried(tried)
	}
}

// tried puts into words what came of it.
func (b *board) tried(t Tried) {
	h := &history{known: map[string]*attribute{}}
	h.settle(t.User)
	for _, a := range h.sorted() {
		if a.Set {
			b.User = append(b.User, a)
		}
	}
	b.Mapped = t.Mapped
	for _, w := range t.Warnings {
		b.Warnings = append(b.Warnings, w.String())
	}
	if t.Refused != nil {
		b.Failed = "The mappers refused the login, so no level was decided: " + t.Refused.Error()
		return
	}
	why := whyOf(t.Explanation)
	b.Why = &why
}

var errSlow = errors.New("it took too long and was given up: what was typed compiles or decides too slowly")

// attempt runs a trial in a place of the gate, which it keeps until it is over,
// however long that takes.
func (m mounted) attempt(ctx context.Context, viewer string, t Trial) (Tried, error) {
	leave, err := m.gate.enter(ctx, viewer)
	if err != nil {
		return Tried{}, err
	}
	type outcome struct {
		tried Tried
		err   error
	}
	done := make(chan outcome, 1)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tryWithin)
	go func() {
		defer leave()
		defer cancel()
		defer func() {
			if recover() != nil {
				done <- outcome{err: errors.New("it broke the evaluation, and nothing was decided")}
			}
		}()
		tried, err := m.config.Try(ctx, t)
		done <- outcome{tried, err}
	}()
	patience := time.NewTimer(tryPatience)
	defer patience.Stop()
	select {
	case o := <-done:
		return o.tried, o.err
	case <-patience.C:
		return Tried{}, errSlow
	}
}

func problemsOf(faults policy.Faults, name, text string) (list []problem) {
	lines := strings.Split(text, "\n")
	for _, f := range faults {
		p := problem{Message: f.Message}
		if f.File != "" {
			p.Place = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
		}
		if f.File == name && f.Line > 0 && f.Line <= len(lines) {
			p.Line = lines[f.Line-1]
		}
		list = append(list, p)
		if len(list) == 50 {
			break
		}
	}
	return list
}

// sentence is an error's text for a page.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
