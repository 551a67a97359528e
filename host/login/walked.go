// What is told of a walk that is over, to whoever records it.

package login

import (
	"context"
	"time"
)

// Walked is a walk that is over, however it ended. Nothing in it is redacted,
// and what it refers to is shared and must not be changed.
type Walked struct {
	Request AuthRequest
	Facts   Request // of the HTTP request that brought the answer
	Yield   Yield
	Steps   []Entry
	Err     error // nil when there is a session
}

// record tells Record of the walk, when somebody traced it.
func (f *Flow) record(ctx context.Context, req AuthRequest, cb Callback, err error) {
	if t := traceOf(ctx); t != nil && f.Record != nil {
		f.Record(ctx, Walked{Request: req, Facts: cb.Request, Yield: t.Yielded(), Steps: t.Entries(), Err: err})
	}
}

// Reaches reports whether decision is what req asks for at now: of a step-up,
// a level that it names.
func (r AuthRequest) Reaches(decision Decision, now time.Time) bool {
	return r.Level == "" || reached(r, decision, now) != ""
}

// Interrupted notes in the trace that ctx carries that time or load, and not
// the document, decided a step: the same walk may end otherwise another time.
func Interrupted(ctx context.Context) {
	yield(ctx, func(y *Yield) { y.Interrupted = true })
}
