package pages

// A QR code as an image in the page: nothing is loaded, and no script draws it.

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrCode is a square of Size modules, and the path that fills the dark ones.
type qrCode struct {
	Size int // with the quiet zone around
	Path template.HTMLAttr
}

const quietZone = 4 // modules, ISO/IEC 18004

// drawQR draws text; the zero qrCode, which the page leaves out, when the text
// is too long for one.
func drawQR(text string) qrCode {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return qrCode{}
	}
	side := code.Bounds().Dx()
	var path strings.Builder
	for y := range side {
		for x := 0; x < side; x++ {
			from := x
			for x < side && dark(code.At(x, y).RGBA()) {
				x++
			}
			if x > from { // a run of dark modules is one rectangle
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
			}
		}
	}
	return qrCode{side + 2*quietZone, template.HTMLAttr(` d="` + path.String() + `"`)} //nolint:gosec // numbers and path commands
}

func dark(r, _, _, _ uint32) bool { return r < 0x8000 }

// groups are four characters each: nobody types 32 in one go.
func groups(secret string) (out []string) {
	for len(secret) > 4 {
		out, secret = append(out, secret[:4]), secret[4:]
	}
	return append(out, secret)
}
