package pages

// New, and how a page is shown.

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/doorward/doorward/host/page"
)

// Config is what Pages are made of. Zero values of Zone and Log have defaults.
type Config struct {
	Base      string // the issuer's path, under which StylesheetPath and LogoPath are served
	Brand     Brand
	Languages Languages
	Zone      *time.Location // of the times that are shown; the host's own
	Log       *slog.Logger   // what New says about translations; nothing
}

// Pages shows pages. It is safe for concurrent use.
type Pages struct {
	site       page.Site
	stylesheet []byte
	logo       []byte
	logoType   string

	zone      *time.Location
	languages []*translation // the default one first
	matcher   language.Matcher
}

// New checks cfg and reads the translations. What a translation lacks, or has
// without use, is logged; an error says what to change, a file or a key of the
// brand.
func New(cfg Config) (*Pages, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Pages{zone: cfg.Zone}
	if p.zone == nil {
		p.zone = time.Local
	}
	if err := p.setBrand(cfg.Base, cfg.Brand); err != nil {
		return nil, fmt.Errorf("branding: %w", err)
	}
	if err := p.setLanguages(cfg.Languages, cfg.Log); err != nil {
		return nil, fmt.Errorf("languages: %w", err)
	}
	return p, nil
}

// Show answers with page, in the language of its Locales, or of r: of the
// ui_locales in its form, when that was parsed, and of its Accept-Language.
// Targets are the origins that its form may lead to. An error is one of writing to w, or
// of a template, when the answer has status 500.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request, status int, v Page, targets ...string) error {
	a := v.about()
	if len(a.locales) == 0 {
		a.locales = strings.Fields(r.Form.Get("ui_locales"))
	}
	t := p.language(a.locales, r.Header.Get("Accept-Language"))
	s := shown{V: a.view, Error: a.err, translation: t, zone: p.zone}
	head := page.Head{
		Title: a.titleIn(t), Lang: t.tag.String(), Dir: t.dir, Skip: t.plain("skip"),
		Site: p.site, Wide: a.wide, Script: a.script,
	}
	var out bytes.Buffer
	if err := templates[a.name].Write(&out, head, s); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", head.Lang)
	h.Set("Content-Security-Policy", page.Policy(targets...))
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := out.WriteTo(w)
	return err
}
