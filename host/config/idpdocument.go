// A provider's configuration as one JSON document, out of the file and into it.

package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

// IdPFormat is the format of an exported provider:
//
//	{"format": "doorward.idp/v1", "name": "corp", "provider": {…}, "omitted": ["client_secret"]}
//
// provider has the keys of providers.NAME as the file has them. Secrets that
// stand in the file itself are left out, and listed as omitted; names of files
// and environment variables stay.
const IdPFormat = "doorward.idp/v1"

// Export is the provider as a document of IdPFormat, indented.
func (e *Edit) Export() ([]byte, error) {
	n := e.node("")
	if n == nil || n.Kind != yamltree.Mapping {
		return nil, fmt.Errorf("%s has no provider %s", e.path, e.name)
	}
	omitted := []string{}
	n = n.Without(func(path []string) bool {
		secret := isInline(path)
		if secret {
			omitted = append(omitted, strings.Join(path, "."))
		}
		return secret
	})
	r := newReader(e.path, keys.Config, surroundings{})
	var provider, out bytes.Buffer
	if r.json(&provider, n, "providers."+e.name); len(r.faults) > 0 {
		return nil, r.faults.Sort()
	}
	name, _ := json.Marshal(e.name) // strings always can be
	rest, _ := json.Marshal(omitted)
	text := fmt.Appendf(nil, `{"format":%q,"name":%s,"provider":%s,"omitted":%s}`, IdPFormat, name, provider.Bytes(), rest)
	err := json.Indent(&out, text, "", "  ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

// isInline reports whether the key at path under a provider holds a secret
// itself.
func isInline(path []string) bool {
	row := rowOf(path)
	return row != nil && row.Kind == keys.Inline
}

// rowOf is the row of the key at path under a provider, whose names the table
// writes as stars.
func rowOf(path []string) *keys.Key {
	at := "providers.*"
	for _, name := range path {
		row := keys.Config.Find(at)
		switch {
		case name == "[]":
			at += "[]"
		case row != nil && row.Kind == keys.Names:
			at += ".*"
		default:
			at += "." + name
		}
	}
	return keys.Config.Find(at)
}

// IsIdPDocument reports whether raw says that it is of IdPFormat.
func IsIdPDocument(raw []byte) bool {
	var said struct {
		Format string `json:"format"`
	}
	return json.Unmarshal(raw, &said) == nil && said.Format == IdPFormat
}

// Import makes the provider what a document of IdPFormat says: keys that differ
// are written anew, those that the document does not have are removed. Secrets
// that stand in the file itself stay, unless the document names a file or an
// environment variable for them. A document that holds a secret is refused.
func (e *Edit) Import(raw []byte) error {
	root, err := yamltree.FromJSON(raw)
	if err != nil {
		return fmt.Errorf("the document is not read: %w", err)
	}
	provider := root.At("provider")
	switch format := root.At("format"); {
	case format == nil || format.Text != IdPFormat:
		return fmt.Errorf("the document's format is not %s", IdPFormat)
	case provider == nil || provider.Kind != yamltree.Mapping || len(provider.Pairs) == 0:
		return errors.New("the document has no provider")
	}
	for _, p := range root.Pairs {
		if !slices.Contains([]string{"format", "name", "provider", "omitted"}, p.Key.Text) {
			return errors.New("the document has a member that is not known; it is of a later version")
		}
	}
	var held []string
	provider.Without(func(path []string) bool {
		if isInline(path) {
			held = append(held, strings.Join(path, "."))
		}
		return false
	})
	if len(held) > 0 {
		return fmt.Errorf("the document holds a secret, %s: remove it, and name a file or an environment variable instead", strings.Join(held, ", "))
	}
	return e.become(provider)
}

// become makes the provider what n says, key by key.
func (e *Edit) become(n *yamltree.Node) error {
	old := e.node("")
	if old == nil || old.Kind != yamltree.Mapping || len(old.Pairs) == 0 {
		return e.set("", n)
	}
	for _, p := range old.Pairs {
		name := p.Key.Text
		if n.Get(name) != nil || isInline([]string{name}) && n.Get(name+"_file") == nil && n.Get(name+"_env") == nil {
			continue
		}
		if err := e.set(name, nil); err != nil {
			return err
		}
	}
	for _, p := range n.Pairs {
		value := p.Value
		if was := e.node(p.Key.Text); was != nil {
			value = keepSecrets(value, was, p.Key.Text)
		}
		if err := e.set(p.Key.Text, value); err != nil {
			return err
		}
	}
	return nil
}

// keepSecrets is n with the secrets that stand in was, a section of the file,
// and that n names no other place for.
func keepSecrets(n, was *yamltree.Node, path ...string) *yamltree.Node {
	if n.Kind != yamltree.Mapping || was.Kind != yamltree.Mapping {
		return n
	}
	out := *n
	out.Pairs = slices.Clone(n.Pairs)
	for i, p := range out.Pairs {
		if inner := was.Get(p.Key.Text); inner != nil {
			out.Pairs[i].Value = keepSecrets(p.Value, inner, append(slices.Clip(path), p.Key.Text)...)
		}
	}
	for _, p := range was.Pairs {
		name := p.Key.Text
		if isInline(append(slices.Clip(path), name)) && n.Get(name+"_file") == nil && n.Get(name+"_env") == nil {
			out.Pairs = append(out.Pairs, p)
		}
	}
	return &out
}
