// The device of a session: a few words out of a closed list, made from the
// User-Agent header. The header itself is not kept.

package session

import (
	"context"
	"strings"
)

const maxUserAgent = 512 // bytes that are looked at

type userAgentKey struct{}

// WithUserAgent returns a context whose Issue notes which kind of device the
// User-Agent header names.
func WithUserAgent(ctx context.Context, header string) context.Context {
	return context.WithValue(ctx, userAgentKey{}, deviceOf(header))
}

func device(ctx context.Context) string {
	device, _ := ctx.Value(userAgentKey{}).(string)
	return device
}

type family struct{ token, name string }

// The first token found names the family: browsers claim to be each other, so
// the more particular ones come first.
var (
	browsers = []family{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"HeadlessChrome/", "Chrome"}, {"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"}, {"Chromium/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}, {"Go-http-client/", "a program"},
	}
	systems = []family{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"},
		{"Windows", "Windows"}, {"Macintosh", "macOS"}, {"Linux", "Linux"}, {"BSD", "BSD"},
	}
)

func deviceOf(header string) string {
	header = header[:min(len(header), maxUserAgent)]
	browser, system := find(browsers, header), find(systems, header)
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

func find(families []family, header string) string {
	for _, f := range families {
		if strings.Contains(header, f.token) {
			return f.name
		}
	}
	return ""
}
