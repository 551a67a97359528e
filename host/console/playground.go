// The playground: policies that are typed in decide about a login that is typed
// in. Nothing of it is stored or logged.

package console

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/session"
)

// Trial is one login and one policy file, as typed in.
type Trial struct {
	File login.File
	Name string // of the policy file: it takes the place of the one in use that is called so, or stands beside those
	Text string
}

// Tried is what came of a Trial.
type Tried struct {
	User        login.User // masked
	Mapped      bool       // by the mappers of the login's provider; else it has the standard attributes alone
	Refused     error      // by a mapper or plugin; then nothing was decided
	Explanation policy.Explanation
	Warnings    []policy.Warning
}

// What is typed in is at most so large: together they fit into a request.
const (
	maxLoginText  = 128 << 10
	maxPolicyText = 96 << 10
)

// newFile is the name of a policy file beside those in use.
const newFile = "playground.rego"

// board is the content of the page.
type board struct {
	Login, Policy string
	File          string // its name
	Files         []string
	Tests         []tested
	From, ID      string // where the login is from, as the form chose
	LoginProblem  string
	Problems      []problem // of the policies
	Failed        string    // why nothing was decided
	Warnings      []string
	User          []attribute
	Mapped        bool
	Provider      string
	Why           *whyView
	Replay        bool
}

// problem is a fault of a policy, with the line it is in when that was typed.
type problem struct{ Place, Message, Line string }

// opens guards the page of the playground, which is not found where there is
// none.
func (m mounted) opens(next serve) fiber.Handler {
	if m.config.PlaygroundLevel == "" {
		return m.page(m.noPlayground)
	}
	return m.pageBy(m.config.PlaygroundLevel, next)
}

// tries is opens for what is sent.
func (m mounted) tries(next serve) fiber.Handler {
	if m.config.PlaygroundLevel == "" {
		return m.action(m.noPlayground)
	}
	return m.actionBy(m.config.PlaygroundLevel, next)
}

func (m mounted) noPlayground(c *fiber.Ctx, _ *session.Record) error {
	if !strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
		return login.NewFault(login.CodeNotFound, "there is no playground: set console.playground in the configuration")
	}
	return m.edge.Render(c, fiber.StatusNotFound, noPlaygroundTemplate, page.Head{Title: "There is no playground"}, map[string]any{
		"Code": login.CodeNotFound, "RequestID": requestID(c),
	})
}

// playground is the page to begin with: the viewer's own sign-in, or the login
// that the address names, and the first policy file in use.
func (m mounted) playground(c *fiber.Ctx, viewer *session.Record) error {
	query, err := m.edge.Parameters(c.Request().URI().QueryString(), "login", "test")
	if err != nil {
		return err
	}
	b := board{From: "self", ID: query.Get("login")}
	if id := query.Get("test"); id != "" {
		b.From = id
	}
	files := m.files()
	b.File = newFile
	for _, name := range sortedKeys(files) {
		if !strings.HasSuffix(name, "_test.rego") {
			b.File = name
			break
		}
	}
	b.Policy = files[b.File]
	m.fetch(c, viewer, &b)
	m.decide(c, viewer, &b)
	return m.board(c, viewer, b)
}

// try does what one of the form's buttons says, and shows the page again.
func (m mounted) try(c *fiber.Ctx, viewer *session.Record) error {
	form, err := texts(c, "do", "login", "policy", "file", "from", "id")
	if err != nil {
		return err
	}
	b := board{Login: form["login"], Policy: form["policy"], File: form["file"], From: form["from"], ID: strings.TrimSpace(form["id"])}
	files := m.files()
	if _, known := files[b.File]; !known {
		b.File = newFile
	}
	switch form["do"] {
	case "open":
		b.Policy = files[b.File]
	case "fetch":
		m.fetch(c, viewer, &b)
	case "run", "live":
	default:
		return login.NewFault(login.CodeParameterInvalid, "do must be run, live, open or fetch")
	}
	m.decide(c, viewer, &b)
	if form["do"] == "live" { // the page that asks has the texts
		b.Login, b.Policy = "", ""
	}
	return m.board(c, viewer, b)
}

func (m mounted) board(c *fiber.Ctx, viewer *session.Record, b board) error {
	for _, name := range sortedKeys(m.files()) {
		if !strings.HasSuffix(name, "_test.rego") {
			b.Files = append(b.Files, name)
		}
	}
	b.Files = append(b.Files, newFile)
	for _, r := range m.results.all(viewer.ID) {
		b.Tests = append(b.Tests, tested{Path: r.id, Outcome: r.view.Title, At: momentOf(r.at)})
	}
	_, refused := m.edge.Guard(c, m.config.Level)
	b.Replay = refused == nil && m.config.Records
	return m.edge.Render(c, fiber.StatusOK, playgroundTemplate, page.Head{Title: "Playground", Wide: true, Script: page.PlaygroundScript}, b)
}

// files are the policy files in use.
func (m mounted) files() map[string]string { return m.config.Policies().Files }
