// Finding the pages that a guest wrote, with the PAGEMAP_SCAN ioctl of Linux
// 6.7 and later.

package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pagemapScan is the request _IOWR('f', 16, struct pm_scan_arg) of
// linux/fs.h. Where requests are numbered otherwise, the probe fails.
const pagemapScan = 0xc0606610

// The categories of a page.
const (
	pageIsFile    = 1 << 2
	pageIsPresent = 1 << 3
	pageIsSwapped = 1 << 4
)

// scanArg is struct pm_scan_arg.
type scanArg struct {
	size, flags, start, end, walkEnd, vec, vecLen, maxPages   uint64
	categoryInverted, categoryMask, categoryAnyOf, returnMask uint64
}

// pageRegion is struct page_region: addresses of pages that follow each other,
// and their categories.
type pageRegion struct{ start, end, _ uint64 }

// maxWritten bounds the pages that stay a guest's own. A page that was written
// stays so after its content is put back, and is found again after each later
// call. When they are more bytes than this, those that the call did not change
// are given back: to fault a page in again costs far more than to copy it, so
// those in use stay.
const (
	maxWritten = 1 << 20
	maxRegions = 256 // that one scan lists
)

// scan is what one scan needs. It lies on the heap: the kernel gets addresses
// in it.
type scan struct {
	arg     scanArg
	regions [maxRegions]pageRegion
	known   []pageRegion // all written pages, as the last scan found them; nil when they are not known
}

func openScanning() (isolation, error) {
	file, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return nil, err
	}
	m := &mappings{pagemap: file, fd: file.Fd()}
	if err := m.tryScan(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return m, nil
}

// tryScan proves that exactly the written pages are found: a kernel may know
// the request and count otherwise.
func (m *mappings) tryScan() error {
	page := os.Getpagesize()
	image, err := m.keep(make([]byte, 8*page))
	if err != nil {
		return err
	}
	defer image.free()
	made, err := image.space(0)
	if err != nil {
		return err
	}
	defer made.free()
	s := made.(*mappedSpace)
	own := s.resize(uint64(8 * page))
	own[2*page], own[3*page], own[6*page] = 1, 1, own[5*page]
	found, next, err := s.written(s.first())
	if err != nil {
		return err
	}
	at := func(n int) uint64 { return s.first() + uint64(n*page) }
	m.counted = s.countsFaults(own[page : 2*page])
	if next != s.end() || len(found) != 2 || found[0].start != at(2) || found[0].end != at(4) || found[1].start != at(6) || found[1].end != at(7) {
		return errors.New("PAGEMAP_SCAN found other pages than those that were written")
	}
	return nil
}

// written lists the pages from the address from that are the guest's own: not
// the file's, whether they are in memory or swapped out. next is where the
// list ends for want of room, and the end of the image when it does not.
func (s *mappedSpace) written(from uint64) (found []pageRegion, next uint64, err error) {
	s.scan.arg = scanArg{
		size: uint64(unsafe.Sizeof(scanArg{})), start: from, end: s.end(),
		vec: uint64(uintptr(unsafe.Pointer(&s.scan.regions))), vecLen: maxRegions,
		categoryInverted: pageIsFile, categoryMask: pageIsFile, categoryAnyOf: pageIsPresent | pageIsSwapped,
		returnMask: pageIsPresent | pageIsSwapped,
	}
	n, _, errno := unix.RawSyscall(unix.SYS_IOCTL, s.mappings.fd, pagemapScan, uintptr(unsafe.Pointer(&s.scan.arg)))
	if errno != 0 {
		return nil, 0, fmt.Errorf("PAGEMAP_SCAN: %w", errno)
	}
	return s.scan.regions[:n], s.scan.arg.walkEnd, nil
}

// first and end are the addresses of the image's part.
func (s *mappedSpace) first() uint64 { return uint64(uintptr(s.base)) }
func (s *mappedSpace) end() uint64   { return s.first() + uint64(s.imageSize()) }

// faults is how many page faults the thread had, -1 when they are not to be
// relied on. A page becomes the guest's own by a fault of the thread that runs
// the guest: a call without one wrote to no page that was not its own before.
func (m *mappings) faults() int64 {
	var usage unix.Rusage
	if !m.counted || unix.Getrusage(unix.RUSAGE_THREAD, &usage) != nil {
		return -1
	}
	return usage.Minflt + usage.Majflt
}

// countsFaults proves that the first write to an untouched page is counted, and
// the first write to one that was only read.
func (s *mappedSpace) countsFaults(page []byte) bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	m := mappings{counted: true}
	before := m.faults()
	first := page[0] // a fault, or none: the kernel maps pages around others
	read := m.faults()
	page[0] = first + 1
	wrote := m.faults()
	page[0] = first
	again := m.faults()
	return before >= 0 && read >= before && wrote > read && again == wrote
}

func (s *mappedSpace) restoreWritten() error {
	before := s.faults
	s.faults = -1
	if s.scan.known != nil && before >= 0 && s.mappings.faults() == before {
		for _, region := range s.scan.known {
			if err := s.putBack(region, false); err != nil {
				return err
			}
		}
		return nil
	}
	s.scan.known = nil
	sum := uint64(0)
	for from := s.first(); from < s.end(); {
		found, next, err := s.written(from)
		if err != nil {
			return err
		}
		for _, region := range found {
			sum += region.end - region.start
		}
		tooMany := sum > maxWritten || next < s.end()
		for _, region := range found {
			if err := s.putBack(region, tooMany); err != nil {
				return err
			}
		}
		if from == s.first() && !tooMany {
			s.scan.known = found // one scan found all, and all of them stay
		}
		from = next
	}
	return nil
}

// putBack copies a region's pages from the image, or, when there are too many,
// gives those back that are as they were.
func (s *mappedSpace) putBack(region pageRegion, tooMany bool) error {
	from, to := region.start-s.first(), region.end-s.first()
	own, image := s.front()[from:to], s.image.view[from:to]
	if !tooMany {
		copy(own, image)
		return nil
	}
	for page := os.Getpagesize(); len(own) > 0; own, image = own[page:], image[page:] {
		if bytes.Equal(own[:page], image[:page]) {
			if err := unix.Madvise(own[:page], unix.MADV_DONTNEED); err != nil {
				return err
			}
			continue
		}
		copy(own[:page], image[:page])
	}
	return nil
}
