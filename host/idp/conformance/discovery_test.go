package conformance_test

// What discovery says: where the relying party learns everything from.

import (
	"net/http"
	"testing"
)

// metadata is the provider's own.
type metadata struct {
	testing.TB
	members map[string]any
}

// discover reads the provider's metadata.
func (op *provider) discover() metadata {
	op.Helper()
	r := op.get(op.issuer + "/.well-known/openid-configuration")
	if r.StatusCode != http.StatusOK {
		op.Fatalf("discovery: %d %s", r.StatusCode, r.body)
	}
	return metadata{op, r.object(op)}
}

// text is a member that must be there and a string.
func (m metadata) text(name string) string {
	m.Helper()
	s, is := m.members[name].(string)
	if !is || s == "" {
		m.Fatalf("discovery has no %s", name)
	}
	return s
}

// list is a member that is a list of strings without repetition, or nil.
func (m metadata) list(name string) []string {
	m.Helper()
	raw, there := m.members[name]
	if !there {
		return nil
	}
	items, is := raw.([]any)
	if !is || len(items) == 0 {
		m.Errorf("discovery's %s is no list with something in it", name)
	}
	var out []string
	seen := map[string]bool{}
	for _, item := range items {
		s, is := item.(string)
		if !is || s == "" || seen[s] {
			m.Errorf("discovery's %s has %v, which is no string or there twice", name, item)
		}
		seen[s], out = true, append(out, s)
	}
	return out
}

// flag is a member that is a boolean; absent, it is byDefault.
func (m metadata) flag(name string, byDefault bool) bool {
	m.Helper()
	raw, there := m.members[name]
	if !there {
		return byDefault
	}
	b, is := raw.(bool)
	if !is {
		m.Errorf("discovery's %s is %v, not a boolean", name, raw)
	}
	return b
}
