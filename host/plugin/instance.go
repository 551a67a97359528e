// One instance of a guest: made on an image, called, and put back.

package plugin

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// maxDepth is how deep a guest's calls may nest.
const maxDepth = 10_000

// instance is used by one goroutine at a time.
type instance struct {
	module  api.Module
	memory  *memory
	entry   api.Function // map or _start
	fuel    api.MutableGlobal
	depth   api.MutableGlobal
	deep    api.MutableGlobal // not zero when calls nested too deep
	touched api.MutableGlobal // not zero when a table or segment changed
	globals []api.MutableGlobal
	stack   [1]uint64 // parameters and results
}

// asItIs starts nothing by itself: there is fuel only when the host says so.
var asItIs = wazero.NewModuleConfig().WithName("").WithStartFunctions()

// instantiate makes an instance whose memory is a space on image, and whose
// globals are those of the module or, unless nil, the given ones.
func (e *engine) instantiate(ctx context.Context, image memoryImage, globals []uint64) (*instance, error) {
	space, err := image.space(uint64(e.config.Limits.Memory))
	if err != nil {
		return nil, fmt.Errorf("no memory for the guest: %w", err)
	}
	i := &instance{memory: &memory{limit: uint64(e.config.Limits.Memory), space: space}}
	i.module, err = e.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, i.memory), e.compiled, asItIs)
	if err != nil {
		space.free()
		return nil, fmt.Errorf("it cannot be instantiated: %s", clean(err.Error(), 500))
	}
	if err := e.connect(i, len(image.content()), globals); err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

// connect finds the exports of an instance, and completes its state.
func (e *engine) connect(i *instance, size int, globals []uint64) error {
	i.entry = i.module.ExportedFunction(e.kind.entry())
	meter := map[string]*api.MutableGlobal{
		wasmbin.ExportFuel: &i.fuel, wasmbin.ExportDepth: &i.depth, wasmbin.ExportDeep: &i.deep, wasmbin.ExportTouched: &i.touched,
	}
	for name, global := range meter {
		*global, _ = i.module.ExportedGlobal(name).(api.MutableGlobal)
		if *global == nil {
			return fmt.Errorf("the rewritten module has no global %s", name)
		}
	}
	if globals != nil {
		for _, g := range e.rewritten.Globals {
			global, ok := i.module.ExportedGlobal(g.Export).(api.MutableGlobal)
			if !ok {
				return fmt.Errorf("the rewritten module has no global %s", g.Export)
			}
			i.globals = append(i.globals, global)
		}
		i.setGlobals(globals)
	}
	linear := i.module.Memory()
	if more := uint32(size)>>16 - linear.Size()>>16; more > 0 {
		if _, ok := linear.Grow(more); !ok {
			return fmt.Errorf("its memory cannot be %d bytes", size)
		}
	}
	return nil
}

func (i *instance) setGlobals(values []uint64) {
	for n, value := range values {
		i.globals[n].Set(value)
	}
}

// invoke calls f with what the call has of fuel. It ends as explain says.
func (i *instance) invoke(c *call, f api.Function) error {
	if c.fuel.slice == nil {
		c.fuel.open(c.budget(), i.fuel)
	}
	i.depth.Set(maxDepth)
	i.memory.refused = 0
	i.stack[0] = 0
	err := f.CallWithStack(c, i.stack[:])
	c.memory = int64(i.memory.size)
	if err != nil {
		return c.explain(i, err)
	}
	return nil
}

// restore makes the instance what it was when it was made on image.
func (i *instance) restore(image *image) error {
	if err := i.memory.space.restore(); err != nil {
		return err
	}
	i.setGlobals(image.globals)
	return nil
}

func (i *instance) close() {
	_ = i.module.Close(context.Background()) // frees the memory; nothing else can fail
	i.memory.space.free()
}
