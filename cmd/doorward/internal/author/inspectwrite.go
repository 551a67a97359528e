// What inspect prints.

package author

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/sdk/abi"
)

// Write prints the module for people, one fact on a line.
func (i Inspected) Write(w io.Writer) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-9s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("module", "%s, %s", i.Path, bytesText(int64(i.Size)))
	row("sha256", "%s", i.SHA256)
	if i.Kind != "" {
		row("kind", "%s, ABI v%d%s", i.Kind, i.ABI, i.Metadata.how())
	}
	switch {
	case i.Metadata != nil:
		i.Metadata.write(row)
	case i.has(abi.MetadataSection):
		row("metadata", "cannot be read")
	case i.Kind != "":
		row("metadata", "no metadata section; write a plugin.json beside the source and build with doorward plugin build, which puts it in")
	}
	if i.Runs != nil {
		i.Runs.write(row)
	}
	items(row, "exports", i.Exports)
	items(row, "imports", i.Imports)
	rows(row, "memory", i.Memories)
	if i.Code.Defined > 0 {
		row("functions", "%s, and %s imported", grouped(int64(i.Code.Defined)), grouped(int64(i.Code.Imported)))
	}
	sections := make([]string, 0, len(i.Sections))
	for _, s := range i.Sections {
		sections = append(sections, fmt.Sprintf("%-28s %11s %5.1f %%", s.Name, bytesText(int64(s.Size)), share(int64(s.Size), int64(i.Size))))
	}
	rows(row, "sections", sections)
	for _, fault := range i.Faults {
		row("fault", "%s", fault)
	}
}

// how is what the boundary's version is known by, when the module does not say
// it.
func (m *Metadata) how() string {
	if m == nil || m.ABI == 0 {
		return " (by what it exports)"
	}
	return ""
}

// has reports whether there is a custom section.
func (i Inspected) has(custom string) bool {
	return slices.ContainsFunc(i.Sections, func(p Part) bool { return strings.HasSuffix(p.Name, abi.Quote(custom)) })
}

func (m *Metadata) write(row func(name, format string, args ...any)) {
	row("name", "%s", strings.TrimSpace(m.Name+" "+m.Version))
	if m.Description != "" {
		row("is", "%s", m.Description)
	}
	if m.License != "" {
		row("license", "%s", m.License)
	}
	needs := "no source"
	if len(m.Sources) > 0 {
		needs = strings.Join(m.Sources, ", ")
	}
	if m.Deny {
		needs += "; it may deny logins"
	}
	row("needs", "%s", needs)
	if m.Config != nil {
		var schema bytes.Buffer
		if json.Indent(&schema, m.Config, "          ", "  ") == nil {
			row("config", "%s", schema.String())
		}
	}
}

func (r *Runs) write(row func(name, format string, args ...any)) {
	if r.Config != "" {
		row("runs", "not without a config: %s", r.Config)
		return
	}
	row("runs", "%s, from an image of %s; compiled in %s; %s fuel on the warm-up document",
		r.Traits, bytesText(r.Image), timeText(time.Duration(r.Compiled)), grouped(r.WarmFuel))
	if r.WarmUp != "" {
		row("warm-up", "failed, which is tolerated: %s", r.WarmUp)
	}
}

func items(row func(name, format string, args ...any), name string, all []Item) {
	lines := make([]string, 0, len(all))
	for _, item := range all {
		lines = append(lines, fmt.Sprintf("%-45s %s %s", item.Name, item.Kind, item.Type))
	}
	rows(row, name, lines)
}

// rows prints a list; its name stands before the first.
func rows(row func(name, format string, args ...any), name string, lines []string) {
	for _, line := range lines {
		row(name, "%s", strings.TrimRight(line, " "))
		name = ""
	}
}
