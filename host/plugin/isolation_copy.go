// The way that works everywhere: memories on the Go heap, the image copied
// over them.

package plugin

type copying struct{}

var copyWay = isolationWay{IsolationCopy, func() (isolation, error) { return copying{}, nil }}

func (copying) name() string                      { return IsolationCopy }
func (copying) close() error                      { return nil }
func (copying) blank(limit uint64) (space, error) { return &heapSpace{limit: limit}, nil }
func (copying) keep(content []byte) (memoryImage, error) {
	return heapImage(append([]byte(nil), content...)), nil
}

type heapImage []byte

func (i heapImage) content() []byte { return i }
func (i heapImage) free() error     { return nil }

func (i heapImage) space(limit uint64) (space, error) {
	return &heapSpace{image: i, bytes: append([]byte(nil), i...), limit: limit}, nil
}

// heapSpace doubles rarely: each growth leaves a quarter of room.
type heapSpace struct {
	image heapImage
	bytes []byte
	limit uint64
}

func (s *heapSpace) resize(size uint64) []byte {
	if size > s.limit {
		return nil
	}
	if size > uint64(cap(s.bytes)) {
		grown := make([]byte, len(s.bytes), max(size, min(s.limit, size+size/4)))
		copy(grown, s.bytes)
		s.bytes = grown
	}
	if size > uint64(len(s.bytes)) {
		s.bytes = s.bytes[:size]
	}
	return s.bytes[:size:size]
}

func (s *heapSpace) begin() {}

func (s *heapSpace) restore() error {
	copy(s.bytes, s.image)
	return nil
}

func (s *heapSpace) free() { s.bytes = nil }
