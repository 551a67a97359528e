package pages

// Which languages there are, and which one a person reads.

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Languages says which translations there are. English and German are built
// in. A file of Folder, LANGUAGE.json with LANGUAGE as in BCP 47, adds a
// language, or replaces texts of one that is there. What it lacks is shown in
// the language that it belongs to (de for de-AT), or in English.
type Languages struct {
	Default string // BCP 47; en when empty
	Folder  string // of more translations; none when empty
}

//go:embed texts/*.json
var builtInTexts embed.FS

const (
	maxTranslation  = 256 << 10 // bytes of a file
	maxTranslations = 100
	maxLocales      = 16  // of ui_locales
	maxAccept       = 512 // bytes of Accept-Language
)

// setLanguages reads the translations.
func (p *Pages) setLanguages(l Languages, log *slog.Logger) error {
	first, err := language.Parse(cmp.Or(l.Default, "en"))
	if err != nil {
		return fmt.Errorf("the default %q is no BCP 47 language, such as en or pt-BR", l.Default)
	}
	files, err := translationFiles(l.Folder)
	if err != nil {
		return err
	}
	all := catalogue{}
	for _, f := range files {
		if err := all.add(f, log); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if all[first] == nil {
		return fmt.Errorf("there is no translation for the default %q: add %s.json to the folder", l.Default, first)
	}
	p.languages = slices.SortedFunc(maps.Values(all), func(a, b *translation) int {
		if a.tag == first {
			return -1
		}
		if b.tag == first {
			return 1
		}
		return cmp.Compare(a.tag.String(), b.tag.String())
	})
	tags := make([]language.Tag, len(p.languages))
	for i, t := range p.languages {
		tags[i] = t.tag
	}
	p.matcher = language.NewMatcher(tags)
	return nil
}

// language is the first of the locales that there is a translation for, or of
// the Accept-Language header, or the default.
func (p *Pages) language(locales []string, accept string) *translation {
	var asked []language.Tag
	for _, l := range locales[:min(len(locales), maxLocales)] {
		if tag, err := language.Parse(l); err == nil {
			asked = append(asked, tag)
		}
	}
	if len(accept) <= maxAccept {
		accepted, _, _ := language.ParseAcceptLanguage(accept)
		asked = append(asked, accepted...)
	}
	for _, tag := range asked { // one by one: a language beats a better fit of a later one
		if _, i, confidence := p.matcher.Match(tag); confidence > language.Low {
			return p.languages[i]
		}
	}
	return p.languages[0]
}

// file is one translation file.
type file struct {
	tag  language.Tag
	name string
	read func() ([]byte, error)
}

// translationFiles are the built-in ones and then the folder's: English before
// all others, and a language before its regions.
func translationFiles(folder string) ([]file, error) {
	files, err := filesIn(builtInTexts, "texts")
	if err != nil || folder == "" {
		return files, err
	}
	if _, err := os.Stat(folder); err != nil { // it names the folder, which an fs.FS calls "."
		return nil, fmt.Errorf("the folder cannot be read: %w", err)
	}
	more, err := filesIn(os.DirFS(folder), ".")
	return append(files, more...), err
}

func filesIn(tree fs.FS, folder string) ([]file, error) {
	entries, err := fs.ReadDir(tree, folder)
	if err != nil {
		return nil, fmt.Errorf("the folder cannot be read: %w", err)
	}
	var out []file
	for _, e := range entries {
		name, isJSON := strings.CutSuffix(e.Name(), ".json")
		if !isJSON {
			continue
		}
		tag, err := language.Parse(name)
		if err != nil || tag.String() != name {
			return nil, fmt.Errorf("%s must be named for a BCP 47 language, as en.json and pt-BR.json are", e.Name())
		}
		out = append(out, file{tag, e.Name(), func() ([]byte, error) { return fs.ReadFile(tree, path.Join(folder, e.Name())) }})
	}
	if len(out) > maxTranslations {
		return nil, fmt.Errorf("there are more than %d translations", maxTranslations)
	}
	slices.SortFunc(out, func(a, b file) int { return cmp.Or(cmp.Compare(rank(a.tag), rank(b.tag)), cmp.Compare(a.name, b.name)) })
	return out, nil
}

func rank(tag language.Tag) int {
	if tag == language.English {
		return -1
	}
	return strings.Count(tag.String(), "-")
}

// Locales are the languages that there are translations for, the default
// first.
func (p *Pages) Locales() []language.Tag {
	var tags []language.Tag
	for _, t := range p.languages {
		tags = append(tags, t.tag)
	}
	return tags
}
