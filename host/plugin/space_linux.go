// One mapped memory: a reservation of addresses whose front is an image.

package plugin

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mappedSpace reserves addresses up to its limit, so that it never moves. What
// the guest did not ask for cannot be reached.
type mappedSpace struct {
	mappings *mappings
	image    *mappedImage // nil for a blank one
	base     unsafe.Pointer
	reserved uintptr
	usable   uintptr // bytes that can be read and written
	scan     scan
	faults   int64 // of the thread when the call began; -1 when nobody said so
}

// imageSize is how many bytes of the front are the image's.
func (s *mappedSpace) imageSize() uintptr {
	if s.image == nil {
		return 0
	}
	return uintptr(s.image.size)
}

func (m *mappings) reserve(image *mappedImage, limit uint64) (space, error) {
	page := uint64(os.Getpagesize())
	s := &mappedSpace{mappings: m, image: image, faults: -1}
	s.reserved = uintptr((max(limit, uint64(s.imageSize()), 1) + page - 1) &^ (page - 1))
	base, err := unix.MmapPtr(-1, 0, nil, s.reserved, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserving %d bytes of addresses: %w", s.reserved, err)
	}
	s.base = base
	if size := s.imageSize(); size > 0 {
		_, err := unix.MmapPtr(int(image.file.Fd()), 0, base, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED)
		if err != nil {
			s.free()
			return nil, fmt.Errorf("mapping %d bytes of an image: %w", size, err)
		}
		s.usable = size
	}
	return s, nil
}

func (s *mappedSpace) resize(size uint64) []byte {
	if uintptr(size) > s.reserved {
		return nil
	}
	if uintptr(size) > s.usable {
		more := unsafe.Slice((*byte)(unsafe.Add(s.base, s.usable)), uintptr(size)-s.usable)
		if unix.Mprotect(more, unix.PROT_READ|unix.PROT_WRITE) != nil {
			return nil
		}
		s.usable = uintptr(size)
	}
	return unsafe.Slice((*byte)(s.base), size)
}

// front is the part that is the image's.
func (s *mappedSpace) front() []byte { return unsafe.Slice((*byte)(s.base), s.imageSize()) }

func (s *mappedSpace) begin() { s.faults = s.mappings.faults() }

func (s *mappedSpace) restore() error {
	if s.mappings.pagemap != nil {
		return s.restoreWritten()
	}
	return s.drop()
}

// drop gives every page of the guest's own back: the next access finds the
// image's.
func (s *mappedSpace) drop() error {
	if s.imageSize() == 0 {
		return nil
	}
	return unix.Madvise(s.front(), unix.MADV_DONTNEED)
}

func (s *mappedSpace) free() {
	if s.base != nil {
		_ = unix.MunmapPtr(s.base, s.reserved)
		s.base, s.usable = nil, 0
	}
}
