//go:build !wasip1

// The document on which guests are warmed up. Guests do not carry it.

package abi

import (
	"bytes"
	_ "embed"
	"fmt"
)

//go:embed testdata/warmup.json
var warmUp []byte

// WarmUp is the published warm-up document: an object with sources, user and
// login as in an input, the sources being all that there are.
func WarmUp() Raw { return append(Raw(nil), warmUp...) }

// warmGroups is how many groups are added to those of each source.
const warmGroups = 200

// WarmUpInput is the input of the warm-up call of a plugin that is granted the
// named sources: those of the warm-up document, its user and login, and
// config.
//
// It is grown to size bytes, so that a guest has the memory that a large login
// takes. If the input then has at most size bytes, 200 strings are added to
// the member "groups" of each source that has one: "padding 00000001" and so
// on. The rest is a last member "padding" of the first source: a list of the
// same strings, the last of them followed by as many letters x as are missing.
// An input that is larger than size without it has none.
func WarmUpInput(sources []string, config Raw, size int) []byte {
	in := Input{Config: config}
	for _, source := range sources {
		if value, ok := WarmUp().Get("/sources/" + source); ok {
			in.Sources = append(in.Sources, Member{Name: source, Value: value})
		}
	}
	in.User, _ = WarmUp().Get("/user")
	in.Login.IdP, _ = warmText("/login/idp")
	in.Login.Protocol, _ = warmText("/login/protocol")
	at, _ := WarmUp().Get("/login/time")
	in.Login.Time, _ = at.Int()
	input := AppendInput(nil, in)
	if len(in.Sources) == 0 {
		return input
	}
	more := in
	more.Sources = nil
	for _, source := range in.Sources {
		more.Sources = append(more.Sources, Member{Name: source.Name, Value: withGroups(source.Value)})
	}
	if grown := AppendInput(nil, more); len(grown) <= size {
		in, input = more, grown
	}
	first := &in.Sources[0]
	first.Value = padded(first.Value, size-len(input))
	return AppendInput(make([]byte, 0, max(size, len(input))), in)
}

// withGroups is a source of the document with more groups, when it has some.
func withGroups(source Raw) Raw {
	groups, ok := source.Get("/groups")
	at := bytes.Index(source, groups) + len(groups) - 1 // the bracket
	if !ok {
		return source
	}
	out := append(Raw(nil), source[:at]...)
	for n := 1; n <= warmGroups; n++ {
		out = fmt.Appendf(out, `,"padding %08d"`, n)
	}
	return append(out, source[at:]...)
}

func warmText(pointer string) (string, bool) {
	value, _ := WarmUp().Get(pointer)
	return value.Text()
}

// padded is an object of at least one member with another one, by which it is
// longer by exactly by bytes; it is the object itself when by is too small.
func padded(object Raw, by int) Raw {
	const (
		begin   = `,"padding":["padding 00000001`
		element = len(`","padding 00000001`)
		end     = `"]}`
	)
	rest := by - len(begin) - len(end) + 1 // the object's own brace moves
	if rest < 0 {
		return object
	}
	out := make(Raw, 0, len(object)+by)
	out = append(append(out, object[:len(object)-1]...), begin...)
	for n := 2; rest >= element; n++ {
		out = fmt.Appendf(out, `","padding %08d`, n%100_000_000)
		rest -= element
	}
	for ; rest > 0; rest-- {
		out = append(out, 'x')
	}
	return append(out, end...)
}
