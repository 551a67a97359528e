// Swapping one engine for another while requests run.

package policy

import (
	"context"
	"sync/atomic"

	"github.com/doorward/doorward/host/login"
)

// Slot holds the engine in use. Each decision is made whole by one engine. It
// is safe for concurrent use, and implements login.Levels.
type Slot struct{ engine atomic.Pointer[Engine] }

// NewSlot returns a Slot that holds e.
func NewSlot(e *Engine) *Slot {
	s := &Slot{}
	s.engine.Store(e)
	return s
}

// Engine is the engine in use.
func (s *Slot) Engine() *Engine { return s.engine.Load() }

// Reload compiles cfg beside the engine in use and puts it in its place in one
// step. When cfg has a fault, the old engine stays and the error is New's.
func (s *Slot) Reload(ctx context.Context, cfg Config) error {
	next, err := New(ctx, cfg)
	if err != nil {
		return err
	}
	s.engine.Store(next)
	return nil
}

// Decide decides with the engine in use; see Engine.Decide.
func (s *Slot) Decide(ctx context.Context, facts login.Facts) (login.Decision, error) {
	return s.Engine().Decide(ctx, facts)
}
