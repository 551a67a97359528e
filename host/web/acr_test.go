package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
)

func levelTree() map[string]policy.Level {
	return map[string]policy.Level{
		"A":                      {StepUp: true, ACRValues: []string{"urn:a", "urn:b"}},
		"A/Fresh":                {StepUp: true},
		"Plain":                  {ACRValues: []string{"urn:plain"}},
		`Say "hi" \ ü, 50%`:      {StepUp: true},
		"Near/urn:a":             {StepUp: true},
		strings.Repeat("x", 600): {StepUp: true},
	}
}

// A challenge can be quoted, read back, and is one value.
func TestContextsOfLevels(t *testing.T) {
	tree := levelTree()
	known := contexts(tree)
	for level, declared := range tree {
		name := contextOf(level)
		if strings.ContainsFunc(name, login.NotACR) {
			t.Errorf("%q is named %q", level, name)
		}
		if got, ok := known[name]; ok != declared.StepUp || ok && (got.level != level || !got.own) {
			t.Errorf("%q means %+v", name, got)
		}
		if needed, ok := stepUps(tree)[level]; ok && strings.Count(string(needed.challenge.value), `"`) != 6 {
			t.Errorf("%q is challenged by %s", level, needed.challenge.value)
		}
	}
	if contextOf(`Say "hi" \ ü, 50%`) != "Say%20%22hi%22%20%5C%20%C3%BC%2C%2050%25" {
		t.Error(contextOf(`Say "hi" \ ü, 50%`))
	}
}

// Whatever comes, the provider is asked for what the configuration names and
// nothing else, and the levels are those that a step-up reaches.
func FuzzDemand(f *testing.F) {
	for _, seed := range []string{"", "urn:a", "urn:b urn:a", "A", "A/Fresh urn:unknown", "urn:plain", "a  b", "urn:a\r\nX: y", `"urn:a"`, strings.Repeat("a ", 20) + "A", "Near/urn:a urn:a"} {
		f.Add(seed)
	}
	tree := levelTree()
	s := &Server{config: Config{Tree: tree}, contexts: contexts(tree)}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := s.demand(text)
		if err != nil {
			if code := login.CodeOf(err); code != login.CodeACRUnknown && code != login.CodeParameterInvalid {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if (text == "") != (len(d.levels) == 0) || len(d.ask) > login.MaxACRValues || len(text) > maxACRText {
			t.Errorf("%q is %+v", text, d)
		}
		for _, value := range d.ask {
			if !slices.Contains([]string{"urn:a", "urn:b"}, value) {
				t.Errorf("%q asks the provider for %q", text, value)
			}
		}
		for _, level := range d.levels {
			if !tree[level].StepUp {
				t.Errorf("%q asks for %q", text, level)
			}
		}
	})
}
