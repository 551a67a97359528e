package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// The page for policy writers shows commands that there are, the rule that
// policy new writes, and tests that pass.
func TestThePageForPolicyWriters(t *testing.T) {
	raw, err := os.ReadFile("../../docs/policy-writers.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	shown := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^ *(?:\$ )?(doorward .+)$`).FindAllStringSubmatch(page, -1) {
		words := strings.Fields(line[1])[1:]
		c, rest, err := newRoot().Find(words)
		if err != nil || !c.Runnable() {
			t.Errorf("%s: no such command", line[1])
			continue
		}
		shown[c.Name()] = true
		if err := c.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", line[1], err)
		}
		if err := c.ValidateArgs(c.Flags().Args()); err != nil {
			t.Errorf("%s: %v", line[1], err)
		}
	}
	walk(newPolicy(), func(c *cobra.Command) {
		if !shown[c.Name()] {
			t.Errorf("the page does not show doorward policy %s", c.Name())
		}
	})

	dir := filepath.Join(t.TempDir(), "policies")
	status, said, errs := command("policy", "new", "engineer", "--dir", dir)
	if status != 0 {
		t.Fatal(errs)
	}
	if said = strings.ReplaceAll(said, dir, "policies"); !strings.Contains(page, "$ doorward policy new engineer\n"+said) {
		t.Errorf("policy new says otherwise:\n%s", said)
	}
	blocks := regexp.MustCompile("(?s)```rego\n(.*?)```").FindAllStringSubmatch(page, -1)
	rule, err := os.ReadFile(filepath.Join(dir, "engineer.rego"))
	if err != nil || len(blocks) != 2 || blocks[0][1] != string(rule) {
		t.Errorf("%v: the page does not show the rule that policy new writes:\n%s", err, rule)
	}
	if err := os.WriteFile(filepath.Join(dir, "engineer_test.rego"), []byte(blocks[1][1]), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out, errs := command("policy", "test", dir); status != 0 {
		t.Errorf("the test of the page: %s%s", out, errs)
	}
}
