package host_test

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// link finds relative links of Markdown, without their fragment.
var link = regexp.MustCompile(`\]\(([^)#\s:]+)(?:#[^)\s]*)?\)`)

func TestEveryLinkOfTheDocsLeadsSomewhere(t *testing.T) {
	for _, file := range repository(t) {
		if path.Ext(file) != ".md" {
			continue
		}
		for _, target := range linksOf(t, file) {
			if _, err := fs.Stat(rootFS, target); err != nil {
				t.Errorf("%s links to %s, which is not there", file, target)
			}
		}
	}
}

// Whoever starts at the index finds every page of the docs by its links.
func TestTheIndexLeadsToEveryPage(t *testing.T) {
	reached := map[string]bool{}
	var follow func(string)
	follow = func(page string) {
		if reached[page] || !strings.HasPrefix(page, "docs/") || path.Ext(page) != ".md" {
			return
		}
		if _, err := fs.Stat(rootFS, page); err != nil {
			return
		}
		reached[page] = true
		for _, target := range linksOf(t, page) {
			follow(target)
		}
	}
	follow("docs/README.md")
	for _, file := range repository(t) {
		if strings.HasPrefix(file, "docs/") && path.Ext(file) == ".md" && !reached[file] {
			t.Errorf("no link leads from docs/README.md to %s", file)
		}
	}
	if len(reached) < 2 {
		t.Errorf("docs/README.md leads nowhere")
	}
}

// linksOf returns the files that a page links to, as paths from the root.
// Code blocks are left out.
func linksOf(t *testing.T, file string) []string {
	t.Helper()
	text, err := fs.ReadFile(rootFS, file)
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for i, part := range strings.Split(string(text), "```") {
		if i%2 == 1 {
			continue
		}
		for _, found := range link.FindAllStringSubmatch(part, -1) {
			targets = append(targets, path.Join(path.Dir(file), found[1]))
		}
	}
	return targets
}
