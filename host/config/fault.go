// What is wrong with a file, and where.

package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Fault is one thing that is wrong, at one place. Its texts never hold a
// secret.
type Fault struct {
	File         string // as it was named to Load or Parse
	Line, Column int    // from 1, columns in characters; 0 when the file could not be read
	Key          string // the key's path, such as providers.corp.skew; may be empty
	Message      string // what is wrong, and what to write instead
}

// Error is file:line:column: key: message.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	if f.Key != "" {
		b.WriteString(": " + f.Key)
	}
	return b.String() + ": " + f.Message
}

// Faults is every fault of a configuration, sorted by place.
type Faults []Fault

// Error is one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Under reports whether a fault stands at key, or at a key beneath it.
func (f Faults) Under(key string) bool {
	return slices.ContainsFunc(f, func(fault Fault) bool { return beneath(fault.Key, key) })
}

func beneath(path, key string) bool {
	rest, ok := strings.CutPrefix(path, key)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// Sort orders the faults by file and place and drops repetitions.
func (f Faults) Sort() Faults {
	out := slices.Clone(f)
	slices.SortStableFunc(out, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), strings.Compare(a.Key, b.Key))
	})
	return slices.Compact(out)
}

// Position is a place in the configuration file; both count from 1.
type Position struct{ Line, Column int }

// Position is where the value of the key at path begins. A key that the file
// does not hold has the place of the nearest key above it that it does.
func (c *Config) Position(path string) Position {
	line, column := c.places.find(path, 0)
	return Position{line, column}
}

// FaultAt is a fault at the key at path, such as providers.corp.mappers[2].
// A character above 0 points at that character of the key's text, counted from
// 1, as expression errors do.
func (c *Config) FaultAt(path string, character int, format string, args ...any) Fault {
	line, column := c.places.find(path, character)
	return Fault{File: c.file, Line: line, Column: column, Key: path, Message: fmt.Sprintf(format, args...)}
}

// FaultInText is FaultAt for an error that counts the lines of the key's text
// too; both count from 1.
func (c *Config) FaultInText(path string, line, column int, format string, args ...any) Fault {
	character := column
	if at, ok := c.places[path]; ok && line > 1 {
		lines := strings.SplitAfter(at.value.Text, "\n")
		for _, l := range lines[:min(line-1, len(lines))] {
			character += utf8.RuneCountInString(l)
		}
	}
	return c.FaultAt(path, character, format, args...)
}

func (p places) find(path string, character int) (line, column int) {
	for {
		if at, ok := p[path]; ok {
			return at.value.Place(character)
		}
		if path == "" {
			return 1, 1
		}
		path, character = parent(path), 0
	}
}

// parent is the path without its last part.
func parent(path string) string {
	if strings.HasSuffix(path, "]") {
		if i := strings.LastIndex(path, `["`); i >= 0 && strings.HasSuffix(path, `"]`) {
			return path[:i]
		}
		return path[:max(strings.LastIndexByte(path, '['), 0)]
	}
	return path[:max(strings.LastIndexByte(path, '.'), 0)]
}

// Has reports whether the file holds the key at path.
func (c *Config) Has(path string) bool {
	_, ok := c.places[path]
	return ok
}
