// What the recorder counts.

package record

import (
	"maps"
	"sync"
)

// Why a walk was not recorded.
const (
	droppedQueue  = "queue_full"
	droppedStore  = "store"
	droppedLarge  = "too_large"
	droppedFailed = "failed"
	droppedClosed = "closing"
)

// Stats is what a Recorder did since it was opened, and what is kept.
type Stats struct {
	Recorded uint64
	Dropped  map[string]uint64 // by why: queue_full, store, too_large, failed, closing
	Written  uint64            // bytes, sealed
	Kept     int               // records in the store, as of the last sweep and what was added since
	Bytes    int64             // of those
}

type stats struct {
	mu       sync.Mutex
	recorded uint64
	written  uint64
	dropped  map[string]uint64
	kept     int
	bytes    int64
}

// Stats says what was recorded.
func (r *Recorder) Stats() Stats {
	s := &r.stats
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Recorded: s.recorded, Dropped: maps.Clone(s.dropped), Written: s.written, Kept: s.kept, Bytes: s.bytes}
}

func (s *stats) drop(why string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped[why] += uint64(n)
}

func (s *stats) wrote(n, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recorded += uint64(n)
	s.written += uint64(size)
	s.kept += n
	s.bytes += int64(size)
}

func (s *stats) keeps() (int, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept, s.bytes
}

func (s *stats) counted(kept int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept, s.bytes = kept, bytes
}
