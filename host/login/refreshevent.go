// The events of a session that was refreshed, or could not be.

package login

import (
	"context"
	"errors"
)

// RefreshEvent is the event called kind of a refresh: of a session that held
// before and now holds what after says, nil when that did not change, by why,
// nil when it worked. The trace that ctx carries says which plugins were asked.
func RefreshEvent(ctx context.Context, kind string, before []string, after *Decision, why error) Event {
	e := event(ctx, kind, AuthRequest{})
	e.walked(ctx)
	e.Proof = nil // a refresh proves nothing
	e.Before = before
	if after != nil {
		e.Levels, e.Withheld, e.Policy = after.Paths(), declared(after.Withheld), after.Revision
	}
	if why != nil {
		e.Code = CodeOf(why)
	}
	var denied AuditReasoner
	if errors.As(why, &denied) {
		e.Reason = denied.AuditReason()
	}
	return e
}
