// References: a source and a path in braces.

package attrs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What is wrong with a path or a reference. A *ReferenceError wraps one of the
// first three; Lookup's error wraps the last.
var (
	ErrPrefix    = errors.New("not a reference")
	ErrSource    = errors.New("unknown source")
	ErrPath      = errors.New("malformed path")
	ErrAmbiguous = errors.New("both the structure and the member of exactly that name are present")
)

// ReferenceError says what is wrong with the text of a path or a reference,
// where, and what to write instead.
type ReferenceError struct {
	Offset  int // in bytes from the beginning of the text
	Column  int // in characters, beginning with 1
	Problem string
	Hint    string
	Err     error // ErrPrefix, ErrSource or ErrPath
}

func (e *ReferenceError) Error() string {
	return fmt.Sprintf("column %d: %v: %s; %s", e.Column, e.Err, e.Problem, e.Hint)
}

func (e *ReferenceError) Unwrap() error { return e.Err }

func referenceError(text string, at int, err error, problem, hint string) error {
	at = min(max(at, 0), len(text))
	return &ReferenceError{
		Offset: at, Column: utf8.RuneCountInString(text[:at]) + 1,
		Problem: problem, Hint: hint, Err: err,
	}
}

// Reference names a value of a document. Multi asks for a list whatever is
// there.
type Reference struct {
	Multi  bool
	Source string
	Path   Path
}

const (
	prefixSingle = "{attribute-source:"
	prefixMulti  = "{multi-attribute-source:"
	prefixOlder  = "{idp-attributes:" // reads idTokenClaims
)

// ParseReference reads {attribute-source:SOURCE:PATH},
// {multi-attribute-source:SOURCE:PATH} or {idp-attributes:PATH}, and nothing
// around it. Its errors are *ReferenceError and wrap ErrPrefix, ErrSource or
// ErrPath.
func ParseReference(text string) (Reference, error) {
	ref, end, err := parseReference(text, 0)
	if err != nil {
		return Reference{}, err
	}
	if end < len(text) {
		return Reference{}, referenceError(text, end, ErrPrefix, "there is text after the reference", "leave it out")
	}
	return ref, nil
}

// String is the canonical text of r; ParseReference gives the same reference
// back. The older form is written as attribute-source:idTokenClaims.
func (r Reference) String() string {
	prefix := prefixSingle
	if r.Multi {
		prefix = prefixMulti
	}
	return prefix + r.Source + ":" + r.Path.String() + "}"
}

// parseReference reads the reference that begins at start and says where it
// ends.
func parseReference(text string, start int) (Reference, int, error) {
	rest := text[start:]
	var ref Reference
	at := start
	switch {
	case strings.HasPrefix(rest, prefixOlder):
		ref.Source = IDTokenClaims
		at += len(prefixOlder)
	case strings.HasPrefix(rest, prefixSingle):
		at += len(prefixSingle)
	case strings.HasPrefix(rest, prefixMulti):
		ref.Multi = true
		at += len(prefixMulti)
	default:
		return Reference{}, 0, referenceError(text, start, ErrPrefix,
			"it begins neither with "+prefixSingle+" nor with "+prefixMulti,
			"write {attribute-source:idTokenClaims:email}, for example")
	}
	if ref.Source == "" {
		name, err := parseSourceName(text, at)
		if err != nil {
			return Reference{}, 0, err
		}
		ref.Source = name
		at += len(name) + 1
	}
	p := pathParser{text: text, pos: at, ends: "}"}
	path, err := p.path()
	if err != nil {
		return Reference{}, 0, err
	}
	ref.Path = path
	if p.pos == len(text) {
		return Reference{}, 0, p.fail(p.pos, "the reference is not closed", "write } after the path")
	}
	if text[p.pos] != '}' {
		return Reference{}, 0, p.stray()
	}
	return ref, p.pos + 1, nil
}

func parseSourceName(text string, at int) (string, error) {
	name := text[at:]
	if i := strings.IndexAny(name, ":}"); i >= 0 {
		name = name[:i]
	}
	end := at + len(name)
	if !KnownSource(name) {
		hint := "write one of " + strings.Join(sourceNames, ", ")
		if near := nearestSource(name); near != "" {
			hint = "write " + near
		}
		return "", referenceError(text, at, ErrSource, fmt.Sprintf("there is no source %.64q", name), hint)
	}
	if end == len(text) || text[end] == '}' {
		return "", referenceError(text, end, ErrPath, "the path is missing", "write "+prefixSingle+name+":PATH}")
	}
	return name, nil
}

var sourceNames = []string{IDTokenClaims, TokenEndpointResponse, UserInfo, AuthnResponse, ClaimSources}

// KnownSource reports whether a login can have a source called name.
func KnownSource(name string) bool { return slices.Contains(sourceNames, name) }

// nearestSource is the source that name means when case, hyphens and
// underscores do not count, or "".
func nearestSource(name string) string {
	strip := strings.NewReplacer("-", "", "_", "")
	for _, known := range sourceNames {
		if strings.EqualFold(strip.Replace(name), known) {
			return known
		}
	}
	return ""
}
