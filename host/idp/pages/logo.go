package pages

// What a logo may be.

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
)

const (
	maxLogo     = 256 << 10 // bytes
	maxLogoSide = 4096      // pixels
)

// checkLogo is the media type of the image.
func checkLogo(logo []byte, said string) (string, error) {
	if len(logo) > maxLogo {
		return "", fmt.Errorf("has more than %d bytes", maxLogo)
	}
	mediaType, err := imageType(logo)
	if err != nil {
		return "", err
	}
	if said != "" && said != mediaType {
		return "", fmt.Errorf("is %s, not %s", mediaType, said)
	}
	return mediaType, nil
}

func imageType(logo []byte) (string, error) {
	size, format, err := image.DecodeConfig(bytes.NewReader(logo))
	still := err == nil && (format == "png" || format == "jpeg") // others may be registered elsewhere
	switch {
	case still && (size.Width > maxLogoSide || size.Height > maxLogoSide):
		return "", fmt.Errorf("is wider or higher than %d pixels", maxLogoSide)
	case still:
		return "image/" + format, nil
	case isSVG(logo):
		return "image/svg+xml", nil
	}
	return "", errors.New("is neither an SVG nor a PNG nor a JPEG image")
}

func isSVG(logo []byte) bool {
	root := ""
	for reader := xml.NewDecoder(bytes.NewReader(logo)); ; {
		token, err := reader.Token()
		if err != nil {
			return errors.Is(err, io.EOF) && root == "svg"
		}
		if start, ok := token.(xml.StartElement); ok && root == "" {
			root = start.Name.Local
		}
	}
}
