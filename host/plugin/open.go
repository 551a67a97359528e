// Loading a plugin.

package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// maxTable bounds each table of a guest, in entries of eight bytes.
const maxTable = 1 << 18

// startGrace is the least time that a guest gets to initialise, and then for
// the warm-up: a module may be loaded while the machine compiles others, and
// whether a guest was warmed up must not depend on how busy that is. What
// bounds the warm-up is its fuel.
const startGrace = 5 * time.Second

// Open loads one plugin: it reads the module, compares its digest, checks
// imports, exports and signatures, checks what the module says about itself
// against the grants and the config, rewrites and compiles it, and takes it
// through one call on the published warm-up document, grown to limits.input. A
// failure of that call's map is kept in Info and logged; everything else that
// is wrong fails.
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
	decoded, metadata, err := inspect(module)
	if err != nil {
		return nil, c.fault("module", err)
	}
	if err := c.checkMetadata(metadata); err != nil {
		return nil, err
	}
	rewritten, err := decoded.Rewrite(wasmbin.Options{TableMax: maxTable, MaxDepth: maxDepth, Snapshot: true})
	if err != nil {
		return nil, c.fault("module", fmt.Errorf("%s", clean(err.Error(), 500)))
	}
	r.progress(c.Name, StageCompiling, began)
	p := &Plugin{config: c, runtime: r, seed: seed(r.config.ReplayKey, "image", digest), places: make(chan struct{}, c.Limits.Concurrent)}
	p.info = Info{Name: c.Name, Module: c.Module, SHA256: digest, Metadata: metadata, Size: int64(len(module)), Rewritten: int64(len(rewritten.Module))}
	compiled, err := r.compileTimed(ctx, rewritten.Module, &p.info)
	if err != nil {
		return nil, c.fault("module", err)
	}
	rewritten.Module = nil
	p.engine = &engine{runtime: r.wazero, isolation: r.isolation, compiled: compiled, rewritten: rewritten, config: &p.config, rehearsal: p.rehearsal}
	err = p.start(ctx)
	if err == nil {
		p.info.Loaded = time.Since(began)
		err = r.adopt(p)
	}
	if err != nil {
		return nil, errors.Join(err, p.engine.close(ctx))
	}
	if p.info.WarmUp != nil {
		r.config.Log.WarnContext(ctx, "a plugin failed on the warm-up document", "plugin", c.Name, "error", p.info.WarmUp, "reason", p.info.WarmWhy)
	}
	if p.info.Traits == Replayed {
		r.config.Log.WarnContext(ctx, "a plugin is initialised anew for each call, which takes long: before its first call it changes tables or segments, or it has globals that cannot be set", "plugin", c.Name)
	}
	r.progress(c.Name, StageReady, began)
	return p, nil
}

// inspect reads what can be read without compiling.
func inspect(module []byte) (*wasmbin.Module, *abi.Metadata, error) {
	decoded, err := wasmbin.Decode(module)
	if err != nil {
		return nil, nil, fmt.Errorf("%s", clean(err.Error(), 500))
	}
	if err := checkImports(module); err != nil {
		return nil, nil, err
	}
	metadata, err := readMetadata(module)
	return decoded, metadata, err
}

// start checks the compiled module and makes what calls start from.
func (p *Plugin) start(ctx context.Context) error {
	c, e := p.config, p.engine
	var err error
	if e.kind, err = checkCompiled(e.compiled); err != nil {
		return c.fault("module", err)
	}
	if begins := int64(e.rewritten.MemoryMin) << 16; begins > c.Limits.Memory {
		return c.fault("limits."+limitMemory, fmt.Errorf("its memory begins with %d bytes and the limit is %d; raise it", begins, c.Limits.Memory))
	}
	first, failure, err := e.ready(ctx)
	if err != nil {
		return c.fault("module", fmt.Errorf("it does not start: %w", err))
	}
	if failure == nil {
		_, failure = abi.DecodeResult(first.output)
	}
	p.info.Kind, p.info.Traits, p.info.WarmUp, p.info.WarmFuel = e.kind, e.traits, failure, first.fuel.used()
	if failure != nil {
		p.info.WarmWhy = first.why()
	}
	p.info.Image = e.imageSize()
	return nil
}

// rehearsal is a new call of the published warm-up document, grown to the
// limit of the input, for an instance that is not initialised yet.
func (p *Plugin) rehearsal(ctx context.Context) *call {
	input := abi.WarmUpInput(p.config.Sources, abi.Raw(p.config.Config), int(p.config.Limits.Input))
	c := p.newCall(input, "", imageTime)
	c.Context, c.began, c.allowed = ctx, time.Now(), max(p.config.Limits.Timeout, or(p.runtime.config.grace, startGrace))
	c.clock.set(imageTime)
	c.random = random{seed: func() [32]byte { return p.seed }}
	c.files = standardFiles
	return c
}
