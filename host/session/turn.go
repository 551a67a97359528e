// Turns: those who change the index entry of one session do so one after
// another, so that many tabs at once do not wear each other's attempts out.
// The store's preconditions decide all the same: other hosts take no turns.

package session

import (
	"context"

	"github.com/doorward/doorward/host/store"
)

type turns [64]chan struct{}

func newTurns() (t turns) {
	for i := range t {
		t[i] = make(chan struct{}, 1)
	}
	return t
}

// turn waits for the turn of the session called id and returns what ends it.
// Some sessions share one, so nobody may take two.
func (s *Sessions) turn(ctx context.Context, doing, id string) (done func(), err error) {
	sum := 0
	for _, c := range []byte(id) {
		sum = 31*sum + int(c)
	}
	turn := s.turns[uint(sum)%uint(len(s.turns))]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, unavailable(doing, &waited{ctx.Err()})
	}
}

// waited is the end of a context while other writers were at work.
type waited struct{ err error }

func (w *waited) Error() string   { return "it waited for other writers: " + w.err.Error() }
func (w *waited) Unwrap() []error { return []error{store.ErrUnavailable, w.err} }
