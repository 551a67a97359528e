package console

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/record"
	"github.com/doorward/doorward/host/session"
)

// Edge is what the console needs of the public listener; *web.Server is one.
type Edge interface {
	// Guard returns the session of the request when it holds level, else a
	// *login.Fault: session_missing or level_missing.
	Guard(c *fiber.Ctx, level string) (*session.Record, error)
	// SendToLogin answers with the way to sign in, or to a step-up to level,
	// and back to the request's address.
	SendToLogin(c *fiber.Ctx, level string) error
	Render(c *fiber.Ctx, status int, t *page.Template, h page.Head, data any) error
	// OwnOrigin refuses a request that no page of this host made.
	OwnOrigin(c *fiber.Ctx) error
	// Parameters parses a query or form strictly.
	Parameters(raw []byte, known ...string) (url.Values, error)
	// BeginTest sends the browser to the provider. The walk that follows
	// makes no session; how it went comes to Tested.
	BeginTest(c *fiber.Ctx, record *session.Record, provider string, forceAuth bool) error
	// SignOutTest sends the browser to the provider's sign-out, and then to
	// back, a path of this host.
	SignOutTest(c *fiber.Ctx, doc login.Document, provider, back string) error
}

// Provider is one way to sign in, as the console names it.
type Provider struct {
	Name   string
	Title  string // for people; Name when empty
	Type   string // oidc, saml, id-token or builtin
	Issuer string // as configured; "" when there is none
	Header string // with the token, of one that no browser can be sent to; else ""
}

// Config is what New makes a Console of. With an empty Level the console is
// off; then nothing else is needed.
type Config struct {
	Level     string // that opens the console
	PublicURL string // scheme://host[:port]
	Providers []Provider
	Tree      map[string]policy.Level // declared
	Sessions  *session.Sessions
	Plugins   func() []Plugin // as they are now, by name

	// Of the policies, those in use.
	Engine   func() *policy.Engine
	Policies func() Policies

	// Recorded is the recorded login called id; its errors are those of
	// record.Recorder.Find and of record.Read.
	Recorded func(ctx context.Context, id string) (record.Record, error)
	Records  bool // logins are recorded
	// Replay runs recorded logins again; see host.Host.Replay. Its messages are
	// for whoever asked.
	Replay func(context.Context, Replay) (record.Report, error)

	// People is what the session by works on the built-in provider's people with;
	// nil when there is no such provider.
	People func(by, requestID string) people.Desk

	PlaygroundLevel string // that opens the playground; empty: there is none
	// Try decides with policies that were typed in. Its errors are
	// policy.Faults, or have a message for whoever typed.
	Try func(context.Context, Trial) (Tried, error)

	Audit func(context.Context, login.Event)
	Now   func() time.Time
}

// Console serves the pages. It is safe for concurrent use.
type Console struct {
	config  Config
	results *results
	gate    *gate
	replays *replays
}

// storeTimeout bounds one look at, or change of, the sessions.
const storeTimeout = 30 * time.Second

// New makes the console; Mount gives it its routes.
func New(config Config) *Console {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Console{config: config, results: newResults(config.Now), gate: newGate(), replays: newReplays()}
}

// Mount returns what adds the console's routes to a listener's router. It is
// generic so that the caller needs no name for the router's type.
func Mount[E Edge](k *Console) func(E, fiber.Router) {
	return func(e E, r fiber.Router) { k.Mount(e, r) }
}

