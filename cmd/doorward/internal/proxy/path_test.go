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
	for _, seed := range []string{"/", "/a/b", "/a/../b", "/a%2f..%2fb", "/a%252fb", "//a", "/a;b", "/caf%C3%A9", "/%", "/100%25", "/a%25%36%31", "/a%25u002fb", "/a?b=/../c", "*", "/.", "/a//", `/\a`, "/a%00"} {
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
		if twice := lenient(u.Path); twice != u.Path {
			t.Errorf("%q changes when it is decoded twice: %q", uri, twice)
		}
		if strings.Count(u.EscapedPath(), "/") != strings.Count(u.Path, "/") || strings.ContainsAny(u.Path, "\\;?#\x00\n\r") {
			t.Errorf("%q has other separators: %q", uri, u.Path)
		}
	})
}

// lenient decodes what it can of a path, and leaves the rest as it is.
func lenient(p string) (decoded string) {
	for i := 0; i < len(p); i++ {
		if i+3 <= len(p) {
			if sign, err := url.PathUnescape(p[i : i+3]); err == nil && len(sign) == 1 {
				decoded += sign
				i += 2
				continue
			}
		}
		decoded += p[i : i+1]
	}
	return decoded
}
