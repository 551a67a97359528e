// Editing a provider in place, for doorward idp import.

package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

// Edit is one provider of a configuration file that is being changed. What is
// changed is the file's text: its comments, its order and all its other keys
// stay. It is not safe for concurrent use.
type Edit struct {
	path, name    string
	before, after []byte
	changes       []string
}

// OpenEdit reads the configuration file at path to change the provider called
// name, which need not be there.
func OpenEdit(path, name string) (*Edit, error) {
	if !newReader(path, keys.Config, surroundings{}).matches(keys.Config.Find("providers").Pattern, name) {
		return nil, fmt.Errorf("%q is not a provider's name: write lower-case letters, digits, - and _", name)
	}
	text, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read, %s", path, reason(err))
	}
	if root, faults := yamltree.Parse(text); root == nil || len(faults) > 0 {
		return nil, broken(path, faults)
	}
	return &Edit{path: path, name: name, before: text, after: text}, nil
}

func broken(path string, faults []yamltree.Fault) error {
	r := newReader(path, keys.Config, surroundings{})
	r.broken(faults)
	return r.faults.Sort()
}

// Before and After are the file's text.
func (e *Edit) Before() []byte { return e.before }

// After is the file's text with the changes.
func (e *Edit) After() []byte { return e.after }

// Changes says what was changed, a line for each key.
func (e *Edit) Changes() []string { return e.changes }

// node is the value at the dotted key under the provider, or nil; the provider
// itself for no key.
func (e *Edit) node(key string) *yamltree.Node {
	root, _ := yamltree.Parse(e.after)
	return root.At(e.at(key)...)
}

func (e *Edit) at(key string) []string {
	at := []string{"providers", e.name}
	if key != "" {
		at = append(at, strings.Split(key, ".")...)
	}
	return at
}

// Has reports whether the file has the key under the provider; "" is the
// provider itself.
func (e *Edit) Has(key string) bool { return e.node(key) != nil }

// Text is the key's text under the provider, empty when it is not there or no
// text.
func (e *Edit) Text(key string) string {
	if n := e.node(key); n != nil && n.Kind == yamltree.String {
		return n.Text
	}
	return ""
}

// Set writes a text, or a list of texts, to the dotted key under the provider.
// A value that is there already is no change.
func (e *Edit) Set(key string, values ...string) error {
	row := keys.Config.Find("providers.*." + key)
	if row == nil {
		return fmt.Errorf("there is no key %s", key)
	}
	n := &yamltree.Node{Kind: yamltree.Sequence}
	for _, v := range values {
		n.Items = append(n.Items, &yamltree.Node{Kind: yamltree.String, Text: v})
	}
	if row.Kind != keys.List {
		n = n.Items[0]
	}
	return e.set(key, n)
}

func (e *Edit) set(key string, value *yamltree.Node) error {
	old, what := e.node(key), strings.Join(e.at(key), ".")
	switch {
	case old != nil && value != nil && yamltree.Same(old, value), old == nil && value == nil:
		return nil
	case value == nil:
		e.changes = append(e.changes, "- "+what)
	case old == nil:
		e.changes = append(e.changes, "+ "+what+shown(value))
	default:
		e.changes = append(e.changes, "~ "+what+shown(value))
	}
	after, err := yamltree.Set(e.after, e.at(key), value)
	if err != nil {
		return fmt.Errorf("%s: %w", e.path, err)
	}
	e.after = after
	return nil
}

// shown is a value that is short enough for a line.
func shown(n *yamltree.Node) string {
	switch {
	case n.Kind == yamltree.String && !strings.ContainsAny(n.Text, "\n\r"):
		return ": " + n.Text
	case n.Kind == yamltree.Sequence && !slices.ContainsFunc(n.Items, func(i *yamltree.Node) bool { return i.Kind != yamltree.String }):
		var items []string
		for _, item := range n.Items {
			items = append(items, item.Text)
		}
		return ": [" + strings.Join(items, ", ") + "]"
	}
	return ""
}

// Check reads the changed text as Load does and returns what is wrong with it
// that was not wrong before, and new warnings. Files and environment variables
// of secrets that are not there yet are among the warnings: they may be on the
// machine that the file is for.
func (e *Edit) Check() (warnings Faults, err error) {
	known := map[string]bool{}
	for _, f := range e.faultsOf(e.before) {
		known[f.Key+f.Message] = true
	}
	var faults Faults
	for _, f := range e.faultsOf(e.after) {
		switch {
		case known[f.Key+f.Message]:
		case f.warning, strings.HasSuffix(f.Key, "_file"), strings.HasSuffix(f.Key, "_env"):
			warnings = append(warnings, f.Fault)
		default:
			faults = append(faults, f.Fault)
		}
	}
	if len(faults) > 0 {
		return warnings, faults
	}
	return warnings, nil
}

type found struct {
	Fault
	warning bool
}

func (e *Edit) faultsOf(text []byte) (all []found) {
	c, err := parse(e.path, text, surroundings{env: os.LookupEnv, read: readFile, mode: fileMode})
	var faults Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			all = append(all, found{f, false})
		}
	}
	if c != nil {
		for _, f := range c.Warnings {
			all = append(all, found{f, true})
		}
	}
	return all
}

// Write replaces the file by the changed one in one step, with the mode it has.
// A file that somebody else has changed meanwhile is left as it is, with an
// error.
func (e *Edit) Write() error {
	path, err := filepath.EvalSymlinks(e.path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if now, err := readFile(path); err != nil || string(now) != string(e.before) {
		return fmt.Errorf("%s was changed meanwhile; run the command again", e.path)
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // it is gone once it was renamed
	_, err = part.Write(e.after)
	if err = errors.Join(err, part.Chmod(info.Mode().Perm()), part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}
