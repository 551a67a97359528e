// What /readyz says of plugins.

package host

import (
	"fmt"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/web"
)

// parts is the state of the policies and of every plugin. No plugin makes the
// host unready: its sessions and its other providers go on, every other host of the
// site has the same plugin, and only a login finds out that it works again.
func (r *rules) parts() map[string]web.Part {
	parts := map[string]web.Part{"policies": r.policyPart()}
	for name, g := range r.plugins {
		parts["plugin:"+name] = g.part()
	}
	return parts
}

func (g *guard) part() web.Part {
	look := g.breaker.look()
	g.mu.Lock()
	refused, last := g.refusal, ""
	if n := len(g.failures); n > 0 {
		last = g.failures[n-1].kind
	}
	g.mu.Unlock()
	p := web.Part{Ready: true}
	if refused != nil {
		p.Detail = "the last reload was refused and the module before stays: " + refused.why
	}
	switch look.state {
	case breakerOpen:
		p = web.Part{Code: login.CodePluginFailed, Detail: fmt.Sprintf("%d calls in a row failed, the last one by %s; it is tried again after %s", look.streak, last, look.until.UTC().Format(time.TimeOnly))}
	case breakerHalfOpen:
		p = web.Part{Code: login.CodePluginFailed, Detail: fmt.Sprintf("%d calls in a row failed, the last one by %s; the next login of somebody for whom it has not failed tries it", look.streak, last)}
	}
	return p
}
