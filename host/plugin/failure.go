// What kind of failure an error is, for counters.

package plugin

import (
	"context"
	"errors"

	"github.com/doorward/doorward/sdk/abi"
)

// The kinds of failures that are no limit.
const (
	KindTrap      = "trap"      // the guest trapped
	KindGuest     = "guest"     // it reported its own failure
	KindABI       = "abi"       // it broke a rule of the boundary
	KindGrant     = "grant"     // it asked for a source that it was not granted
	KindResult    = "result"    // its result was refused
	KindClosed    = "closed"    // the plugin was closed
	KindCancelled = "cancelled" // nobody waits for the login any more
	KindOther     = "other"     // the host could not run it
)

// FailureKind is the kind of an error of Map or Run, for counters: the name of
// the limit that was hit, one of the constants above, or "" for nil.
func FailureKind(err error) string {
	if err == nil {
		return "" // before what follows is laid out in memory
	}
	var (
		limit  *LimitError
		trap   *TrapError
		guest  *GuestError
		broken *ABIError
		grant  *GrantError
		result *abi.ResultError
		syntax *abi.SyntaxError
	)
	switch {
	case errors.As(err, &limit):
		return limit.Limit
	case errors.As(err, &trap):
		return KindTrap
	case errors.As(err, &guest):
		return KindGuest
	case errors.As(err, &broken):
		return KindABI
	case errors.As(err, &grant):
		return KindGrant
	case errors.As(err, &result), errors.As(err, &syntax):
		return KindResult
	case errors.Is(err, ErrClosed):
		return KindClosed
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return KindCancelled
	}
	return KindOther
}
