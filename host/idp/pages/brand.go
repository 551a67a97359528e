package pages

// The site's look: checked when it is loaded, served from our own origin.

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// Paths below Config.Base.
const (
	StylesheetPath = "/brand.css"
	LogoPath       = "/logo"
)

// Brand is the site's look.
type Brand struct {
	Name       string // beside the logo and in titles; Doorward when empty
	Logo       []byte // an SVG, PNG or JPEG image of at most 256 KiB; none when empty
	LogoType   string // image/svg+xml, image/png or image/jpeg; found in Logo when empty
	Accent     string // of buttons and links, #rgb or #rrggbb; our own when empty
	AccentDark string // in the dark colour scheme; made from Accent when empty
}

const maxBrandName = 60 // characters

func (p *Pages) setBrand(base string, b Brand) error {
	switch {
	case utf8.RuneCountInString(b.Name) > maxBrandName:
		return fmt.Errorf("the name has more than %d characters", maxBrandName)
	case b.Name == "" && len(b.Logo) > 0:
		return errors.New("a logo stands beside a name: set the name, too")
	case b.Accent == "" && b.AccentDark != "":
		return errors.New("accent_dark goes with accent: set that, too")
	}
	p.site.Name = b.Name
	if len(b.Logo) > 0 {
		mediaType, err := checkLogo(b.Logo, b.LogoType)
		if err != nil {
			return fmt.Errorf("the logo %w", err)
		}
		p.logo, p.logoType = b.Logo, mediaType
		p.site.Logo = base + LogoPath + "?v=" + version(b.Logo)
	}
	if b.Accent != "" {
		sheet, err := colours(b.Accent, b.AccentDark)
		if err != nil {
			return err
		}
		p.stylesheet = []byte(sheet)
		p.site.Stylesheet = base + StylesheetPath + "?v=" + version(p.stylesheet)
	}
	return nil
}

func version(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

// Stylesheet answers StylesheetPath.
func (p *Pages) Stylesheet(w http.ResponseWriter, r *http.Request) {
	serve(w, r, p.stylesheet, "text/css; charset=utf-8")
}

// Logo answers LogoPath. Whoever opens an SVG there by itself gets it in a
// sandbox: its scripts never run.
func (p *Pages) Logo(w http.ResponseWriter, r *http.Request) { serve(w, r, p.logo, p.logoType) }

func serve(w http.ResponseWriter, r *http.Request, content []byte, mediaType string) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	if len(content) == 0 {
		h.Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable") // its address changes with it
	h.Set("Content-Type", mediaType)
	_, _ = w.Write(content) // the client has gone when this fails
}
