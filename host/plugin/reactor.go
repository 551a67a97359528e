// The functions a reactor imports from module doorward.

package plugin

import (
	"unsafe"

	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/sdk/abi"
)

var reactorFunctions = []hostFunction{
	{abi.ImportInputLen, "", 1, inputLen},
	{abi.ImportInputRead, "ii", 1, inputRead},
	{abi.ImportGet, "iiii", 1, get},
	{abi.ImportOutputWrite, "ii", 0, outputWrite},
	{abi.ImportLog, "iii", 0, logLine},
	{abi.ImportFail, "ii", 0, fail},
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
		c.charge(int64(min(len(buf), len(c.input))) * fuelPerCopied)
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
	c.charge(int64(len(path)) * fuelPerCopied)
	value, length := c.get(unsafe.String(unsafe.SliceData(path), len(path)))
	if len(value) <= len(buf) {
		c.charge(int64(len(value)) * fuelPerCopied)
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
		c.chargeLine(min(len(text), maxHeld))
		c.lines.add(level, text)
	}
}

func fail(c *call, memory api.Memory, stack []uint64) {
	text := c.view(memory, abi.ImportFail, stack[0], stack[1])
	if c.phase == mapping {
		c.charge(int64(min(len(text), maxHeld)) * fuelPerLetter)
		c.reason = cut(text)
	}
}
