// The pages under docs/configuration, from the table.

package keys

import (
	"fmt"
	"slices"
	"strings"
)

const generated = "<!-- Made from the table of keys in host/config/internal/keys by `go generate ./host/config`. -->\n\n"

// Pages are the pages that describe every key, by file name: one for each key
// at the top of the configuration file, one for the file of people, and
// README.md, which lists all keys.
func Pages() map[string][]byte {
	pages := map[string][]byte{"README.md": index()}
	for _, top := range Config.Under("") {
		pages[top.Name()+".md"] = Config.page(top)
	}
	pages["people_file.md"] = peoplePage()
	return pages
}

func index() []byte {
	var b strings.Builder
	b.WriteString("# Configuration\n\n" + generated + introduction + "\n## Every key\n\n| key | takes | default |\n|---|---|---|\n")
	for _, k := range Config {
		if !strings.HasSuffix(k.Path, "*") && !strings.HasSuffix(k.Path, "[]") {
			fmt.Fprintf(&b, "| [`%s`](%s.md#%s) | %s | %s |\n", Shown(k.Path), top(k.Path), anchor(k.Path), cell(takes(&k)), cell(preset(&k)))
		}
	}
	b.WriteString("\nThe file that a builtin provider's `people_file` names has [a page of its own](people_file.md).\n")
	return []byte(b.String())
}

func (t Table) page(top *Key) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s", Shown(top.Path), generated)
	t.describe(&b, top)
	for i := range t {
		if strings.HasPrefix(t[i].Path, top.Path+".") || strings.HasPrefix(t[i].Path, top.Path+"[") {
			fmt.Fprintf(&b, "\n## %s\n\n", Shown(t[i].Path))
			t.describe(&b, &t[i])
		}
	}
	b.WriteString("\n[All keys](README.md)\n")
	return []byte(b.String())
}

func peoplePage() []byte {
	var b strings.Builder
	b.WriteString("# The file of people\n\n" + generated + peopleIntroduction)
	for i := range People {
		fmt.Fprintf(&b, "\n## %s\n\n", Shown(People[i].Path))
		People.describe(&b, &People[i])
	}
	b.WriteString("\n[All keys](README.md)\n")
	return []byte(b.String())
}

func (t Table) describe(b *strings.Builder, k *Key) {
	fmt.Fprintf(b, "%s\n\n", k.Doc)
	fmt.Fprintf(b, "- Takes: %s\n", takes(k))
	if k.Kind != Section {
		fmt.Fprintf(b, "- Default: %s\n", preset(k))
	}
	if len(k.Only) > 0 {
		fmt.Fprintf(b, "- Only for: providers of type `%s`\n", strings.Join(k.Only, "` or `"))
	}
	if k.Example == "" || strings.HasSuffix(k.Path, "[]") || strings.HasSuffix(k.Path, "*") {
		return
	}
	fmt.Fprintf(b, "\n```yaml\n%s: %s\n```\n", k.Name(), k.Example)
}

// takes says what a key takes, in words.
func takes(k *Key) string {
	if k.Kind == List {
		return "a list; each item is " + one(k, k.Item)
	}
	return one(k, k.Kind)
}

func one(k *Key, kind Kind) string {
	switch kind {
	case Section:
		if k.One {
			return "a mapping of exactly one of the keys below"
		}
		return "a mapping of the keys below"
	case Names:
		return "a mapping whose keys are names of your own"
	case Flag:
		return "`true` or `false`"
	case Count:
		return fmt.Sprintf("a whole number from %d to %d", k.Min, k.Max)
	case Duration:
		return "a duration, such as `90s`, `5m` or `12h`"
	case Size:
		return "a size, such as `64KiB` or `32MiB`"
	case Choice:
		return oneOf(k.Values)
	case URL:
		return oneOf(append(slices.Clone(k.Values), "")) + "a URL (https, or http on loopback)"
	case Redirect:
		return "a URL (https, or http on loopback), or an application's own scheme (`com.example.app:/back`)"
	case Origin:
		return "an origin (scheme, host and port of a URL)"
	case Route:
		return "a path that begins with `/`"
	case Address:
		return "an address to listen on, `host:port`"
	case Network:
		return "an address or network"
	case File:
		return "a path of a file, relative to the folder of this one"
	case Env:
		return "a name of an environment variable"
	case Inline:
		return "a secret"
	case Level:
		return "a level's path"
	case Match:
		return k.What
	case Any:
		return "any value"
	}
	return "text"
}

// oneOf lists values; a last value of "" leaves the sentence open.
func oneOf(values []string) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case i == 0:
		case i == len(values)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		if v != "" {
			b.WriteString("`" + v + "`")
		}
	}
	return b.String()
}

func preset(k *Key) string {
	switch {
	case k.Kind == Section:
		return "of its keys"
	case k.Required:
		return "none, it is required"
	case k.Default != "":
		return "`" + k.Default + "`"
	case k.Implied != "":
		return k.Implied
	}
	return "none"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

// Shown is path with words for its stars.
func Shown(path string) string {
	path = strings.Replace(path, "levels.*", "levels.PATH", 1)
	path = strings.Replace(path, "clients.*", "clients.ID", 1)
	return strings.ReplaceAll(path, "*", "NAME")
}

func top(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// anchor is the fragment that renderers of Markdown give to path's heading.
func anchor(path string) string {
	return strings.NewReplacer(".", "", "[", "", "]", "").Replace(strings.ToLower(Shown(path)))
}
