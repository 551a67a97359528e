// Whether anybody could ever hold a level, as far as it shows at load.

package policy

import (
	"strings"

	"github.com/doorward/doorward/host/login"
)

// Reach says whether anybody could ever hold a level.
type Reach int

// The answers, from no to yes.
const (
	Unreached  Reach = iota // no rule and no grant gives it
	CannotTell              // only a rule that computes its level could give it
	Reached                 // a rule or a grant names it, or the host gives it
)

// String is "unreached", "cannot tell" or "reached".
func (r Reach) String() string { return [...]string{"unreached", "cannot tell", "reached"}[r] }

// Reach says whether anybody could ever hold path, and for every answer but
// Reached which level it is that nothing names: path itself, or one above it
// without which path is not held. It looks at what rules say that they grant,
// not at their conditions. A group is reached when a level in it is. Roles and
// zones are always reached: which ones there are is not the policies' matter.
func (e *Engine) Reach(path string) (reach Reach, lacking string) {
	return e.reach.of(e.tree, path)
}

// reach is what rules and grants name.
type reach struct {
	named    map[string]bool
	computed bool // a rule computes its level
}

func newReach(rules []*rule, grants map[login.Person][]string) reach {
	r := reach{named: map[string]bool{}}
	for _, rule := range rules {
		r.named[rule.level], r.computed = true, r.computed || rule.level == ""
	}
	for _, paths := range grants {
		for _, path := range paths {
			r.named[path] = true
		}
	}
	return r
}

// direct is the reach of a level that a rule may name, without those above it.
func (r reach) direct(path string) Reach {
	switch {
	case r.named[path]:
		return Reached
	case r.computed:
		return CannotTell
	}
	return Unreached
}

func (r reach) of(t tree, path string) (Reach, string) {
	switch {
	case !t.known(path):
		return Unreached, path
	case builtin(path):
		return Reached, ""
	case t.groups(path):
		return r.within(t, path)
	}
	own := r.direct(path)
	above := t.bearer(path)
	if above == "" {
		return own, lackingUnless(own, path)
	}
	if parent, lacking := r.of(t, above); parent < own {
		return parent, lacking
	}
	return own, lackingUnless(own, path)
}

// within is the best reach of the levels in a group.
func (r reach) within(t tree, group string) (best Reach, lacking string) {
	if above := t.bearer(group); above != "" {
		if parent, lacking := r.of(t, above); parent == Unreached {
			return parent, lacking
		}
	}
	for _, path := range t.rulable {
		if !strings.HasPrefix(path, group+"/") {
			continue
		}
		if here, _ := r.of(t, path); here > best {
			best = here
		}
	}
	return best, lackingUnless(best, group)
}

func lackingUnless(reach Reach, path string) string {
	if reach == Reached {
		return ""
	}
	return path
}
