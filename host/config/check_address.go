// Faults of where applications are: addresses that two of them have, and
// entries that nothing reaches.

package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// HandOverPath is what the host answers on every origin.
const HandOverPath = "/.doorward"

// HostPaths are what the host answers on public_url's own origin besides, each
// with everything under it. The page at / is the host's only there, too.
var HostPaths = []string{
	"/login", "/callback", "/session", "/logout", "/auth", "/idp", "/console", "/saml", "/client", "/device",
	"/backchannel-logout", "/.well-known", "/assets", "/doorward.js",
}

// entry is one path of an application at one of its origins.
type entry struct{ app, key string }

// checkAddresses looks at every origin of every application with every path.
func (r *reader) checkAddresses(c *Config) {
	taken := map[string]entry{} // by origin and path
	names := r.inOrder("applications", sorted(c.Applications))
	for _, name := range names {
		a, at := c.Applications[name], join("applications", name)
		r.checkRepeated(a, at)
		r.checkReserved(c.PublicURL, a, at)
		r.checkOverlaps(a, name, at, taken)
	}
	r.checkForced(c, names)
	for _, name := range names {
		r.checkCovered(c.Applications[name], name, join("applications", name), taken)
	}
}

// checkRepeated refuses an origin that stands in the list in two ways.
func (r *reader) checkRepeated(a Application, at string) {
	for i, origin := range a.Origins {
		if first := slices.Index(a.Origins, origin); origin != "" && first < i {
			r.faultAt(at+".origins"+index(i), "is the same origin as origins%s; remove one", index(first))
		}
	}
}

// checkReserved refuses paths that the host itself answers.
func (r *reader) checkReserved(public string, a Application, at string) {
	onPublic := public != "" && slices.Contains(a.Origins, public)
	if onPublic {
		r.warnAt(at+".origins"+index(slices.Index(a.Origins, public)), "the application shares public_url's origin, so that its scripts can act as their person in the console and on the host's pages; give it an origin of its own")
	}
	for j, path := range a.Paths {
		key := at + ".paths" + index(j)
		if covers(HandOverPath, path) {
			r.faultAt(key, "the host itself answers %s on every origin, and the application is never reached there; write another path", HandOverPath)
			continue
		}
		for _, own := range HostPaths {
			if onPublic && covers(own, path) {
				r.faultAt(key, "the host itself answers %s on public_url's origin, and the application is never reached there; write another path, or give the application an origin of its own", own)
			}
		}
	}
}

// checkOverlaps refuses addresses that an application before this one has: one
// fault for each two applications.
func (r *reader) checkOverlaps(a Application, name, at string, taken map[string]entry) {
	shared := map[string]int{}
	for i, origin := range a.Origins {
		for j, path := range a.Paths {
			if origin == "" || path == "" {
				continue
			}
			here := entry{name, at + ".origins" + index(i)}
			if r.has(at + ".paths") {
				here.key = at + ".paths" + index(j)
			}
			other, clash := taken[origin+path]
			switch {
			case !clash:
				taken[origin+path] = here
			case other.app != name:
				if shared[other.app]++; shared[other.app] == 1 {
					r.faultAt(here.key, "%s is an address of the application %s too, at %s; write other origins or paths", origin+path, other.app, r.place(other.key))
				}
			}
		}
	}
}

// checkForced holds the applications of one origin to one force_auth: a browser
// keeps one session cookie for all of them.
func (r *reader) checkForced(c *Config, names []string) {
	first := map[string]string{} // by origin
	for _, name := range names {
		for i, origin := range c.Applications[name].Origins {
			other, shared := first[origin]
			if !shared || origin == "" {
				first[origin] = name
			} else if other != name && c.Applications[other].ForceAuth != c.Applications[name].ForceAuth {
				r.faultAt(join("applications", name)+".origins"+index(i), "the application %s is on this origin too and has another force_auth, and a browser keeps one session for both; write the same force_auth for both", other)
			}
		}
	}
}

// checkCovered remarks on a path that changes nothing, because what would be
// matched without it is the same application.
func (r *reader) checkCovered(a Application, name, at string, taken map[string]entry) {
	for j, path := range a.Paths {
		cover := ""
		for i, origin := range a.Origins {
			above := nearestAbove(origin, path, taken)
			if taken[origin+above].app != name {
				cover = ""
				break
			}
			if i == 0 || len(above) > len(cover) {
				cover = above
			}
		}
		if cover != "" {
			r.warnAt(at+".paths"+index(j), "changes nothing, because %s of the same application holds it; remove it", cover)
		}
	}
}

// nearestAbove is the longest path above path that an application has at
// origin, or "".
func nearestAbove(origin, path string, taken map[string]entry) string {
	for path != "/" && path != "" {
		path = path[:strings.LastIndexByte(path, '/')]
		if _, ok := taken[origin+cmp.Or(path, "/")]; ok {
			return cmp.Or(path, "/")
		}
	}
	return ""
}

// covers reports whether path is prefix or lies under it.
func covers(prefix, path string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// inOrder sorts the names of a section by where they stand in the file.
func (r *reader) inOrder(section string, names []string) []string {
	slices.SortStableFunc(names, func(a, b string) int {
		x, y := r.places[join(section, a)].key, r.places[join(section, b)].key
		if x == nil || y == nil {
			return 0
		}
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return names
}

// place is the key's file:line:column.
func (r *reader) place(key string) string {
	line, column := r.places.find(key, 0)
	return fmt.Sprintf("%s:%d:%d", r.file, line, column)
}
