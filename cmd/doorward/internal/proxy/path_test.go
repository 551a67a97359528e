package proxy

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

// A path that is let through says the same to whoever cleans it, decodes it
// once more or not at all, or splits it at other signs.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"/", "/a/b", "/a/../b", "/a%2f..%2fb", "/a%252fb", "//a", "/a;b", "/caf%C3%A9", "/%", "/a?b=/../c", "*", "/.", "/a//", `/\a`, "/a%00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		u, err := url.ParseRequestURI(uri)
		if err != nil || !plain(&http.Request{URL: u, RequestURI: uri}) {
			return
		}
		if clean := path.Clean(u.Path); clean != strings.TrimSuffix(u.Path, "/") && u.Path != "/" {
			t.Errorf("%q is %q to one reader and %q to another", uri, u.Path, clean)
		}
		if again, err := url.PathUnescape(u.Path); err != nil || again != u.Path {
			t.Errorf("%q changes when it is decoded twice: %q", uri, again)
		}
		if strings.Count(u.EscapedPath(), "/") != strings.Count(u.Path, "/") || strings.ContainsAny(u.Path, "\\;?#\x00\n\r") {
			t.Errorf("%q has other separators: %q", uri, u.Path)
		}
	})
}
