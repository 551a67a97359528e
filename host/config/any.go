// YAML values that are handed on as JSON.

package config

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

const maxJSON = 64 << 10

// any sets out, a JSON, to n. Numbers keep the digits they are written with.
func (r *reader) any(n *yamltree.Node, row *keys.Key, at string, out reflect.Value) {
	if n == nil {
		return
	}
	var b bytes.Buffer
	before := len(r.faults)
	r.json(&b, n, at)
	if b.Len() > maxJSON {
		r.fault(n, at, "is larger than %d KiB as JSON; make it smaller", maxJSON>>10)
	}
	if len(r.faults) == before {
		out.SetBytes(b.Bytes())
	}
}

var (
	jsonNumber    = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	oddlyNumbered = "is a number that JSON does not know; write it in decimal, or in quotes when it is text"
)

func (r *reader) json(b *bytes.Buffer, n *yamltree.Node, at string) {
	switch n.Kind {
	case yamltree.Null:
		b.WriteString("null")
	case yamltree.Bool:
		b.WriteString(map[bool]string{true: "true", false: "false"}[n.Text == "true"])
	case yamltree.Int, yamltree.Float:
		if !jsonNumber.MatchString(n.Text) {
			r.fault(n, at, "%s", oddlyNumbered)
			return
		}
		b.WriteString(n.Text)
	case yamltree.String:
		if n.Plain() && jsonNumber.MatchString(n.Text) {
			b.WriteString(n.Text) // a number beyond 64 bits, or with an exponent
			return
		}
		text, _ := json.Marshal(n.Text) // a string always can be
		b.Write(text)
	case yamltree.Sequence:
		r.jsonList(b, n, at)
	case yamltree.Mapping:
		r.jsonObject(b, n, at)
	}
}

func (r *reader) jsonList(b *bytes.Buffer, n *yamltree.Node, at string) {
	b.WriteByte('[')
	for i, item := range n.Items {
		if i > 0 {
			b.WriteByte(',')
		}
		r.json(b, item, at)
	}
	b.WriteByte(']')
}

func (r *reader) jsonObject(b *bytes.Buffer, n *yamltree.Node, at string) {
	b.WriteByte('{')
	seen := map[string]int{}
	for i, p := range n.Pairs {
		if line, twice := seen[p.Key.Text]; twice {
			r.fault(p.Key, at, "has this key twice, first in line %d; remove one", line)
		}
		seen[p.Key.Text] = p.Key.Line
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(p.Key.Text) // a string always can be
		b.Write(name)
		b.WriteByte(':')
		r.json(b, p.Value, at)
	}
	b.WriteByte('}')
}
