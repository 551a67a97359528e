// The tree of levels: which paths exist, which may be ruled, who their parents
// are.

package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/near"
)

// The built-in levels. Public, the root, is part of no path.
const (
	public        = "Public"
	authenticated = "Authenticated"
	roles         = "Authenticated/Roles"
	zones         = "SecurityZones"
)

const maxPath = 512 // bytes

// tree is the declared levels, checked.
type tree struct {
	declared map[string]Level
	rulable  []string // sorted: what a rule or a grant may name
	open     bool     // what is not declared counts as declared, and groups until it is granted
}

func newTree(declared map[string]Level) (tree, Faults) {
	t := tree{declared: maps.Clone(declared)}
	var faults Faults
	for _, path := range slices.Sorted(maps.Keys(declared)) {
		if wrong := t.checkDeclared(path); wrong != "" {
			faults = append(faults, Fault{Message: fmt.Sprintf("levels: %q: %s", path, wrong)})
			continue
		}
		if !builtin(path) && !declared[path].Group {
			t.rulable = append(t.rulable, path)
		}
	}
	return t, faults
}

func (t tree) checkDeclared(path string) string {
	segments := strings.Split(path, "/")
	switch {
	case len(path) > maxPath:
		return fmt.Sprintf("longer than %d bytes", maxPath)
	case slices.Contains(segments, ""):
		return "has an empty segment; write names joined by single slashes"
	case segments[0] == public:
		return "Public is part of no path; leave it out"
	case path == authenticated, path == roles, path == zones:
		return "is built in; remove it"
	case builtin(path):
		return t.checkBuiltin(path, segments)
	}
	if parent := parentOf(path); parent != "" && !builtin(parent) {
		if _, ok := t.declared[parent]; !ok {
			return fmt.Sprintf("its parent %q is not declared; declare it, with group: true when it only groups", parent)
		}
	}
	return ""
}

// checkBuiltin lets one role or one zone be described, and nothing below it.
func (t tree) checkBuiltin(path string, segments []string) string {
	depth := 2
	if strings.HasPrefix(path, roles+"/") {
		depth = 3
	}
	if len(segments) != depth || t.declared[path].Group {
		return "levels of roles and zones are built in; they have no children and group nothing"
	}
	return ""
}

// builtin reports whether the host alone decides on path.
func builtin(path string) bool {
	switch path {
	case public, authenticated, roles, zones:
		return true
	}
	return strings.HasPrefix(path, public+"/") ||
		strings.HasPrefix(path, roles+"/") || strings.HasPrefix(path, zones+"/")
}

// refuse says why a rule or a grant must not name path, or "".
func (t tree) refuse(path string) string {
	level, declared := t.declared[path]
	rest, rooted := strings.CutPrefix(path, public+"/")
	switch {
	case rooted:
		return fmt.Sprintf("Public is part of no path: write %q", rest)
	case builtin(path):
		return fmt.Sprintf("level %q is built in and cannot be granted", path)
	case declared && level.Group:
		return fmt.Sprintf("level %q only groups: grant one of its children", path)
	case declared, t.open && wellFormed(path):
		return ""
	}
	message := fmt.Sprintf("level %q is not declared", path)
	if close := near.Name(path, t.rulable); close != "" {
		return message + fmt.Sprintf(": did you mean %q?", close)
	}
	return message + "; declare it under levels:"
}

func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

// groups reports whether path is held when any child is.
func (t tree) groups(path string) bool {
	level, declared := t.declared[path]
	return path == roles || path == zones || level.Group || t.open && !declared && !builtin(path)
}

// bearer is the nearest level above path that does more than group, or "".
func (t tree) bearer(path string) string {
	for path = parentOf(path); path != "" && t.groups(path); path = parentOf(path) {
	}
	return path
}

// needsPerson reports whether path lies inside Authenticated.
func needsPerson(path string) bool {
	return path == authenticated || strings.HasPrefix(path, authenticated+"/")
}

// known reports whether path may be asked for: declared or built in.
func (t tree) known(path string) bool {
	if _, ok := t.declared[path]; ok || t.open && !builtin(path) && wellFormed(path) {
		return true
	}
	switch path {
	case public, authenticated, roles, zones:
		return true
	}
	for _, parent := range []string{roles, zones} {
		if name, ok := strings.CutPrefix(path, parent+"/"); ok {
			return oneSegment(name)
		}
	}
	return false
}

func wellFormed(path string) bool {
	return len(path) <= maxPath && !slices.Contains(strings.Split(path, "/"), "")
}

func oneSegment(name string) bool { return name != "" && !strings.Contains(name, "/") }
