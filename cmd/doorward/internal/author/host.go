// The host's runtime, as an author uses it.

package author

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

// replayKey seeds guests. It is the same for every author, so that fuel and
// results are the same on every machine; a host has a secret one.
var replayKey = []byte("the replay key of doorward plugin")

// Host runs guests as a host does. It is used by one goroutine at a time.
type Host struct {
	runtime *plugin.Runtime
	bundled func(name string) ([]byte, bool)
	names   []string // of what bundled has
	trying  []byte   // the module that try is about
	open    map[string]*plugin.Plugin
}

// OpenHost prepares the runtime; bundled and names are the plugins of the
// binary. Compiled modules are kept in the user's cache folder, when there is
// one that can be used.
func OpenHost(ctx context.Context, bundled func(name string) ([]byte, bool), names []string) (*Host, error) {
	h := &Host{bundled: bundled, names: names, open: map[string]*plugin.Plugin{}}
	config := plugin.RuntimeConfig{ReplayKey: replayKey, Bundled: h.module}
	if dir, err := os.UserCacheDir(); err == nil {
		config.CacheDir = filepath.Join(dir, "doorward", "plugins")
	}
	var err error
	if h.runtime, err = plugin.NewRuntime(ctx, config); err != nil && config.CacheDir != "" {
		config.CacheDir = ""
		h.runtime, err = plugin.NewRuntime(ctx, config)
	}
	return h, advise(err, "report it: the runtime does not start on this machine")
}

// module is what bundled:NAME means to the runtime.
func (h *Host) module(name string) ([]byte, bool) {
	if h.trying != nil {
		return h.trying, true
	}
	return h.bundled(name)
}

// Close ends the runtime and the guests in it.
func (h *Host) Close(ctx context.Context) error { return h.runtime.Close(ctx) }

// Grant is what a declaration gives a plugin.
type Grant struct {
	Config  abi.Raw       // nil is {}
	Sources []string      // nil is the default and what the module says it needs
	Limits  plugin.Limits // zero members mean the defaults
}

// guest is the module at a path, loaded with a grant. A second call with the
// same returns the same one.
func (h *Host) guest(ctx context.Context, m *Module, g Grant) (*plugin.Plugin, error) {
	key := fmt.Sprintf("%s %s %q %s %v", m.Path, m.SHA256, g.Sources, g.Config, g.Limits)
	if p, ok := h.open[key]; ok {
		return p, nil
	}
	path := m.Path
	if !strings.HasPrefix(path, bundledScheme) {
		var err error
		if path, err = filepath.Abs(path); err != nil {
			return nil, advise(err, "name the module by its whole path")
		}
	}
	p, err := h.load(ctx, plugin.Config{Name: m.Name, Module: path, SHA256: m.SHA256, Config: []byte(g.Config), Sources: g.Sources, Limits: g.Limits})
	if err == nil {
		h.open[key] = p
	}
	return p, err
}

// guestFor is the guest of one call. The config of a raw input need not fit the
// plugin's schema: then the guest is prepared without one, and note says so.
func (h *Host) guestFor(ctx context.Context, m *Module, call given) (p *plugin.Plugin, note string, err error) {
	p, err = h.guest(ctx, m, call.grant)
	if !call.raw || !onlyConfig(err) {
		return p, "", err
	}
	misfit := err
	call.grant.Config = nil
	if p, err = h.guest(ctx, m, call.grant); err != nil {
		return nil, "", misfit
	}
	return p, "no host would load it so: " + misfit.Error(), nil
}

// try asks whether a host would load a module that was just built. What its
// config must be is not known here: a config that is missing is no fault.
func (h *Host) try(ctx context.Context, p *Project, module []byte) error {
	h.trying = module
	defer func() { h.trying = nil }()
	tried, err := h.load(ctx, plugin.Config{Name: p.Name(), Module: "bundled:" + p.Name(), Sources: sourcesFor(&p.Metadata, nil)})
	if onlyConfig(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return tried.Close(ctx)
}

func (h *Host) load(ctx context.Context, c plugin.Config) (*plugin.Plugin, error) {
	p, err := h.runtime.Open(ctx, c)
	if err != nil {
		return nil, &loadError{faults: faultsOf(err), err: err}
	}
	return p, nil
}

// loadError is why a module does not load, for its author.
type loadError struct {
	faults []*plugin.LoadError
	err    error
}

func (e *loadError) Unwrap() error { return e.err }

func (e *loadError) Error() string {
	if len(e.faults) == 0 {
		return e.err.Error() + "; run doorward plugin inspect on the module"
	}
	lines := make([]string, 0, len(e.faults))
	for _, f := range e.faults {
		lines = append(lines, explained(f))
	}
	return strings.Join(lines, "\n")
}

// badSchema begins the host's message about a schema that is none.
const badSchema = "the module's config schema"

// explained is one fault with what to do.
func explained(f *plugin.LoadError) string {
	key := strings.TrimPrefix(f.Key, "plugins."+f.Plugin+".")
	limit, isLimit := strings.CutPrefix(key, "limits.")
	what := "a host would refuse the module: " + f.Err.Error()
	switch {
	case key == "config" && strings.HasPrefix(f.Err.Error(), badSchema):
		return what + "; mend the member config of plugin.json"
	case key == "config":
		return "the config does not fit the plugin: " + f.Err.Error() + "; change it, or the schema in plugin.json"
	case key == "sources":
		return what + "; name it with --sources"
	case isLimit:
		return "the limit " + limit + ": " + f.Err.Error() + "; change it with --limits " + limit + "=…"
	}
	return what + "; mend the module: doorward plugin inspect shows what is in it"
}

// faultsOf is every LoadError that err is or joins.
func faultsOf(err error) []*plugin.LoadError {
	var one *plugin.LoadError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*plugin.LoadError
		for _, e := range joined.Unwrap() {
			all = append(all, faultsOf(e)...)
		}
		return all
	}
	if errors.As(err, &one) {
		return []*plugin.LoadError{one}
	}
	return nil
}

// onlyConfig reports whether all that is wrong is that there is no config.
func onlyConfig(err error) bool {
	var e *loadError
	if !errors.As(err, &e) || len(e.faults) == 0 {
		return false
	}
	return !slices.ContainsFunc(e.faults, func(f *plugin.LoadError) bool {
		return !strings.HasSuffix(f.Key, ".config") || strings.HasPrefix(f.Err.Error(), badSchema)
	})
}

// sourcesFor is what a declaration would grant: the default, what the module
// says it needs, and what an input holds.
func sourcesFor(m *abi.Metadata, input abi.Raw) []string {
	sources := []string{attrs.IDTokenClaims, attrs.UserInfo}
	add := func(name string) {
		if !slices.Contains(sources, name) {
			sources = append(sources, name)
		}
	}
	if m != nil {
		for _, name := range m.Sources {
			add(name)
		}
	}
	held, _ := input.Get("/sources")
	held.Members(func(name string, _ abi.Raw) bool {
		if knownSource(name) {
			add(name)
		}
		return true
	})
	return sources
}

// Sources are the names of all sources there are.
func Sources() []string {
	return []string{attrs.IDTokenClaims, attrs.UserInfo, attrs.TokenEndpointResponse, attrs.AuthnResponse}
}

func knownSource(name string) bool { return slices.Contains(Sources(), name) }
