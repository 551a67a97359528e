// What the table says about a key.

package keys

import (
	"slices"
	"strings"
	"time"
)

// Kind is what a key takes.
type Kind string

// The kinds of value.
const (
	Section  Kind = "section"  // a mapping of fixed keys
	Names    Kind = "names"    // a mapping whose keys are names
	List     Kind = "list"     // of Item
	Text     Kind = "text"     // not empty, at most 2048 bytes
	Flag     Kind = "flag"     // true or false
	Count    Kind = "count"    // a whole number
	Duration Kind = "duration" // 90s, 5m, 12h
	Size     Kind = "size"     // 64KiB
	Choice   Kind = "choice"   // one of Values
	URL      Kind = "url"      // https, or http on loopback
	Redirect Kind = "redirect" // a URL, or a native application's own scheme (RFC 8252, section 7.1)
	Origin   Kind = "origin"   // a URL's scheme, host and port
	Route    Kind = "route"    // a URL's path
	Address  Kind = "address"  // host:port
	Network  Kind = "network"  // an IP address or a network
	File     Kind = "file"     // relative to the folder of the configuration file
	Env      Kind = "env"      // the name of an environment variable
	Inline   Kind = "inline"   // a secret written into the file
	Level    Kind = "level"    // a security level's path
	Match    Kind = "match"    // text of Pattern
	Any      Kind = "any"      // any JSON value
)

// Key is one row of the table.
type Key struct {
	Path     string // dotted; * stands for a name, [] for an item of a list
	Kind     Kind
	Item     Kind     // of a List
	Values   []string // of a Choice, or of a List of them
	Pattern  string   // of a Match, or of the names of Names
	What     string   // what Pattern or the name is, for faults: "a provider's name"
	Min, Max int64    // of a Count, Duration (nanoseconds) or Size (bytes); of a List, how many items
	Default  string   // as YAML; "" for none
	Implied  string   // the default in words, where it depends on other keys
	Required bool     // within its section
	One      bool     // of a Section: exactly one of its keys
	Only     types    // the types of provider that take it; none for every one
	Doc      string   // one to three sentences
	Example  string   // YAML of the value
}

// types are types of provider.
type types []string

// Takes reports whether a provider of type kind takes the key.
func (k Key) Takes(kind string) bool { return len(k.Only) == 0 || slices.Contains(k.Only, kind) }

// Name is the last part of k's path.
func (k Key) Name() string {
	return k.Path[strings.LastIndexByte(k.Path, '.')+1:]
}

// Table is a list of rows; every section's row stands before its keys.
type Table []Key

// Find is the row of path, or nil.
func (t Table) Find(path string) *Key {
	for i := range t {
		if t[i].Path == path {
			return &t[i]
		}
	}
	return nil
}

// Under lists the rows directly under the section at path ("" for the top).
func (t Table) Under(path string) []*Key {
	prefix := path
	if path != "" {
		prefix += "."
	}
	var out []*Key
	for i := range t {
		rest, ok := strings.CutPrefix(t[i].Path, prefix)
		if ok && rest != "" && !strings.ContainsAny(rest, ".[") && rest != "*" {
			out = append(out, &t[i])
		}
	}
	return out
}

// Sample is the example of row, or one made of the first of its keys that has
// one.
func (t Table) Sample(row *Key) string {
	if row.Example != "" {
		return row.Example
	}
	for _, k := range t.Under(row.Path) {
		if k.Example != "" {
			return "{" + k.Name() + ": " + k.Example + "}"
		}
	}
	return "{}"
}

// The patterns of names.
const (
	namePattern     = `^[a-z0-9][a-z0-9_-]{0,63}$`
	zonePattern     = `^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`
	clientPattern   = `^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`
	segmentPattern  = `[^/\x00-\x20\x7f]([^/\x00-\x1f\x7f]{0,62}[^/\x00-\x20\x7f])?`
	LevelPattern    = `^` + segmentPattern + `(/` + segmentPattern + `){0,7}$`
	DurationPattern = `^([0-9]+(ms|s|m|h))+$`
	SizePattern     = `^[0-9]+(B|KiB|MiB|GiB)$`
	scopePattern    = `^[\x21\x23-\x5b\x5d-\x7e]{1,255}$` // RFC 6749, appendix A.4
	EnvPattern      = `^[A-Za-z_][A-Za-z0-9_]{0,127}$`
)

const (
	second = int64(time.Second)
	minute = int64(time.Minute)
	hour   = int64(time.Hour)
	day    = 24 * hour
	kib    = int64(1) << 10
	mib    = int64(1) << 20
)
