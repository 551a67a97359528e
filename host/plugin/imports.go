// The functions a reactor imports from module doorward.

package plugin

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/sdk/abi"
)

// hostFunction is one import: all its parameters and results are i32.
type hostFunction struct {
	name    string
	params  []string
	results int
	run     func(c *call, memory api.Memory, stack []uint64)
}

var hostFunctions = []hostFunction{
	{abi.ImportInputLen, nil, 1, inputLen},
	{abi.ImportInputRead, []string{"buf", "cap"}, 1, inputRead},
	{abi.ImportGet, []string{"path", "path_len", "buf", "cap"}, 1, get},
	{abi.ImportOutputWrite, []string{"ptr", "len"}, 0, outputWrite},
	{abi.ImportLog, []string{"level", "ptr", "len"}, 0, logLine},
	{abi.ImportFail, []string{"ptr", "len"}, 0, fail},
}

func hostFunctionNamed(name string) (hostFunction, bool) {
	for _, f := range hostFunctions {
		if f.name == name {
			return f, true
		}
	}
	return hostFunction{}, false
}

type callKey struct{}

// instantiateImports makes module doorward known to a runtime. The functions
// find the call they belong to in the context the guest was called with.
func instantiateImports(ctx context.Context, runtime wazero.Runtime) error {
	builder := runtime.NewHostModuleBuilder(abi.Module)
	for _, f := range hostFunctions {
		builder = builder.NewFunctionBuilder().
			WithGoModuleFunction(f.goFunction(), i32s(len(f.params)), i32s(f.results)).
			WithParameterNames(f.params...).
			Export(f.name)
	}
	_, err := builder.Instantiate(ctx)
	return err
}

func (f hostFunction) goFunction() api.GoModuleFunc {
	return func(ctx context.Context, guest api.Module, stack []uint64) {
		c := ctx.Value(callKey{}).(*call)
		c.alive()
		f.run(c, guest.Memory(), stack)
	}
}

func i32s(n int) []api.ValueType {
	types := make([]api.ValueType, n)
	for i := range types {
		types[i] = api.ValueTypeI32
	}
	return types
}

// view is the range of the guest's memory at ptr, valid until the guest runs
// again. A range that leaves the memory, or wraps around, ends the call.
func (c *call) view(memory api.Memory, function string, ptr, length uint64) []byte {
	bytes, ok := memory.Read(uint32(ptr), uint32(length))
	if !ok {
		c.stop(&ABIError{function + " was given a range outside the memory"})
	}
	return bytes
}

func inputLen(c *call, _ api.Memory, stack []uint64) {
	stack[0] = 0
	if c.phase == mapping {
		stack[0] = uint64(len(c.input))
	}
}

func inputRead(c *call, memory api.Memory, stack []uint64) {
	buf := c.view(memory, abi.ImportInputRead, stack[0], stack[1])
	stack[0] = 0
	if c.phase == mapping {
		stack[0] = uint64(copy(buf, c.input))
	}
}

func get(c *call, memory api.Memory, stack []uint64) {
	path := c.view(memory, abi.ImportGet, stack[0], stack[1])
	buf := c.view(memory, abi.ImportGet, stack[2], stack[3])
	if len(path) > abi.MaxPointer {
		stack[0] = api.EncodeI32(abi.GetMalformed)
		return
	}
	value, length := c.get(string(path))
	if len(value) <= len(buf) {
		copy(buf, value)
	}
	stack[0] = api.EncodeI32(length)
}

func outputWrite(c *call, memory api.Memory, stack []uint64) {
	result := c.view(memory, abi.ImportOutputWrite, stack[0], stack[1])
	if c.phase == initialising {
		c.stop(&ABIError{"output_write was called before map"})
	}
	c.write(result)
}

func logLine(c *call, memory api.Memory, stack []uint64) {
	text := c.view(memory, abi.ImportLog, stack[1], stack[2])
	level := abi.Level(int32(uint32(stack[0])))
	if level < abi.Debug || level > abi.Error {
		c.stop(&ABIError{"log was given a level outside 0 to 3"})
	}
	if c.phase == mapping {
		c.lines.add(level, text)
	}
}

func fail(c *call, memory api.Memory, stack []uint64) {
	text := c.view(memory, abi.ImportFail, stack[0], stack[1])
	if c.phase == mapping {
		c.reason = cut(text)
	}
}
