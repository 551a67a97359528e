// The gate: how many explanations and typed-in policies run at once.

package console

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	gatePlaces = 2               // of the host
	gateWait   = 2 * time.Second // for a place
)

var (
	errBusy    = errors.New("the host is busy with what others try here: try again in a moment")
	errOwnBusy = errors.New("what you tried before is still running: try again in a moment")
)

// gate lets one evaluation of each session in, and a few in all. It is safe for
// concurrent use.
type gate struct {
	places chan struct{}
	wait   time.Duration

	mu   sync.Mutex
	mine map[string]chan struct{} // closed when the session's evaluation is over
}

func newGate() *gate {
	return &gate{places: make(chan struct{}, gatePlaces), wait: gateWait, mine: map[string]chan struct{}{}}
}

// enter waits a little for a place; leave gives it back.
func (g *gate) enter(ctx context.Context, session string) (leave func(), err error) {
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	done, err := g.own(ctx, session, timer.C)
	if err != nil {
		return nil, err
	}
	select {
	case g.places <- struct{}{}:
		return func() { <-g.places; g.over(session, done) }, nil
	case <-timer.C:
		err = errBusy
	case <-ctx.Done():
		err = ctx.Err()
	}
	g.over(session, done)
	return nil, err
}

// own takes the session's one place.
func (g *gate) own(ctx context.Context, session string, late <-chan time.Time) (chan struct{}, error) {
	for {
		g.mu.Lock()
		before := g.mine[session]
		if before == nil {
			done := make(chan struct{})
			g.mine[session] = done
			g.mu.Unlock()
			return done, nil
		}
		g.mu.Unlock()
		select {
		case <-before:
		case <-late:
			return nil, errOwnBusy
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (g *gate) over(session string, done chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.mine, session)
	close(done)
}
