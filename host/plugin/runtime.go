// What plugins share: the engine, its compilation cache, the host's key.

package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
)

// RuntimeConfig is what all plugins of a host have in common.
type RuntimeConfig struct {
	CacheDir     string                      // compiled code and fetched modules, mode 0700; empty keeps nothing
	ReplayKey    []byte                      // seeds the guests' randomness; at least 16 bytes
	BaseDir      string                      // what relative module paths start from; empty is the working directory
	Bundled      func(string) ([]byte, bool) // resolves bundled:NAME; may be nil
	BundledNames []string                    // what Bundled resolves, for messages
	Transport    http.RoundTripper           // fetches modules from URLs; nil is a plain one
	Offline      bool                        // fetches nothing: a module from a URL must be in the cache
	Log          *slog.Logger                // nil discards
	Progress     func(Progress)              // called while a plugin loads; may be nil

	isolation string        // the way to take; empty is the best that works
	grace     time.Duration // see startGrace; zero is that
	compile   time.Duration // see compileLimit; zero is that
}

// Progress says that the loading of a plugin came to a stage.
type Progress struct {
	Plugin string
	Stage  Stage
	Took   time.Duration // since loading began
}

// Stage is a stage of loading.
type Stage string

// The stages.
const (
	StageCompiling Stage = "compiling" // can take seconds for a module that is not in the cache
	StageReady     Stage = "ready"
)

// Runtime holds what plugins share. It is safe for concurrent use.
type Runtime struct {
	config    RuntimeConfig
	wazero    wazero.Runtime
	cache     wazero.CompilationCache
	isolation isolation

	compiling sync.Mutex // one at a time, so that what it adds to the cache can be told
	mu        sync.Mutex
	open      map[*Plugin]struct{}
	closed    bool
}

// NewRuntime prepares the engine. Close ends it.
//
// It fails when the cache's folder cannot be made, or when others than its
// owner may write there: what lies in it is run as machine code.
func NewRuntime(ctx context.Context, config RuntimeConfig) (*Runtime, error) {
	if len(config.ReplayKey) < 16 {
		return nil, errors.New("plugins: the replay key has fewer than 16 bytes")
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	cache, err := openCache(config.CacheDir)
	if err != nil {
		return nil, err
	}
	isolation, err := chooseIsolation(config.isolation)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("plugins: %w", err), cache.Close(ctx))
	}
	config.Log.InfoContext(ctx, "guests are isolated", "by", isolation.name())
	r := &Runtime{config: config, cache: cache, isolation: isolation, open: map[*Plugin]struct{}{}}
	r.wazero = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().
		WithCompilationCache(cache).
		WithDebugInfoEnabled(false))
	if err := instantiateImports(ctx, r.wazero); err != nil {
		return nil, errors.Join(fmt.Errorf("plugins: %w", err), r.Close(ctx))
	}
	return r, nil
}

// Isolation names the way in which guests' memories are put back after a call,
// which a probe chose at start: IsolationScan, IsolationMadvise or
// IsolationCopy.
func (r *Runtime) Isolation() string { return r.isolation.name() }

func openCache(dir string) (wazero.CompilationCache, error) {
	if dir == "" {
		return wazero.NewCompilationCache(), nil
	}
	if err := privateDir(dir); err != nil {
		return nil, err
	}
	cache, err := wazero.NewCompilationCacheWithDir(filepath.Join(dir, "compiled"))
	if err != nil {
		return nil, fmt.Errorf("plugins: the compilation cache: %w", err)
	}
	return cache, nil
}

// privateDir makes dir, and refuses one that others can write to.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("plugins: the cache folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("plugins: the cache folder: %w", err)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("plugins: the cache folder %s is %w: others may write to it and it holds machine code; chmod it to 0700", dir, fs.ErrPermission)
	}
	return nil
}

// Close closes the plugins that are still open, each after the calls in it
// have ended, and then the engine. A second Close does nothing.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	open := r.open
	r.open = nil
	r.mu.Unlock()
	var errs []error
	for p := range open {
		errs = append(errs, p.shut(ctx))
	}
	errs = append(errs, r.wazero.Close(ctx), r.cache.Close(ctx), r.isolation.close())
	return errors.Join(errs...)
}

// adopt remembers p, so that Close finds it.
func (r *Runtime) adopt(p *Plugin) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	r.open[p] = struct{}{}
	return nil
}

func (r *Runtime) disown(p *Plugin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, p)
}

func (r *Runtime) progress(name string, stage Stage, since time.Time) {
	if r.config.Progress != nil {
		r.config.Progress(Progress{Plugin: name, Stage: stage, Took: time.Since(since)})
	}
}
