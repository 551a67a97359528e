// Memories that are private mappings of an image in a memfd: a page is shared
// until a guest writes to it.

package plugin

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// isolations is every way that may work here, best first.
func isolations() []isolationWay {
	return []isolationWay{
		{IsolationScan, openScanning},
		{IsolationMadvise, func() (isolation, error) { return &mappings{}, nil }},
		copyWay,
	}
}

// mappings is the ways that map images.
type mappings struct {
	pagemap *os.File // of this process; nil when pages are dropped without a scan
	fd      uintptr  // of pagemap
	counted bool     // the first write to a page counts as a fault of the thread
}

func (m *mappings) name() string {
	if m.pagemap != nil {
		return IsolationScan
	}
	return IsolationMadvise
}

func (m *mappings) close() error {
	if m.pagemap != nil {
		return m.pagemap.Close()
	}
	return nil
}

func (m *mappings) blank(limit uint64) (space, error) { return m.reserve(nil, limit) }

// keep writes content to a sealed memfd. Pages of zeroes stay holes.
func (m *mappings) keep(content []byte) (memoryImage, error) {
	fd, err := unix.MemfdCreate("doorward-image", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	image := &mappedImage{mappings: m, file: os.NewFile(uintptr(fd), "doorward-image"), size: len(content)}
	if err := image.fill(content); err != nil {
		image.free()
		return nil, err
	}
	return image, nil
}

// mappedImage is an image in a memfd, and a view of it.
type mappedImage struct {
	mappings *mappings
	file     *os.File
	size     int
	view     []byte
}

func (i *mappedImage) fill(content []byte) error {
	if err := i.file.Truncate(int64(i.size)); err != nil {
		return err
	}
	page := os.Getpagesize()
	for at := 0; at < i.size; at += page {
		if part := content[at:min(at+page, i.size)]; !isZero(part) {
			if _, err := i.file.WriteAt(part, int64(at)); err != nil {
				return err
			}
		}
	}
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(i.file.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return fmt.Errorf("sealing an image: %w", err)
	}
	if i.size == 0 {
		return nil
	}
	view, err := unix.MmapPtr(int(i.file.Fd()), 0, nil, uintptr(i.size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return fmt.Errorf("mapping an image: %w", err)
	}
	i.view = unsafe.Slice((*byte)(view), i.size)
	return nil
}

func isZero(page []byte) bool {
	for _, b := range page {
		if b != 0 {
			return false
		}
	}
	return true
}

func (i *mappedImage) content() []byte { return i.view }

func (i *mappedImage) space(limit uint64) (space, error) { return i.mappings.reserve(i, limit) }

func (i *mappedImage) free() error {
	if i.view != nil {
		_ = unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(i.view)), uintptr(len(i.view)))
		i.view = nil
	}
	return i.file.Close()
}
