// Loading a plugin.

package plugin

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// maxTable bounds each table of a guest, in entries of eight bytes.
const maxTable = 1 << 18

// startGrace is the least time that a first instance gets to initialise: a
// module may be loaded while the machine compiles others.
const startGrace = 2 * time.Second

// Open loads one plugin: it reads the module, compares its digest, checks
// imports, exports and signatures, checks what the module says about itself
// against the grants and the config, compiles it, and takes it through one
// call on the published warm-up document. A failure of that call's map is
// kept in Info and logged; everything else that is wrong fails.
//
// Every error is or joins *LoadError values, each naming a key and the module.
// The Plugin is closed by Close, or with the Runtime.
func (r *Runtime) Open(ctx context.Context, config Config) (*Plugin, error) {
	c := config.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	module, digest, err := r.module(ctx, c)
	if err != nil {
		return nil, err
	}
	return r.load(ctx, c, module, digest)
}

func (r *Runtime) load(ctx context.Context, c Config, module []byte, digest string) (*Plugin, error) {
	began := time.Now()
	bounded, metadata, err := r.inspect(module)
	if err != nil {
		return nil, c.fault("module", err)
	}
	if err := c.checkMetadata(metadata); err != nil {
		return nil, err
	}
	r.progress(c.Name, StageCompiling, began)
	compiled, err := r.compile(ctx, bounded)
	if err != nil {
		return nil, c.fault("module", fmt.Errorf("it does not compile: %s", clean(err.Error(), 500)))
	}
	p, err := r.start(ctx, c, compiled, digest)
	if err != nil {
		return nil, errors.Join(err, compiled.Close(ctx))
	}
	p.info.Metadata, p.info.Loaded = metadata, time.Since(began)
	if err := r.adopt(p); err != nil {
		return nil, errors.Join(err, compiled.Close(ctx))
	}
	if p.info.WarmUp != nil {
		r.config.Log.WarnContext(ctx, "a plugin failed on the warm-up document", "plugin", c.Name, "error", p.info.WarmUp)
	}
	r.progress(c.Name, StageReady, began)
	return p, nil
}

// compile compiles a module or takes it from the cache. An entry of the cache
// that cannot be read, after a crash perhaps, must not keep a host from
// starting: the cache is emptied and filled anew.
func (r *Runtime) compile(ctx context.Context, module []byte) (wazero.CompiledModule, error) {
	ctx = experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0))
	compiled, err := r.wazero.CompileModule(ctx, module)
	if err == nil || r.config.CacheDir == "" || !strings.HasPrefix(err.Error(), "compilationcache:") {
		return compiled, err
	}
	r.config.Log.WarnContext(ctx, "the compilation cache could not be read and is made anew", "error", err)
	if err := emptyCache(r.config.CacheDir); err != nil {
		return nil, err
	}
	return r.wazero.CompileModule(ctx, module)
}

// inspect reads what can be read without compiling, and bounds the tables.
func (r *Runtime) inspect(module []byte) ([]byte, *abi.Metadata, error) {
	if err := checkImports(module, r.wasi); err != nil {
		return nil, nil, err
	}
	metadata, err := readMetadata(module)
	if err != nil {
		return nil, nil, err
	}
	bounded, err := wasmbin.BoundTables(module, maxTable)
	return bounded, metadata, err
}

// start checks the compiled module and takes a first instance through a call.
func (r *Runtime) start(ctx context.Context, c Config, compiled wazero.CompiledModule, digest string) (*Plugin, error) {
	kind, err := checkCompiled(compiled)
	if err != nil {
		return nil, c.fault("module", err)
	}
	begins := int64(compiled.ExportedMemories()[abi.ExportMemory].Min()) << 16
	if begins > c.Limits.Memory {
		return nil, c.fault("limits."+limitMemory, fmt.Errorf("its memory begins with %d bytes and the limit is %d; raise it", begins, c.Limits.Memory))
	}
	p := &Plugin{
		config:  c,
		runtime: r,
		engine:  &engine{runtime: r.wazero, compiled: compiled, kind: kind},
		image:   seed(r.config.ReplayKey, "image", digest),
		places:  make(chan struct{}, c.Limits.Concurrent),
		info:    Info{Name: c.Name, Module: c.Module, SHA256: digest, Kind: kind},
	}
	if err := p.warmUp(ctx); err != nil {
		return nil, c.fault("module", fmt.Errorf("it does not start: %w", err))
	}
	return p, nil
}

// warmUp runs the published document. A map that fails is remembered; a guest
// that does not get as far as its map fails the load.
func (p *Plugin) warmUp(ctx context.Context) error {
	warm := abi.WarmUp()
	in := abi.Input{Config: abi.Raw(p.config.Config)}
	for _, source := range p.config.Sources {
		if value, ok := warm.Get("/sources/" + source); ok {
			in.Sources = append(in.Sources, abi.Member{Name: source, Value: value})
		}
	}
	in.User, _ = warm.Get("/user")
	in.Login = abi.Login{IdP: "warm-up", Protocol: "oidc", Time: imageTime.Unix()}
	c := p.newCall(abi.AppendInput(nil, in), "", imageTime)
	err := p.engine.runFirst(ctx, c, max(p.config.Limits.Timeout, startGrace))
	if err != nil && c.phase == initialising {
		return err
	}
	if err == nil {
		_, err = abi.DecodeResult(c.output)
	}
	p.info.WarmUp = err
	return ctx.Err()
}
