package pages

import (
	"bytes"
	_ "embed"
	"image"
	"image/gif"
	"image/png"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/page"
)

//go:embed testdata/plant7.svg
var plant7Logo []byte // it holds a script

var plant7 = Brand{Name: "Plant 7", Logo: plant7Logo, Accent: "#0a5", AccentDark: "#5fa"}

func TestBrandOnPages(t *testing.T) {
	p := newPages(t, func(c *Config) { c.Brand = plant7 })
	body := show(t, p, SignedOut{}, "en").Body.String()
	if !strings.Contains(body, "<title>You are signed out · Plant 7</title>") || strings.Contains(body, "Doorward") {
		t.Error("the page does not have the site's name alone")
	}
	for pattern, serve := range map[string]http.HandlerFunc{`href="/idp/brand\.css\?v=[0-9a-f]{12}"`: p.Stylesheet, `src="/idp/logo\?v=[0-9a-f]{12}"`: p.Logo} {
		if !regexp.MustCompile(pattern).MatchString(body) {
			t.Errorf("the page has no %s", pattern)
		}
		w := httptest.NewRecorder()
		serve(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
}

// A logo is an image: an SVG opened by itself stands in a sandbox without
// scripts, whatever it holds.
func TestLogoIsHarmless(t *testing.T) {
	w := httptest.NewRecorder()
	newPages(t, func(c *Config) { c.Brand = plant7 }).Logo(w, httptest.NewRequest(http.MethodGet, "/idp/logo", nil))
	h := w.Header()
	policy := h.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !regexp.MustCompile(`; sandbox$`).MatchString(policy) || strings.Contains(policy, "script-src") {
		t.Errorf("the policy is %s", policy)
	}
	if h.Get("Content-Type") != "image/svg+xml" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", h)
	}
}

func TestUnbranded(t *testing.T) {
	p := newPages(t)
	body := show(t, p, SignedOut{}, "en").Body.String()
	if !strings.Contains(body, "Doorward</title>") || strings.Contains(body, "brand.css") {
		t.Error("without a brand the page is not ours")
	}
	w := httptest.NewRecorder()
	p.Logo(w, httptest.NewRequest(http.MethodGet, "/idp/logo", nil))
	if w.Code != http.StatusNotFound || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("a logo that is not there: %d %v", w.Code, w.Header())
	}
}

func picturesOf(t *testing.T, width int) (pngImage, gifImage []byte) {
	t.Helper()
	var a, b bytes.Buffer
	if err := png.Encode(&a, image.NewGray(image.Rect(0, 0, width, 1))); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)), nil); err != nil {
		t.Fatal(err)
	}
	return a.Bytes(), b.Bytes()
}

func TestBrandFaults(t *testing.T) {
	small, moving := picturesOf(t, 8)
	wide, _ := picturesOf(t, maxLogoSide+1)
	for want, b := range map[string]Brand{
		`accent "green" must be a colour as #rrggbb or #rgb`:                        {Accent: "green"},
		`accent_dark "#12345" must be a colour`:                                     {Accent: "#123456", AccentDark: "#12345"},
		`accent #fafad2 has a contrast of 1.1 to the white of the page and needs 3`: {Accent: "#fafad2"},
		`accent_dark #123 has a contrast of 1.0 to the dark page and needs 3`:       {Accent: "#123", AccentDark: "#123"},
		`accent_dark goes with accent`:                                              {AccentDark: "#fff"},
		`the name has more than 60 characters`:                                      {Name: strings.Repeat("ö", 61)},
		`a logo stands beside a name`:                                               {Logo: small},
		`the logo is image/png, not image/jpeg`:                                     {Name: "x", Logo: small, LogoType: "image/jpeg"},
		`the logo is wider or higher than 4096 pixels`:                              {Name: "x", Logo: wide},
		`the logo has more than 262144 bytes`:                                       {Name: "x", Logo: make([]byte, maxLogo+1)},
		`the logo is neither an SVG nor a PNG nor a JPEG image`:                     {Name: "x", Logo: moving},
		`neither an SVG nor a PNG nor a JPEG image`:                                 {Name: "x", Logo: []byte("<html><svg/></html>")},
		`the logo is neither`:                                                       {Name: "x", Logo: []byte("<svg><path></svg>")},
	} {
		if _, err := New(Config{Brand: b}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := New(Config{Brand: Brand{Name: "x", Logo: small, LogoType: "image/png"}}); err != nil {
		t.Error(err)
	}
}

// Whatever accent is taken, what is written on it and in it can be read.
func TestEveryAccentCanBeRead(t *testing.T) {
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				c := rgb{float64(r), float64(g), float64(b)}
				if contrast(inkOn(c), c) < readable {
					t.Fatalf("ink on %s", c)
				}
				soft := c.mix(lightCard, 0.88)
				if link := c.until(readable, black, lightGround, lightCard, soft); contrast(link, lightGround) < readable || contrast(link, soft) < readable {
					t.Fatalf("a link in %s", c)
				}
				if _, err := colours(c.String(), ""); (err == nil) != (contrast(c, white) >= visible) {
					t.Fatalf("%s: %v", c, err)
				}
			}
		}
	}
}

func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000", "#fff", 21}, {"#fff", "#fff", 1}, {"#767676", "#fff", 4.54}, {"#f00", "#fff", 4.0}} {
		a, _ := parseColour("a", c.a)
		b, _ := parseColour("b", c.b)
		if got := contrast(a, b); got < c.want-0.01 || got > c.want+0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

// The grounds that contrast is held against are those of the stylesheet.
func TestGroundsAreTheStylesheets(t *testing.T) {
	sheet, _, _ := page.Asset(page.StylesheetPath)
	for name, pair := range map[string][2]rgb{"ground": {lightGround, darkGround}, "surface": {lightCard, darkCard}} {
		found := regexp.MustCompile(`--`+name+`: (#[0-9a-f]{6});`).FindAllStringSubmatch(string(sheet), -1)
		if len(found) != 2 || found[0][1] != pair[0].String() || found[1][1] != pair[1].String() {
			t.Errorf("--%s is %v, and not %v", name, found, pair)
		}
	}
}
