// How a guest's memory is put back after a call: the ways there are, and which
// one works here.

package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
)

// The names of the ways, best first.
const (
	IsolationScan    = "pagemap-scan" // the kernel lists the pages that were written; only they are copied back
	IsolationMadvise = "madvise"      // every written page is dropped; the next call faults it in again
	IsolationCopy    = "copy"         // the whole image is copied over the memory
)

// isolation makes linear memories, and images from which memories begin.
type isolation interface {
	name() string
	// blank is a space of zeroes that can grow to limit bytes.
	blank(limit uint64) (space, error)
	// keep makes an image of content, which may be changed afterwards.
	keep(content []byte) (memoryImage, error)
	close() error
}

// memoryImage is a linear memory as it was at one moment, shared by every
// space that begins there. It is safe for concurrent use.
type memoryImage interface {
	content() []byte // not to be changed
	space(limit uint64) (space, error)
	free() error // after every space of it
}

// space is the bytes of one linear memory. It is used by one goroutine at a
// time.
type space interface {
	// resize gives the first size bytes, at least as many as before. What was
	// never given before is as in the image, and zero beyond it. The bytes may
	// have moved. It returns nil when there is no memory to be had.
	resize(size uint64) []byte
	// begin comes before a call. The caller keeps its thread until restore.
	begin()
	// restore makes the bytes those of the image again. A space that grew
	// beyond its image is freed instead.
	restore() error
	free()
}

// chooseIsolation returns the way called name, or the best one that works when
// name is empty.
func chooseIsolation(name string) (isolation, error) {
	var errs []error
	for _, way := range isolations() {
		if name != "" && way.name != name {
			continue
		}
		chosen, err := way.open()
		if err == nil {
			if err = tryOut(chosen); err == nil {
				return chosen, nil
			}
			err = errors.Join(err, chosen.close())
		}
		errs = append(errs, fmt.Errorf("%s: %w", way.name, err))
	}
	return nil, errors.Join(append(errs, fmt.Errorf("no way to isolate guests is called %q here", name))...)
}

// isolationWay is a way that may work.
type isolationWay struct {
	name string
	open func() (isolation, error)
}

// tryOut proves a way on a small memory: what is written is undone, and what
// is not written is what the image says.
func tryOut(way isolation) error {
	const size = 4 << 16
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i>>12 + i)
	}
	want := slices.Clone(content)
	image, err := way.keep(content)
	if err != nil {
		return err
	}
	defer image.free()
	memory, err := image.space(2 * size)
	if err != nil {
		return err
	}
	defer memory.free()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for round := range 3 {
		memory.begin()
		got := memory.resize(size)
		if !bytes.Equal(got, want) {
			return fmt.Errorf("round %d: the memory is not the image", round)
		}
		for at := round; at < size; at += 3 << 12 {
			got[at] ^= 0xff
		}
		if err := memory.restore(); err != nil {
			return err
		}
	}
	if !bytes.Equal(memory.resize(size), want) || !bytes.Equal(image.content(), want) {
		return errors.New("what was written is still there")
	}
	return nil
}
