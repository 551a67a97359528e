package token

import "time"

// bucket lets size events through at once and one more every while. Its owner
// locks.
type bucket struct {
	size  int
	every time.Duration
	used  int
	since time.Time // when used was last lowered
}

func (b *bucket) take(now time.Time) bool {
	if b.since.IsZero() || now.Before(b.since) { // a clock that went back starts anew, without a gift
		b.since = now
	}
	if back := int(now.Sub(b.since) / b.every); back > 0 {
		b.used = max(0, b.used-back)
		b.since = b.since.Add(time.Duration(back) * b.every)
	}
	if b.used >= b.size {
		return false
	}
	b.used++
	return true
}
