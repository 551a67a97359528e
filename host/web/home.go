package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/session"
)

func pageHead(title string) page.Head { return page.Head{Title: title} }

func noSession(err error) bool { return errors.Is(err, session.ErrNone) }

// home shows the person what this host knows of them, which levels they hold,
// and until when.
func (s *Server) home(c *fiber.Ctx) error {
	query, err := parameters(c.Request().URI().QueryString(), "signed_out", "still")
	if err != nil {
		return err
	}
	h, err := s.current(c, "")
	if err != nil {
		return err
	}
	if h.record == nil {
		return s.welcome(c, query)
	}
	doc, err := s.describe(h)
	if err != nil {
		return err
	}
	own, err := s.ownSessions(h.record)
	if err != nil {
		return err
	}
	head := page.Head{Title: "Your session", Wide: true, Script: page.SessionScript}
	return s.page(c, fiber.StatusOK, homeTemplate, head, map[string]any{
		"Name": doc.name(), "User": doc.User, "Attributes": pretty(doc.User.Attributes),
		"Provider": s.title(doc.IdP), "Sources": sources(doc.Sources),
		"Levels": s.levelRows(h.decision), "Now": s.config.Now().Unix(),
		"SignedInAt": moment(h.record.Document.ReceivedAt), "Sessions": own,
	})
}

func (s *Server) title(idp string) string {
	if p := s.provider(idp); p != nil {
		return cmp.Or(p.Title, p.Name)
	}
	return idp
}

// welcome is the page of someone who is not signed in. After a sign-out it says
// what that did: in this browser or everywhere, and whether the provider may
// still know the person.
func (s *Server) welcome(c *fiber.Ctx, query url.Values) error {
	still := s.provider(query.Get("still"))
	data := map[string]any{
		"SignedOut": query.Get("signed_out") != "", "Everywhere": query.Get("signed_out") == "everywhere", "Choices": s.choices(c, url.Values{}),
	}
	if still != nil {
		data["Still"] = s.title(still.Name)
	}
	return s.page(c, fiber.StatusOK, welcomeTemplate, pageHead("Welcome"), data)
}

// chooser lets the person pick a provider; the rest of their wish goes along.
func (s *Server) chooser(c *fiber.Ctx, w wish) error {
	keep := url.Values{}
	for name, list := range c.Queries() {
		keep.Set(strings.Clone(name), strings.Clone(list))
	}
	return s.page(c, fiber.StatusOK, chooserTemplate, pageHead("Choose how to sign in"), map[string]any{
		"Choices": s.choices(c, keep), "Level": w.level,
	})
}

type choice struct {
	Name  string
	Title string
	URL   string // empty when the provider is unavailable
}

func (s *Server) choices(c *fiber.Ctx, keep url.Values) []choice {
	ctx, cancel := context.WithTimeout(s.base, readyTimeout)
	defer cancel()
	state := s.readiness(ctx)
	var list []choice
	for _, p := range s.offered() {
		one := choice{Name: p.Name, Title: cmp.Or(p.Title, p.Name)}
		if state[p.Name] == nil {
			keep.Set("idp", p.Name)
			one.URL = "/login?" + keep.Encode()
		}
		list = append(list, one)
	}
	return list
}

const readyTimeout = 3 * time.Second // a page waits no longer for a provider

// levelRow is one level as the session page lists it.
type levelRow struct {
	Path, Title, Until, StepUp string
	Unix                       int64
	Held                       bool
}

// levelRows lists the held levels and, after them, those that can be reached
// by a step-up.
func (s *Server) levelRows(d login.Decision) []levelRow {
	var rows []levelRow
	now := s.config.Now()
	for _, l := range d.Levels {
		if !d.Holds(l.Path, now) {
			continue
		}
		row := levelRow{Path: l.Path, Held: true, Unix: l.Until, Title: cmp.Or(s.config.Tree[l.Path].Description, l.Title)}
		if l.Until != 0 {
			row.Until = time.Unix(l.Until, 0).UTC().Format("15:04:05 MST")
		}
		rows = append(rows, row)
	}
	var missing []levelRow
	for path, info := range s.config.Tree {
		if info.StepUp && !d.Holds(path, now) {
			query := url.Values{"level": {path}, "return_to": {"/"}}
			missing = append(missing, levelRow{Path: path, Title: info.Description, StepUp: "/login?" + query.Encode()})
		}
	}
	slices.SortFunc(missing, func(a, b levelRow) int { return strings.Compare(a.Path, b.Path) })
	return append(rows, missing...)
}

func pretty(v map[string]any) string {
	if len(v) == 0 {
		return ""
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

type sourceRow struct{ Name, JSON string }

// sources splits the attribute-source document into its sources, indented.
func sources(document json.RawMessage) []sourceRow {
	var parts map[string]json.RawMessage
	if json.Unmarshal(document, &parts) != nil {
		return nil
	}
	var rows []sourceRow
	for name, raw := range parts {
		rows = append(rows, sourceRow{name, indent(raw)})
	}
	slices.SortFunc(rows, func(a, b sourceRow) int { return strings.Compare(a.Name, b.Name) })
	return rows
}