// Mount adds the routes to r. When the console is off, all of them answer
// console_off.
func (k *Console) Mount(e Edge, r fiber.Router) {
	if k.config.Level == "" {
		off := func(*fiber.Ctx) error {
			return login.NewFault(login.CodeConsoleOff, "no console is configured")
		}
		r.All("/console", off)
		r.All("/console/*", off)
		return
	}
	m := mounted{k, e}
	r.Get("/console", m.page(m.index))
	r.Get("/console/test-login", m.page(m.providers))
	r.Get("/console/test-login/:idp", m.page(m.testLogin))
	r.Post("/console/test-login/:idp", m.action(m.beginTest))
	r.Get("/console/test-login/:idp/:id", m.page(m.testResult))
	r.Get("/console/test-login/:idp/:id/login.json", m.guarded(m.loginFile))
	r.Post("/console/test-login/:idp/:id/logout", m.action(m.testLogout))
	r.Get("/console/sessions", m.page(m.sessions))
	r.Post("/console/sessions/revoke", m.action(m.revoke))
	r.Get("/console/people", m.page(m.people))
	r.Get("/console/people/add", m.page(m.addPerson))
	r.Post("/console/people/add", m.action(m.add))
	r.Get("/console/people/person", m.page(m.person))
	r.Post("/console/people/change", m.action(m.deed("change", personFields, change)))
	r.Post("/console/people/password", m.action(m.deed("password", []string{"password", "again", "must_change"}, password)))
	r.Post("/console/people/badge", m.action(m.deed("badge", []string{"number", "do"}, badge)))
	r.Post("/console/people/disable", m.action(m.deed("disable", []string{"disabled"}, disable)))
	r.Post("/console/people/reset", m.action(m.deed("reset", []string{"confirm"}, reset)))
	r.Post("/console/people/remove", m.action(m.deed("remove", []string{"confirm"}, remove)))
	r.Get("/console/people/import", m.page(m.importPeople))
	r.Post("/console/people/import", m.action(m.imported))
	r.Post("/console/people/export", m.action(m.exportPeople))
	r.Get("/console/logins", m.page(m.logins))
	r.Get("/console/logins/:id", m.page(m.login))
	r.Get("/console/policies", m.page(m.policies))
	r.Get("/console/playground", m.opens(m.playground))
	r.Post("/console/playground", m.tries(m.try))
	r.Get("/console/replay", m.page(m.replayForm))
	r.Post("/console/replay", m.action(m.replay))
	r.Get("/console/replay/:id", m.page(m.replayed))
	r.Post("/console/replay/:id/cancel", m.action(m.cancelReplay))
	r.Get("/console/plugins", m.page(m.pluginList))
	r.Get("/console/plugins/:plugin", m.page(m.pluginPage))
}

// mounted is a console on its edge.
type mounted struct {
	*Console
	edge Edge
}

// serve answers a request of record, which holds the console's level.
type serve func(c *fiber.Ctx, record *session.Record) error

// guarded refuses whoever does not hold the console's level.
func (m mounted) guarded(next serve) fiber.Handler { return m.guardedBy(m.config.Level, next) }

func (m mounted) guardedBy(level string, next serve) fiber.Handler {
	return func(c *fiber.Ctx) error {
		record, err := m.edge.Guard(c, level)
		if err != nil {
			return err
		}
		return next(c, record)
	}
}

// page is guarded for people: who can get the level by a login is sent there.
func (m mounted) page(next serve) fiber.Handler { return m.pageBy(m.config.Level, next) }

func (m mounted) pageBy(guard string, next serve) fiber.Handler {
	return func(c *fiber.Ctx) error {
		record, err := m.edge.Guard(c, guard)
		if err == nil {
			return next(c, record)
		}
		if level, can := m.reachable(guard, err); can && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
			return m.edge.SendToLogin(c, level)
		}
		return err
	}
}

// reachable says whether a login mends a refusal of Guard, and which level it
// must ask for; none for a level that only a plain login may bring.
func (m mounted) reachable(guard string, err error) (level string, can bool) {
	if m.config.Tree[guard].StepUp {
		level = guard
	}
	switch login.CodeOf(err) {
	case login.CodeSessionMissing:
		return level, true
	case login.CodeLevelMissing:
		return level, level != ""
	}
	return "", false
}

// action is guarded for what changes something: a page of this host must have
// sent it.
func (m mounted) action(next serve) fiber.Handler { return m.actionBy(m.config.Level, next) }

func (m mounted) actionBy(level string, next serve) fiber.Handler {
	guarded := m.guardedBy(level, next)
	return func(c *fiber.Ctx) error {
		if err := m.edge.OwnOrigin(c); err != nil {
			return err
		}
		return guarded(c)
	}
}

// provider is the one that the address names.
func (m mounted) provider(c *fiber.Ctx) (Provider, error) {
	name := c.Params("idp")
	for _, p := range m.config.Providers {
		if p.Name == name {
			return p, nil
		}
	}
	return Provider{}, login.NewFault(login.CodeProviderUnknown, "no provider of that name is configured")
}

// index says what there is.
func (m mounted) index(c *fiber.Ctx, _ *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	return m.edge.Render(c, fiber.StatusOK, indexTemplate, page.Head{Title: "Console"}, map[string]any{
		"Level": m.config.Level, "Playground": m.config.PlaygroundLevel, "Records": m.config.Records, "People": m.config.People != nil,
	})
}

// requestID is that of the request, as every answer carries it.
func requestID(c *fiber.Ctx) string { return c.GetRespHeader("X-Request-Id") }
