// The standard streams of a guest.

package plugin

import (
	"bytes"

	"github.com/doorward/doorward/sdk/abi"
)

// stdout collects a command's result.
type stdout struct{ *call }

func (w stdout) Write(p []byte) (int, error) {
	w.alive()
	used, max := int64(len(w.output)+len(p)), w.config.Limits.Output
	if used > max {
		w.stop(w.limit(limitOutput, used, max))
	}
	w.output, w.written = append(w.output, p...), true
	return len(p), nil
}

// stderr turns what a guest writes there into log lines, and remembers the
// last one: the reason of a command that exits with a status.
type stderr struct {
	*call
	partial []byte
}

// maxWrite is how much of one write is looked at: its end, where a reason is.
const maxWrite = 64 << 10

func (w *stderr) Write(p []byte) (int, error) {
	w.alive()
	if w.phase == initialising {
		return len(p), nil
	}
	rest := p[len(p)-min(len(p), maxWrite):]
	for {
		text, after, ended := bytes.Cut(rest, []byte{'\n'})
		w.partial = append(w.partial, text[:min(len(text), maxHeld-len(w.partial))]...)
		if !ended {
			return len(p), nil
		}
		w.flush()
		rest = after
	}
}

func (w *stderr) flush() {
	if len(w.partial) > 0 {
		w.lines.add(abi.Info, w.partial)
		w.said = append(w.said[:0], w.partial...)
		w.partial = w.partial[:0]
	}
}
