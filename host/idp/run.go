package idp

// What goes on beside the requests: signing keys by their schedule, and logout
// tokens.

import (
	"context"
	"sync"
	"time"
)

const keysDueEvery = time.Minute

// Run keeps to the schedule of the signing keys and tells clients of sessions
// that have ended, until ctx is done. It is called once.
func (p *Provider) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { p.SendLogouts(ctx) })
	both.Go(func() { p.runKeys(ctx) })
	both.Wait()
}

func (p *Provider) runKeys(ctx context.Context) {
	tick := time.NewTicker(keysDueEvery)
	defer tick.Stop()
	for {
		if err := p.RunDue(ctx); err != nil && ctx.Err() == nil {
			p.cfg.Log.ErrorContext(ctx, "the signing keys' schedule", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
