package pages

import (
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func builtIn(t *testing.T, language string) map[string]text {
	t.Helper()
	data, err := os.ReadFile("texts/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]text
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// German says all that English says, with the same things filled in.
func TestBuiltInTranslationsAreWhole(t *testing.T) {
	en, de := builtIn(t, "en"), builtIn(t, "de")
	for key := range maps.Keys(en) {
		if _, there := de[key]; !there {
			t.Errorf("de.json lacks %s", key)
		}
		if a, b := en[key].placeholders(), de[key].placeholders(); !slices.Equal(a, b) {
			t.Errorf("%s fills in %v in English and %v in German", key, a, b)
		}
		if (en[key].forms == nil) != (de[key].forms == nil) {
			t.Errorf("%s has forms for numbers in one language only", key)
		}
	}
	for key := range de {
		if _, there := en[key]; !there {
			t.Errorf("en.json lacks %s", key)
		}
	}
	l := &logged{}
	newPages(t, func(c *Config) { c.Log = slog.New(l) })
	if len(l.lines) > 0 {
		t.Errorf("New complains of the built-in translations: %q", l.lines)
	}
}

// Every text is asked for somewhere, and every key that is asked for is there.
func TestTextsAreUsed(t *testing.T) {
	en := builtIn(t, "en")
	var source strings.Builder
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		files, _ := filepath.Glob(pattern)
		for _, f := range files {
			if content, err := os.ReadFile(f); err == nil && !strings.HasSuffix(f, "_test.go") {
				source.Write(content)
			}
		}
	}
	made := regexp.MustCompile(`^(month\.\d+|scope\.\w+\.(title|text)|failure\.\w+|sign_in\.use_\w+|\w+\.title)$`) // of two parts
	for key := range en {
		if !made.MatchString(key) && !strings.Contains(source.String(), `"`+key+`"`) {
			t.Errorf("nothing shows %s", key)
		}
	}
	for _, m := range regexp.MustCompile(`(?:\.T |= |plain\()"([a-z_]+(?:\.[a-z_]+)+)"`).FindAllStringSubmatch(source.String(), -1) {
		if _, there := en[m[1]]; !there {
			t.Errorf("%s is shown and is no text", m[1])
		}
	}
	for name := range templates {
		if _, there := en[name+".title"]; !there {
			t.Errorf("the page %s has no title", name)
		}
	}
}

func TestFormsForNumbers(t *testing.T) {
	p := newPages(t, func(c *Config) {
		c.Languages.Folder = folder(t, "pl.json", `{"say.wait_minutes": {"one": "{count} minutę", "few": "{count} minuty", "many": "{count} minut", "other": "{count} minuty"}}`)
	})
	for _, want := range []struct{ language, count, text string }{
		{"en", "1", "Wait 1 minute,"}, {"en", "2", "Wait 2 minutes,"}, {"de", "1", "1 Minute "}, {"de", "15", "15 Minuten "},
		{"pl", "1", "1 minutę"}, {"pl", "3", "3 minuty"}, {"pl", "15", "15 minut<"},
	} {
		body := show(t, p, SignIn{Error: Say(SayWaitMinutes, "count", want.count)}, want.language).Body.String()
		if !strings.Contains(body, want.text) {
			t.Errorf("%s, %s: no %q", want.language, want.count, want.text)
		}
	}
}

// A file adds a language, shows English where it says nothing, and is told
// what it lacks and what it has without use.
func TestTranslationFolder(t *testing.T) {
	l := &logged{}
	p := newPages(t, func(c *Config) {
		c.Log = slog.New(l)
		c.Languages.Folder = folder(t,
			"fr.json", `{"sign_in.title": "Connexion", "sign_in.tilte": "?", "scope.plant.title": "Voir votre atelier"}`,
			"de.json", `{"sign_in.title": "Anmeldung im Werk"}`,
			"de-AT.json", `{"month.1": "Jänner"}`,
			"ar.json", `{"sign_in.title": "تسجيل الدخول"}`, "README", "not a translation")
	})
	for language, wants := range map[string][]string{
		"fr":    {`<html lang="fr">`, "<h1>Connexion</h1>", "<title>Connexion · Doorward</title>", "User name"},
		"de":    {"<h1>Anmeldung im Werk</h1>", "Benutzername"},
		"de-AT": {`<html lang="de-AT">`, "<h1>Anmeldung im Werk</h1>"},
		"ar":    {`<html lang="ar" dir="rtl">`, "User name"},
	} {
		body := show(t, p, SignIn{}, language).Body.String()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s", language, want)
			}
		}
	}
	if body := show(t, p, Consent{Scopes: []Scope{{Name: "plant"}}}, "fr").Body.String(); !strings.Contains(body, "Voir votre atelier") {
		t.Error("a scope has no text of its own")
	}
	said := strings.Join(l.lines, "\n")
	for _, want := range []string{"file=fr.json keys=sign_in.tilte", "lacks texts, which are shown in English file=fr.json keys=account.", "file=ar.json"} {
		if !strings.Contains(said, want) {
			t.Errorf("the log has no %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "file=de.json") || strings.Contains(said, "file=de-AT.json") {
		t.Errorf("a file that changes some texts of a language is complained of:\n%s", said)
	}
}

func TestTranslationFaults(t *testing.T) {
	for want, cfg := range map[string]Languages{
		`the default "xx-" is no BCP 47 language`:                               {Default: "xx-"},
		`no translation for the default "fr": add fr.json`:                      {Default: "fr"},
		`the folder cannot be read: stat /`:                                     {Folder: filepath.Join(t.TempDir(), "none")},
		`english.json must be named for a BCP 47 language`:                      {Folder: folder(t, "english.json", "{}")},
		`pt_BR.json must be named for a BCP 47 language`:                        {Folder: folder(t, "pt_BR.json", "{}")},
		`fr.json: it is not a JSON object with a text for each key`:             {Folder: folder(t, "fr.json", `["x"]`)},
		`fr.json: skip: write a text, or an object with a text for each form`:   {Folder: folder(t, "fr.json", `{"skip": 1}`)},
		`fr.json: skip: there is no form "un": use zero, one, two, few, many`:   {Folder: folder(t, "fr.json", `{"skip": {"un": "x"}}`)},
		`fr.json: skip: the form other is missing`:                              {Folder: folder(t, "fr.json", `{"skip": {"one": "x"}}`)},
		`fr.json: skip: the text is empty: remove the key`:                      {Folder: folder(t, "fr.json", `{"skip": ""}`)},
		`fr.json: sign_in.to: nothing is filled in for {clent}: use only {clie`: {Folder: folder(t, "fr.json", `{"sign_in.to": "vers {clent}"}`)},
		`fr.json: skip: nothing is filled in for {x}: use only text without br`: {Folder: folder(t, "fr.json", `{"skip": "{x}"}`)},
		`fr.json: it has more than 262144 bytes`:                                {Folder: folder(t, "fr.json", `{"skip": "`+strings.Repeat("x", maxTranslation)+`"}`)},
	} {
		if _, err := New(Config{Languages: cfg}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestWhichLanguage(t *testing.T) {
	for _, c := range []struct {
		standard string
		locales  []string
		accept   string
		want     string
	}{
		{"", nil, "", "en"},
		{"", nil, "de", "de"},
		{"", nil, "de-CH,de;q=0.9,en;q=0.8", "de"},
		{"", nil, "fr,de;q=0.5", "de"},
		{"", nil, "en-GB,de;q=0.9", "en"},
		{"", nil, "de;q=0, en", "en"},
		{"", []string{"de-AT"}, "en", "de"},
		{"", []string{"fr-CA", "de"}, "en", "de"},
		{"", []string{"fr", "not a tag", "x"}, "de", "de"},
		{"de", nil, "", "de"},
		{"de", nil, "fr", "de"},
		{"de", nil, "*", "de"},
		{"de", nil, "en", "en"},
		{"", nil, strings.Repeat("de,", 4000), "en"},
		{"", slices.Repeat([]string{"fr"}, 1000), "de", "de"},
	} {
		p := newPages(t, func(cfg *Config) { cfg.Languages.Default = c.standard })
		if got := p.language(c.locales, c.accept).tag.String(); got != c.want {
			t.Errorf("default %q, ui_locales %.40q, Accept-Language %.40q: %s, want %s", c.standard, c.locales, c.accept, got, c.want)
		}
	}
}

func FuzzLanguage(f *testing.F) {
	p := newPages(f)
	f.Add("de-AT fr", "en;q=0.5,de")
	f.Add("i-klingon x-y", "*;q=1,-")
	f.Fuzz(func(t *testing.T, locales, accept string) {
		if got := p.language(strings.Fields(locales), accept); got == nil {
			t.Error("no language")
		}
	})
}

// Whatever an application calls itself is text.
func FuzzClientName(f *testing.F) {
	p := newPages(f)
	f.Add(`"><script>alert(1)</script>`)
	f.Add("{client}")
	plain := strings.Count(show(f, p, Consent{Client: Client{Name: "x"}}, "en").Body.String(), "<")
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" {
			return
		}
		if got := strings.Count(show(t, p, Consent{Client: Client{Name: name}}, "en").Body.String(), "<"); got != plain {
			t.Errorf("the name %q makes %d tags of %d", name, got, plain)
		}
	})
}
