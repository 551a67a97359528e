// Replacing a plugin while logins go through it.

package plugin

import (
	"bytes"
	"context"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/doorward/doorward/host/login"
)

// Slot is the place of one declared plugin. Reload puts another Plugin there
// in one step: calls that began in the old one end there, later ones run in
// the new one, and none waits or fails. It is safe for concurrent use.
type Slot struct {
	runtime *Runtime
	onDone  func(Reloaded)
	current atomic.Pointer[Plugin]
	reload  sync.Mutex // one at a time
}

// Reloaded is the outcome of one Reload: for logs and counters.
type Reloaded struct {
	Plugin  string
	Changed bool  // another module or declaration runs now
	Err     error // why the old one stays
}

// OpenSlot opens a plugin in a new Slot. onDone, unless nil, hears of every
// Reload.
func (r *Runtime) OpenSlot(ctx context.Context, config Config, onDone func(Reloaded)) (*Slot, error) {
	p, err := r.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	s := &Slot{runtime: r, onDone: onDone}
	s.current.Store(p)
	return s, nil
}

// Plugin is the one that runs now.
func (s *Slot) Plugin() *Plugin { return s.current.Load() }

// Map runs the present plugin; see Plugin.Map.
func (s *Slot) Map(ctx context.Context, in login.PluginCall) (login.PluginResult, error) {
	for {
		p := s.current.Load()
		if p.enter() {
			defer p.leave()
			return p.mapTraced(ctx, in)
		}
		if p == s.current.Load() {
			return login.PluginResult{}, p.fault(ErrClosed)
		} // else it was replaced in between
	}
}

// Reload loads what config declares beside the present plugin and swaps it in.
// When nothing changed, neither the module's bytes nor the declaration, the
// present one stays as it is. When the new one does not load, the present one
// stays too, the error is logged, reported and returned.
func (s *Slot) Reload(ctx context.Context, config Config) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	outcome := Reloaded{Plugin: config.Name}
	outcome.Changed, outcome.Err = s.replace(ctx, config.withDefaults())
	if outcome.Err != nil {
		s.runtime.config.Log.ErrorContext(ctx, "a plugin was not reloaded; the one before stays", "plugin", config.Name, "error", outcome.Err)
	} else if outcome.Changed {
		s.runtime.config.Log.InfoContext(ctx, "a plugin was reloaded", "plugin", config.Name, "sha256", s.Plugin().info.SHA256)
	}
	if s.onDone != nil {
		s.onDone(outcome)
	}
	return outcome.Err
}

func (s *Slot) replace(ctx context.Context, config Config) (changed bool, err error) {
	if err := config.check(); err != nil {
		return false, err
	}
	module, digest, err := s.runtime.module(ctx, config)
	if err != nil {
		return false, err
	}
	old := s.current.Load()
	if old.info.SHA256 == digest && sameDeclaration(old.config, config) {
		return false, nil
	}
	next, err := s.runtime.load(ctx, config, module, digest)
	if err != nil {
		return false, err
	}
	s.current.Store(next)
	return true, old.Close(ctx)
}

func sameDeclaration(a, b Config) bool {
	same := bytes.Equal(a.Config, b.Config)
	a.Config, b.Config = nil, nil
	return same && reflect.DeepEqual(a, b)
}

// Close closes the present plugin.
func (s *Slot) Close(ctx context.Context) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	return s.current.Load().Close(ctx)
}
