// The document: a set of sources, each kept as text and as values.

package attrs

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Names of the sources.
const (
	IDTokenClaims         = "idTokenClaims"
	TokenEndpointResponse = "tokenEndpointResponse"
	UserInfo              = "userInfo"
	AuthnResponse         = "authnResponse"
	ClaimSources          = "claimSources" // aggregated and distributed claims, by claim name
)

// Bounds of a document.
const (
	MaxSourceBytes = 1 << 20 // of one source's JSON text
	MaxDepth       = 64      // of one source; the source's own object is level 1
	MaxSources     = 16
)

// Document is an immutable set of named sources, each one JSON object. The
// zero Document is empty. It is safe for concurrent use.
type Document struct{ sources map[string]source }

type source struct {
	text  string         // as received
	value map[string]any // numbers as json.Number
}

// With returns a copy of d that also has the source called name, parsed
// strictly from raw: one JSON object of at most 1 MiB and 64 levels, valid
// UTF-8, no member twice at any depth (names compared after unescaping), no
// lone surrogate escape, nothing behind it. It replaces an earlier source of
// that name. Numbers keep their digits. raw is copied.
//
// Every error is a *DocumentError that wraps ErrTooLarge, ErrTooDeep,
// ErrDuplicateMember, ErrInvalidUTF8, ErrLoneSurrogate, ErrNotObject,
// ErrTrailingData, ErrSyntax, ErrSourceName or ErrTooManySources.
//
// See RFC 8259 and, for the refusals, RFC 7493 (I-JSON).
func (d Document) With(name string, raw []byte) (Document, error) {
	if !validSourceName(name) {
		return Document{}, &DocumentError{Source: name, Err: ErrSourceName}
	}
	parsed, err := parseSource(name, raw)
	if err != nil {
		return Document{}, err
	}
	sources := make(map[string]source, len(d.sources)+1)
	maps.Copy(sources, d.sources)
	sources[name] = parsed
	if len(sources) > MaxSources {
		return Document{}, &DocumentError{Source: name, Err: ErrTooManySources}
	}
	return Document{sources: sources}, nil
}

// Names lists the sources, sorted.
func (d Document) Names() []string {
	return slices.Sorted(maps.Keys(d.sources))
}

// Size is how many bytes the texts of the sources have together.
func (d Document) Size() (bytes int) {
	for _, s := range d.sources {
		bytes += len(s.text)
	}
	return bytes
}

// Raw is a copy of the source's JSON text as received.
func (d Document) Raw(name string) (json.RawMessage, bool) {
	s, ok := d.sources[name]
	if !ok {
		return nil, false
	}
	return json.RawMessage(s.text), true
}

// Object is the source decoded, with numbers as json.Number. It is shared:
// callers must not change it.
func (d Document) Object(name string) (map[string]any, bool) {
	s, ok := d.sources[name]
	return s.value, ok
}

// Only returns the document with just the named sources; names that d does not
// have are skipped.
func (d Document) Only(names ...string) Document {
	sources := make(map[string]source, len(names))
	for _, name := range names {
		if s, ok := d.sources[name]; ok {
			sources[name] = s
		}
	}
	return Document{sources: sources}
}

// MarshalJSON writes the sources as one JSON object, by name, each with the
// text it was received with. (json.Marshal goes on to drop the space between
// its tokens and to escape <, > and &; values and digits stay.)
func (d Document) MarshalJSON() ([]byte, error) {
	size := 2
	for name, s := range d.sources {
		size += len(name) + len(s.text) + 4
	}
	out := bytes.NewBuffer(make([]byte, 0, size))
	out.WriteByte('{')
	for i, name := range d.Names() {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(strconv.Quote(name)) // names need no JSON escape
		out.WriteByte(':')
		out.WriteString(d.sources[name].text)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, as strictly as With does. It
// leaves d as it was when it fails. Its errors are those of With; offsets
// count from the beginning of raw.
func (d *Document) UnmarshalJSON(raw []byte) error {
	sources, err := parseSources(raw)
	if err != nil {
		return err
	}
	d.sources = sources
	return nil
}

func validSourceName(name string) bool {
	if name == "" || len(name) > 64 || !isLetter(name[0]) {
		return false
	}
	for i := range len(name) {
		if !isPlain(name[i]) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isPlain reports whether a member's name may hold c without being bracketed.
func isPlain(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' || c == '-' }
