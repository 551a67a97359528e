// The three streams that a guest has, and its table of file descriptors.

package plugin

import (
	"bytes"
	"encoding/binary"

	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/sdk/abi"
)

// stream is what a file descriptor stands for.
type stream byte

const (
	closed stream = iota
	stdin
	stdout
	stderr
)

// files is the table of file descriptors of one call. There are never more
// than the three that a guest begins with.
type files struct {
	open [3]stream
	read int // bytes of the input that were read
}

var standardFiles = files{open: [3]stream{stdin, stdout, stderr}}

func (f *files) at(fd uint64) stream {
	if n := uint32(fd); n < uint32(len(f.open)) {
		return f.open[n]
	}
	return closed
}

func fdClose(c *call, _ api.Memory, params []uint64) errno {
	if c.files.at(params[0]) == closed {
		return badf
	}
	c.files.open[uint32(params[0])] = closed
	return success
}

func fdRenumber(c *call, _ api.Memory, params []uint64) errno {
	from, to := c.files.at(params[0]), c.files.at(params[1])
	if from == closed || to == closed {
		return badf
	}
	c.files.open[uint32(params[0])] = closed
	c.files.open[uint32(params[1])] = from
	return success
}

// The rights that streams have.
const (
	rightRead  = 1 << 1
	rightWrite = 1 << 6
	rightPoll  = 1 << 27
)

// fdStat writes a struct fdstat: a file of unknown type, which is how pipes
// look, so that languages do not take it for a terminal.
func fdStat(c *call, memory api.Memory, params []uint64) errno {
	rights := uint64(rightPoll)
	switch c.files.at(params[0]) {
	case closed:
		return badf
	case stdin:
		rights |= rightRead
	case stdout, stderr:
		rights |= rightWrite
	}
	stat, ok := memory.Read(uint32(params[1]), 24)
	if !ok {
		return fault
	}
	clear(stat)
	binary.LittleEndian.PutUint64(stat[8:], rights)
	return success
}

// fdFileStat writes a struct filestat of zeroes but for the number of links.
func fdFileStat(c *call, memory api.Memory, params []uint64) errno {
	if c.files.at(params[0]) == closed {
		return badf
	}
	stat, ok := memory.Read(uint32(params[1]), 64)
	if !ok {
		return fault
	}
	clear(stat)
	stat[24] = 1
	return success
}

// eachPiece calls use for the ranges that an array of iovecs names, and writes
// how many bytes were used to done. A range that is used up to less than its
// end is the last.
func eachPiece(c *call, memory api.Memory, params []uint64, use func(piece []byte) int) errno {
	count := uint64(uint32(params[2]))
	if count > 1<<28 {
		return inval
	}
	array, ok := memory.Read(uint32(params[1]), uint32(count*8))
	if !ok {
		return fault
	}
	total := 0
	for ; len(array) > 0; array = array[8:] {
		c.charge(fuelPerPiece)
		piece, ok := memory.Read(binary.LittleEndian.Uint32(array), binary.LittleEndian.Uint32(array[4:]))
		if !ok {
			return fault
		}
		n := use(piece)
		total += n
		if n < len(piece) {
			break
		}
	}
	if total > 1<<31-1 {
		return overflow
	}
	if !memory.WriteUint32Le(uint32(params[3]), uint32(total)) {
		return fault
	}
	return success
}

// fdRead reads a command's input; a reactor's standard input is empty.
func fdRead(c *call, memory api.Memory, params []uint64) errno {
	if c.files.at(params[0]) != stdin {
		return badf
	}
	return eachPiece(c, memory, params, func(piece []byte) int {
		rest := c.unread()
		n := min(len(piece), len(rest))
		c.charge(int64(n) * fuelPerCopied)
		copy(piece, rest[:n])
		c.files.read += n
		return n
	})
}

// unread is what is left on standard input.
func (c *call) unread() []byte {
	if c.kind != Command || c.phase == initialising {
		return nil
	}
	return c.input[c.files.read:]
}

// fdWrite collects a command's result, drops what a reactor prints, and makes
// log lines of standard error.
func fdWrite(c *call, memory api.Memory, params []uint64) errno {
	var use func([]byte) int
	switch c.files.at(params[0]) {
	case stdout:
		use = c.print
	case stderr:
		use = c.say
	default:
		return badf
	}
	return eachPiece(c, memory, params, use)
}

func (c *call) print(piece []byte) int {
	if c.kind == Command {
		c.fits(len(c.output) + len(piece))
		c.charge(int64(len(piece)) * fuelPerCopied)
		c.output, c.written = append(c.output, piece...), true
	}
	return len(piece)
}

// say looks at the end of what is written at once, where a reason is.
func (c *call) say(piece []byte) int {
	c.charge(int64(len(piece)) * fuelPerCopied)
	if c.phase == initialising {
		return len(piece)
	}
	rest := piece[len(piece)-min(len(piece), 4*maxHeld):]
	for {
		text, after, ended := bytes.Cut(rest, []byte{'\n'})
		text = text[:min(len(text), maxHeld-len(c.partial))]
		c.chargeLine(len(text))
		c.partial = append(c.partial, text...)
		if !ended {
			return len(piece)
		}
		c.endLine()
		rest = after
	}
}

// endLine makes a log line of what stands on standard error, and remembers it:
// the last one is the reason of a command that exits with a status.
func (c *call) endLine() {
	if len(c.partial) > 0 {
		c.lines.add(abi.Info, c.partial)
		c.said = append(c.said[:0], c.partial...)
		c.partial = c.partial[:0]
	}
}
