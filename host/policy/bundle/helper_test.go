package bundle

import (
	"path/filepath"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

const levels = "package doorward.levels\n\ngrant contains \"Terminal\"\n"

func file(name, text string) hosttest.BundleFile {
	return hosttest.BundleFile{Name: name, Text: text}
}

// open is a source of what s serves, by keys.
func open(t testing.TB, s *hosttest.BundleServer, keys []byte) *Source {
	t.Helper()
	source, err := New(Config{URL: s.URL + "/b.tar.gz", JWKS: keys, Token: "canary-token", Keep: filepath.Join(t.TempDir(), "kept", "b.tar.gz")})
	if err != nil {
		t.Fatal(err)
	}
	return source
}
