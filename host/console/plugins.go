// Plugins: what each of them is, may see and used, and how it fares.

package console

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/session"
)

// Plugin is one declared plugin at one moment. Nothing in it holds a claim's
// value. Counts begin with the host's start and outlast reloads.
type Plugin struct {
	Info      plugin.Info
	Isolation string // how the guest's memory is put back after a call
	Sources   []string
	Skip      bool // on_error: skip
	Limits    plugin.Limits
	Providers []string // whose mappers name it

	Usage    Usage
	Pool     Pool
	Breaker  Breaker
	Failures []PluginFailure // the last ones, the newest first
	Reload   Reload
}

// Usage is what the calls of a plugin took.
type Usage struct {
	Calls      uint64            // of logins
	Reached    uint64            // those of them that the breaker let through
	Failed     map[string]uint64 // by kind
	Denied     uint64            // logins that it refused, which is no failure
	Took       time.Duration     // of the calls that reached the plugin, together
	TookMost   time.Duration     // of one call, as the following
	Fuel       uint64
	FuelMost   int64
	MemoryMost int64 // bytes
}

// Pool is the instances of a plugin; Made and Dropped count since the start.
type Pool struct {
	Idle, Busy    int
	Made, Dropped uint64
}

// Breaker is whether a plugin is asked.
type Breaker struct {
	State  string    // closed, half-open, open
	Streak int       // technical failures in a row
	Until  time.Time // when an open one is tried again
}

// PluginFailure is one failed call. Said may be empty.
type PluginFailure struct {
	At         time.Time
	Kind, Said string
}

// Reload is what became of the last change. The times are zero when there was
// none.
type Reload struct {
	Swapped time.Time // the present module took its place
	Refused time.Time // a later one was refused
	Why     string    // it was
}

// pluginRow is one line of the list.
type pluginRow struct {
	Name, Path string
	Version    string
	State      pluginState
	Refused    bool // its last change was
	Calls      string
	Failed     string
	Typical    string
	Last       *moment // failure
	LastKind   string
}

// pluginList lists the plugins by name.
func (m mounted) pluginList(c *fiber.Ctx, _ *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	var rows []pluginRow
	for _, p := range m.config.Plugins() {
		rows = append(rows, rowOf(p))
	}
	return m.edge.Render(c, fiber.StatusOK, pluginsTemplate, page.Head{Title: "Plugins", Wide: true}, map[string]any{"Rows": rows})
}

// pluginPage shows all there is to know about one plugin.
func (m mounted) pluginPage(c *fiber.Ctx, _ *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	for _, p := range m.config.Plugins() {
		if p.Info.Name == c.Params("plugin") {
			return m.edge.Render(c, fiber.StatusOK, pluginTemplate, page.Head{Title: "Plugin " + p.Info.Name, Wide: true}, pluginViewOf(p))
		}
	}
	return login.NewFault(login.CodeNotFound, "no plugin of that name is declared")
}

func rowOf(p Plugin) pluginRow {
	row := pluginRow{
		Name: p.Info.Name, Path: "/console/plugins/" + p.Info.Name, State: stateOf(p), Refused: !p.Reload.Refused.IsZero(),
		Calls: grouped(p.Usage.Calls), Failed: grouped(p.Usage.failures()), Typical: average(p.Usage),
	}
	if meta := p.Info.Metadata; meta != nil {
		row.Version = meta.Version
	}
	if len(p.Failures) > 0 {
		at := momentOf(p.Failures[0].At)
		row.Last, row.LastKind = &at, p.Failures[0].Kind
	}
	return row
}

// failures is how many calls failed.
func (u Usage) failures() (n uint64) {
	for _, of := range u.Failed {
		n += of
	}
	return n
}
