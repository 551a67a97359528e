// The policies in use, and what they are with a typed-in file among them.

package console

import (
	"maps"
	"path"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Policies is the policies in use at one moment.
type Policies struct {
	Source  Source
	From    string // the folder, or the bundle's address
	Bundle  string // its revision
	Since   time.Time
	Refused string // why the last attempt to change them was; empty when it was not

	RequireTests bool
	GrantTokens  bool
	Deadline     time.Duration     // of one decision
	Files        map[string]string // name to text, as they were compiled, tests included
	Grants       []Grant
}

// Source is what kind of place policies come from.
type Source string

// The sources.
const (
	SourceDefault Source = "default"
	SourceFolder  Source = "folder"
	SourceBundle  Source = "bundle"
)

// Grant is a configured grant, and when its person last signed in; zero for
// never.
type Grant struct {
	Person  login.Person
	Levels  []string
	Matched time.Time
}

// With is the files with text in the place of the one called name, or beside
// them, and what that is called among them. It is nil for the default policy as
// it ships.
func (p Policies) With(name, text string) (as string, files map[string]string) {
	before, known := p.Files[name]
	switch {
	case !known:
		name = newFile
	case p.Source == SourceDefault && before == text:
		return name, nil
	}
	if p.Source != SourceDefault {
		files = maps.Clone(p.Files)
		files[name] = text
		return name, files
	}
	files = map[string]string{}
	if known {
		name = path.Base(strings.TrimPrefix(name, "doorward:"))
	} else {
		for other, text := range p.Files {
			files[path.Base(strings.TrimPrefix(other, "doorward:"))] = text
		}
	}
	files[name] = text
	return name, files
}
