package pages

// Pages, and how one is shown.

import (
	"errors"
	"net/http"
)

// Pages shows pages. It is safe for concurrent use.
type Pages struct{}

// Config is what Pages are made of.
type Config struct {
	Base      string // the issuer's path, under which Handler's paths are
	Brand     Brand
	Languages Languages
}

// Brand is the site's look.
type Brand struct {
	Name       string // Doorward when empty
	Logo       []byte // an SVG, PNG or JPEG image; none when empty
	LogoType   string // image/svg+xml, image/png or image/jpeg
	Accent     string // #rgb or #rrggbb
	AccentDark string // in the dark colour scheme; made from Accent when empty
}

// Languages says which translations there are.
type Languages struct {
	Default string // BCP 47; en when empty
	Folder  string // of more translations, LANGUAGE.json each; none when empty
}

// New checks cfg and reads the translations.
func New(cfg Config) (*Pages, error) { return &Pages{}, nil }

// Show answers with page. Targets are the origins that its form may lead to.
// Headers that are set already stay.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request, status int, page Page, targets ...string) error {
	return errors.New("not yet")
}

type about struct{}
