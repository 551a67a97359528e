package host

import (
	"time"

	"github.com/doorward/doorward/host/console"
)

// known reports whether a level is declared or built in.
func (h *Host) known(level string) bool { return h.rules.engine.Engine().Known(level) }

// assertionSeeds are what the keys of assertions are made of: one for each host
// key that is accepted, and since when there is the first.
func (h *Host) assertionSeeds() (seeds [][]byte, since time.Time) {
	return h.keys.MACs("assertion/key", nil), h.keys.Keys()[0].Created
}

// console is the pages for operators; they are off without a level.
func (h *Host) console() *console.Console {
	cfg := h.options.Config
	c := console.Config{
		PublicURL: cfg.PublicURL, Tree: h.rules.engine.Engine().Levels(), Sessions: h.sessions, Plugins: h.plugins, Audit: h.audit, Now: h.options.Now,
		Engine: h.rules.engine.Engine, Policies: h.policies, Try: h.try, Replay: h.replayFor, Recorded: h.recorded, Records: cfg.Record != nil,
	}
	if cfg.Console != nil {
		c.Level, c.PlaygroundLevel = cfg.Console.Level, cfg.Console.Playground
	}
	if h.builtin != nil {
		c.People = h.desk
	}
	for _, name := range cfg.ProviderOrder {
		p := cfg.Providers[name]
		one := console.Provider{Name: name, Title: p.DisplayName, Type: p.Type, Issuer: p.Issuer}
		if p.Type == "builtin" {
			one.Issuer = h.options.issuer()
		}
		if p.IDToken != nil {
			one.Issuer, one.Header = p.IDToken.Issuer, p.IDToken.Header
		}
		c.Providers = append(c.Providers, one)
	}
	return console.New(c)
}
