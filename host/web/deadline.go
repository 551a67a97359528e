package web

import (
	"context"
	"sync"
	"time"
)

// deadline is a context that ends with its parent or at a time, like that of
// context.WithDeadline, but sets its timer only when somebody waits for it: what
// comes out of a cache never does.
type deadline struct {
	context.Context
	at    time.Time
	mu    sync.Mutex
	timed context.Context // once somebody waited
	stop  context.CancelFunc
}

// within is parent for at most d.
func within(parent context.Context, d time.Duration) *deadline {
	return &deadline{Context: parent, at: time.Now().Add(d)}
}

func (d *deadline) Deadline() (time.Time, bool) { return d.at, true }

func (d *deadline) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed == nil {
		d.timed, d.stop = context.WithDeadline(d.Context, d.at)
	}
	return d.timed.Done()
}

// Err is that of what Done waits for, or what it would be by now.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed != nil {
		return d.timed.Err()
	}
	if err := d.Context.Err(); err != nil {
		return err
	}
	if !time.Now().Before(d.at) {
		return context.DeadlineExceeded
	}
	return nil
}

// cancel ends it for those who wait, and frees the timer, if there is one.
func (d *deadline) cancel() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop != nil {
		d.stop()
	}
}
