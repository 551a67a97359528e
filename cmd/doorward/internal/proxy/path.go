// Which addresses are plain.
package proxy

import (
	"net/http"
	"regexp"
	"strings"
)

// again is what a reader that decodes twice would decode, in the notation of
// addresses or in that of old Windows servers.
var again = regexp.MustCompile(`%([0-9A-Fa-f]{2}|[uU][0-9A-Fa-f])`)

// plain reports whether the proxy, the host and the application all read the
// request's path alike. An encoded slash, a dot segment, a doubled slash, a
// matrix parameter or a second layer of encoding could name one place here and
// another one there, and so pass by the level that is asked for.
func plain(r *http.Request) bool {
	raw := strings.ToLower(r.URL.EscapedPath())
	if !strings.HasPrefix(r.RequestURI, "/") || strings.Contains(raw, "%2f") || again.MatchString(r.URL.Path) {
		return false
	}
	for _, sign := range r.URL.Path {
		if sign < ' ' || sign == 0x7f || sign == '\uFFFD' || strings.ContainsRune(`\;?#`, sign) {
			return false
		}
	}
	segments := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for i, segment := range segments {
		if segment == "." || segment == ".." || segment == "" && i < len(segments)-1 {
			return false
		}
	}
	return true
}
