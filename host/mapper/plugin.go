package mapper

import (
	"context"

	"github.com/doorward/doorward/host/login"
)

// Plugin is a mapper that somebody else wrote. Map answers what to set and
// unset, or denies the login; the pipeline applies the answer as a whole. Map
// must be safe for concurrent use and stop when ctx is done. Its errors hold no
// claim value; one that is or wraps a *login.Fault keeps its code.
type Plugin interface {
	Map(ctx context.Context, call login.PluginCall) (login.PluginResult, error)
}
