// Faults of the level tree, and of what refers to levels.

package config

import (
	"strings"
)

// builtin reports whether path is a level that the host itself grants.
func builtinLevel(path string) bool {
	switch path {
	case "Public", "Authenticated", "Authenticated/Roles", "SecurityZones":
		return true
	}
	return strings.HasPrefix(path, "Authenticated/Roles/") || strings.HasPrefix(path, "SecurityZones/") || strings.HasPrefix(path, "Public/")
}

func (r *reader) checkLevels(c *Config) {
	asked := map[string]string{} // which level has the acr value
	for _, path := range sorted(c.Levels) {
		r.checkLevel(c, path)
		r.checkACRValues(c, path, asked)
	}
	for i, g := range c.Grants {
		r.checkGrant(c, g, "grants"+index(i))
	}
}

func (r *reader) checkLevel(c *Config, path string) {
	at := join("levels", path)
	key := r.places[at].key
	above, _, nested := cutLast(path)
	_, declared := c.Levels[above]
	switch {
	case strings.HasPrefix(path, "Public/"):
		r.fault(key, at, "Public is part of no path; write %s", strings.TrimPrefix(path, "Public/"))
	case above == "Authenticated/Roles":
		r.checkDescribed(c, path, at)
	case above == "SecurityZones":
		r.checkKnownLevel(c, path, at)
		r.checkDescribed(c, path, at)
	case builtinLevel(path):
		r.fault(key, at, "this level is built in and cannot be declared; remove it, or write another path")
	case nested && !declared && above != "Authenticated":
		r.fault(key, at, "its parent %s is not declared; declare it, with group: true when it only groups", quoted(above))
	}
	if l := c.Levels[path]; l.Group && !builtinLevel(path) {
		if l.StepUp {
			r.faultAt(at+".step_up", "a level that only groups is not reached by itself; remove step_up or group")
		}
		if !r.hasChild(c, path) {
			r.warnAt(at, "the level groups nothing, so nobody ever holds it; declare a level under it or remove it")
		}
	}
}

// checkACRValues holds each acr value to one level, so that a challenge that
// names it asks for one. asked collects whose each is.
func (r *reader) checkACRValues(c *Config, path string, asked map[string]string) {
	at := join("levels", path) + ".acr_values"
	if len(c.Levels[path].ACRValues) > 0 && !c.Levels[path].StepUp {
		r.faultAt(at, "is asked of the provider in a step-up, which this level has none of; add step_up: true")
	}
	for i, value := range c.Levels[path].ACRValues {
		if other, taken := asked[value]; taken && other != path {
			r.faultAt(at+index(i), "the level %s has this acr value too; a challenge that names it must mean one level", other)
		}
		if _, isLevel := c.Levels[value]; isLevel && value != path {
			r.faultAt(at+index(i), "is another level's path, which a challenge may name; write the provider's own value")
		}
		asked[value] = path
	}
}

// checkDescribed holds a role's or zone's level to a description.
func (r *reader) checkDescribed(c *Config, path, at string) {
	if c.Levels[path].Group {
		r.faultAt(at+".group", "the host itself grants this level; remove group")
	}
}

func (r *reader) hasChild(c *Config, path string) bool {
	for other := range c.Levels {
		if strings.HasPrefix(other, path+"/") {
			return true
		}
	}
	return false
}

func cutLast(path string) (above, name string, nested bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

func (r *reader) checkGrant(c *Config, g Grant, at string) {
	if _, ok := c.Providers[g.IdP]; !ok && g.IdP != "" {
		r.faultAt(at+".idp", "%s", meant("the provider "+quoted(g.IdP)+" is not declared under providers", g.IdP, c.ProviderOrder, "write one that is"))
	}
	for i, path := range g.Levels {
		where := at + ".levels" + index(i)
		switch l, declared := c.Levels[path]; {
		case path == "":
		case builtinLevel(path):
			r.faultAt(where, "this level is built in and cannot be granted; write a level of your own")
		case !declared:
			r.faultAt(where, "%s", meant("the level "+quoted(path)+" is not declared under levels", path, sorted(c.Levels), "declare it"))
		case l.Group:
			r.faultAt(where, "this level only groups and cannot be granted; write a level under it")
		}
	}
}

// checkKnownLevel refuses a level that nobody can ever hold.
func (r *reader) checkKnownLevel(c *Config, path, at string) {
	if path == "" {
		return
	}
	if path == "SecurityZones" && len(c.Zones) == 0 && !r.has("zones") {
		r.faultAt(at, "no zone is declared under zones, so nobody holds this level; declare one")
		return
	}
	if zone, ok := strings.CutPrefix(path, "SecurityZones/"); ok {
		if _, known := c.Zones[zone]; !known {
			r.faultAt(at, "%s", meant("the zone "+quoted(zone)+" is not declared under zones", zone, sorted(c.Zones), "declare it"))
		}
		return
	}
	if role, ok := strings.CutPrefix(path, "Authenticated/Roles/"); ok && strings.Contains(role, "/") {
		r.faultAt(at, "a role's level has one name after Authenticated/Roles; remove the further ones")
		return
	}
	if _, declared := c.Levels[path]; declared || builtinLevel(path) && !strings.HasPrefix(path, "Public/") {
		return
	}
	known := append(sorted(c.Levels), "Public", "Authenticated", "Authenticated/Roles", "SecurityZones")
	r.faultAt(at, "%s", meant("the level "+quoted(path)+" is not declared under levels", path, known, "declare it"))
}
