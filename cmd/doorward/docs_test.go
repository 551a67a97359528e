package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var (
	section  = regexp.MustCompile(`(?m)^## (doorward .+)$`)
	flagLine = regexp.MustCompile(`(?m)^\s+(?:-\w, )?--([a-z-]+)`)
)

// docs/commands.md has every command, in its table and in a section, and each
// section says every flag of its command. It has no section of a command that
// is gone.
func TestTheDocsHaveEveryCommandAndFlag(t *testing.T) {
	raw, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(string(raw), "\n## ")
	sections := map[string]string{}
	for _, found := range section.FindAllStringSubmatchIndex(string(raw), -1) {
		text, _, _ := strings.Cut(string(raw)[found[1]:], "\n## ")
		sections[string(raw)[found[2]:found[3]]] = text
	}
	root, met := newRoot(), map[string]bool{}
	walk(root, func(c *cobra.Command) {
		title := c.CommandPath()
		if _, own := sections[title]; !own {
			title = c.Parent().CommandPath()
		}
		text, ok := sections[title]
		met[title] = true
		switch {
		case !ok:
			t.Errorf("%s has no section in docs/commands.md", c.CommandPath())
		case !strings.Contains(title+text, c.Name()):
			t.Errorf("the section %s does not mention %s", title, c.CommandPath())
		case !regexp.MustCompile("(?m)^\\| \\[.*\\b" + c.Name() + "`.*\\]\\(#" + strings.ReplaceAll(title, " ", "-") + "\\)").MatchString(table):
			t.Errorf("the table of docs/commands.md has no row for %s", c.CommandPath())
		}
		for _, found := range flagLine.FindAllStringSubmatch(c.LocalFlags().FlagUsages(), -1) {
			if flag := found[1]; flag != "help" && !strings.Contains(text, "--"+flag) {
				t.Errorf("the section %s does not say --%s", title, flag)
			}
		}
	})
	for title := range sections {
		if !met[title] {
			t.Errorf("docs/commands.md has a section for %s, which is no command", title)
		}
	}
}

// walk calls f for every command that does something.
func walk(c *cobra.Command, f func(*cobra.Command)) {
	for _, child := range c.Commands() {
		if child.Name() == "help" || child.Name() == "completion" || child.Hidden {
			continue
		}
		if child.HasSubCommands() {
			walk(child, f)
		} else {
			f(child)
		}
	}
}
