package pages

// Colours that can be read: contrast as WCAG 2.2 defines it, and the shades
// that one accent gives.

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// rgb is a colour, each part from 0 to 255.
type rgb [3]float64

// The grounds that host/page's stylesheet puts things on.
var (
	black, white = rgb{0, 0, 0}, rgb{255, 255, 255}

	lightGround, lightCard = rgb{0xf5, 0xf4, 0xf0}, white
	darkGround, darkCard   = rgb{0x13, 0x17, 0x16}, rgb{0x1c, 0x22, 0x20}
)

const (
	readable = 4.5 // contrast of text, WCAG 2.2, 1.4.3
	visible  = 3.0 // contrast of a button's shape, WCAG 2.2, 1.4.11
)

// colours is the stylesheet of an accent in both schemes.
func colours(accent, accentDark string) (string, error) {
	light, err := parseColour("accent", accent)
	if err != nil {
		return "", err
	}
	if c := contrast(light, lightCard); c < visible {
		return "", fmt.Errorf("accent %s has a contrast of %.1f to the white of the page and needs %.0f: choose a darker colour", accent, c, visible)
	}
	dark := light.until(readable, white, darkCard)
	if accentDark != "" {
		if dark, err = parseColour("accent_dark", accentDark); err != nil {
			return "", err
		}
		if c := contrast(dark, darkCard); c < visible {
			return "", fmt.Errorf("accent_dark %s has a contrast of %.1f to the dark page and needs %.0f: choose a lighter colour", accentDark, c, visible)
		}
	}
	return ":root { " + shades(light, black, lightGround, lightCard) + " }\n" +
		"@media (prefers-color-scheme: dark) { :root { " + shades(dark, white, darkGround, darkCard) + " } }\n", nil
}

// shades are the variables of an accent: a button takes it as it is, with ink
// on it that can be read; a link is text, so it goes on towards away until it
// can be read on everything that is under it.
func shades(accent, away, ground, card rgb) string {
	soft := accent.mix(card, 0.88)
	return fmt.Sprintf("--accent: %s; --accent-ink: %s; --accent-soft: %s; --link: %s;",
		accent, inkOn(accent), soft, accent.until(readable, away, ground, card, soft))
}

func inkOn(c rgb) rgb {
	if contrast(c, white) >= contrast(c, black) {
		return white
	}
	return black
}

// until is c, mixed with away until its contrast to each of the grounds is at
// least wanted.
func (c rgb) until(wanted float64, away rgb, grounds ...rgb) rgb {
	for part := 0.0; part < 1; part += 0.02 {
		mixed, least := c.mix(away, part), math.Inf(1)
		for _, g := range grounds {
			least = min(least, contrast(mixed, g))
		}
		if least >= wanted {
			return mixed
		}
	}
	return away
}

// mix is c with part of other in it.
func (c rgb) mix(other rgb, part float64) rgb {
	for i := range c {
		c[i] = math.Round(c[i]*(1-part) + other[i]*part)
	}
	return c
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(c[0]), int(c[1]), int(c[2]))
}

// contrast is between 1 and 21 (WCAG 2.2, contrast ratio).
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func (c rgb) luminance() float64 {
	var linear [3]float64
	for i, v := range c {
		v /= 255
		if v <= 0.04045 {
			linear[i] = v / 12.92
		} else {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

var colourFormat = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

func parseColour(key, s string) (c rgb, err error) {
	m := colourFormat.FindStringSubmatch(s)
	if m == nil {
		return c, fmt.Errorf("%s %q must be a colour as #rrggbb or #rgb", key, s)
	}
	digits := m[1]
	if len(digits) == 3 {
		digits = strings.Repeat(digits[:1], 2) + strings.Repeat(digits[1:2], 2) + strings.Repeat(digits[2:], 2)
	}
	for i := range c {
		v, _ := strconv.ParseUint(digits[2*i:2*i+2], 16, 8) // the format was matched
		c[i] = float64(v)
	}
	return c, nil
}
