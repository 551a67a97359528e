package pages

// What the templates are given, and the templates themselves.

import (
	"embed"
	"fmt"
	"html/template"
	"path"
	"strings"
	"time"

	"github.com/doorward/doorward/host/page"
)

//go:embed templates/*.html
var templateFiles embed.FS

var templates = parseTemplates()

// parseTemplates makes one page of each file; parts.html is in all of them.
func parseTemplates() map[string]*page.Template {
	all := map[string]*page.Template{}
	entries, _ := templateFiles.ReadDir("templates")
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), path.Ext(e.Name()))
		if name != "parts" {
			all[name] = page.Parse(templateText("parts") + templateText(name))
		}
	}
	return all
}

func templateText(name string) string {
	text, err := templateFiles.ReadFile("templates/" + name + ".html")
	if err != nil {
		panic(err) // the file is embedded
	}
	return strings.TrimSpace(string(text))
}

// shown is a page's view with the words around it.
type shown struct {
	V     any
	Error *Message
	*translation
	zone *time.Location
}

// T is a text with arguments as name, value pairs, each of which is kept apart
// from the text around it: an application's name cannot turn a sentence round.
func (s shown) T(key string, args ...any) template.HTML {
	values := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = fmt.Sprint(args[i+1])
	}
	return s.html(key, values)
}

// Has reports whether there is such a text.
func (s shown) Has(key string) bool { _, ok := s.texts[key]; return ok }

// Say is the text of a message.
func (s shown) Say(m *Message) template.HTML { return s.html(m.Key, m.Args) }

// Bad says what describes an input: its hint, and the error when it is about
// the input. An error about the whole form is about every input.
func (s shown) Bad(field string, hint ...string) template.HTMLAttr {
	bad := s.Error != nil && (s.Error.Field == "" || s.Error.Field == field)
	switch {
	case bad:
		return template.HTMLAttr(` aria-invalid="true" aria-describedby="` + strings.Join(append([]string{"error"}, hint...), " ") + `"`) //nolint:gosec // ids of the templates
	case len(hint) > 0:
		return template.HTMLAttr(` aria-describedby="` + hint[0] + `"`) //nolint:gosec // an id of the templates
	}
	return ""
}

// Focus gives the focus to an input: the one that the error is about, and
// without one the first that is empty.
func (s shown) Focus(field string, first bool) template.HTMLAttr {
	if s.Error != nil && s.Error.Field != "" {
		first = s.Error.Field == field
	}
	if !first {
		return ""
	}
	return ` autofocus`
}

// When is a moment as the language writes it.
func (s shown) When(t time.Time) string { return s.moment(t.In(s.zone)) }

// List is several words as one.
func (s shown) List(words []string) string { return strings.Join(words, ", ") }

// Web reports whether uri may be a link.
func (s shown) Web(uri string) bool {
	return strings.HasPrefix(uri, "https://") || strings.HasPrefix(uri, "http://")
}
