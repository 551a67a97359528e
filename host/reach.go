// Levels that are required and that nobody can hold.

package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/policy"
)

// checkRequired is unreached as an error. r is nil when something did not
// compile; policies that did are looked at all the same.
func (o *Options) checkRequired(ctx context.Context, r *rules) (err error) {
	var e *policy.Engine
	if r != nil {
		e = r.engine.Engine()
	} else if e, err = o.engine(ctx, &rules{}); err != nil {
		return nil // said already
	}
	if faults := o.unreached(e); len(faults) > 0 {
		return faults
	}
	return nil
}

// unreached finds the levels that an application or the console requires and
// that nobody can ever hold. Where a rule computes its level it cannot tell,
// and says nothing.
func (o *Options) unreached(e *policy.Engine) (faults config.Faults) {
	if o.broken.Under("policies") || o.broken.Under("levels") || o.broken.Under("grants") {
		return nil // e is not what the file says
	}
	look := func(level, at, what string) {
		if o.broken.Under(at) || level == "" {
			return
		}
		if why := o.whyUnreached(e, level); why != "" {
			faults = append(faults, o.Config.FaultAt(at, 0, "%s, so that nobody reaches %s; change that, or write another level", why, what))
		}
	}
	for name, app := range o.Config.Applications {
		for i, level := range app.Require {
			look(level, fmt.Sprintf("applications.%s.require[%d]", name, i), "the application")
		}
	}
	if o.Config.Console != nil {
		look(o.Config.Console.Level, "console.level", "the console")
	}
	return faults.Sort()
}

// whyUnreached says why nobody can hold level, or "".
func (o *Options) whyUnreached(e *policy.Engine, level string) string {
	if level == "Authenticated/Roles" || strings.HasPrefix(level, "Authenticated/Roles/") {
		if !o.rolesMapped() {
			return "no provider has a mapper that gives people roles"
		}
		return ""
	}
	reach, lacking := e.Reach(level)
	declared, _ := e.Level(lacking)
	switch {
	case reach != policy.Unreached || !e.Known(lacking): // an unknown level is a fault of its own
		return ""
	case declared.Group:
		return "no rule and no grant gives a level in " + lacking
	case lacking != level:
		return "no rule and no grant gives " + lacking + ", without which " + level + " is not held"
	}
	return "no rule and no grant gives " + level
}

// rolesMapped reports whether a mapper of any provider may set roles. A faulty
// mapper may.
func (o *Options) rolesMapped() bool {
	for name, p := range o.Config.Providers {
		if o.broken.Under("providers." + name) {
			return true
		}
		for _, m := range p.Mappers {
			if m.Plugin != "" || m.Direct != nil && m.Direct.Attribute == "roles" || m.Expression != nil && m.Expression.Attribute == "roles" {
				return true
			}
		}
	}
	return len(o.Config.Providers) == 0
}
