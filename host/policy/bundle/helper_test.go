package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	opa "github.com/open-policy-agent/opa/v1/bundle"
)

const levels = "package doorward.levels\n\ngrant contains \"Terminal\"\n"

// signer signs bundles with one key.
type signer struct {
	key *ecdsa.PrivateKey
	kid string
}

func newSigner(t testing.TB, kid string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, kid}
}

// jwks is the public keys of all of them.
func jwks(t testing.TB, signers ...signer) []byte {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, s := range signers {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.key.Public(), KeyID: s.kid, Algorithm: "ES256", Use: "sig"})
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// file is one entry of an archive.
type file struct{ name, text string }

func manifest(revision string) file {
	return file{"/.manifest", `{"revision":"` + revision + `","roots":[""]}`}
}

// token is the signature of files, hashed with algorithm, with further claims.
func (s signer) token(t testing.TB, algorithm string, claims map[string]any, files ...file) string {
	t.Helper()
	hasher, err := opa.NewSignatureHasher(opa.HashingAlgorithm(algorithm))
	if err != nil {
		t.Fatal(err)
	}
	var list []opa.FileInfo
	for _, f := range files {
		var value any = []byte(f.text)
		if opa.IsStructuredDoc(f.name) {
			if err := json.Unmarshal([]byte(f.text), &value); err != nil {
				t.Fatal(err)
			}
		}
		sum, err := hasher.HashFile(value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, opa.NewFile(f.name[1:], hexOf(sum), algorithm))
	}
	all := map[string]any{"files": list}
	for name, value := range claims {
		all[name] = value
	}
	payload, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	key := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.key, KeyID: s.kid}}
	signing, err := jose.NewSigner(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signing.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func hexOf(sum []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(sum))
	for _, b := range sum {
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out)
}

func signatures(token string) file {
	return file{"/.signatures.json", `{"signatures":["` + token + `"]}`}
}

// pack is the archive of files.
func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.text)), Typeflag: tar.TypeReg}
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bundle is a whole one, signed.
func (s signer) bundle(t testing.TB, revision string, files ...file) []byte {
	t.Helper()
	files = append(files, manifest(revision))
	return pack(t, append(files, signatures(s.token(t, "SHA-256", nil, files...)))...)
}

// server serves one archive with its digest as the entity tag.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	archive []byte
	status  int
	asked   int
	sent    int // whole answers
	header  http.Header
}

func serve(t testing.TB) *server {
	t.Helper()
	s := &server{status: http.StatusOK}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked++
		s.header = r.Header.Clone()
		tag := `"` + digestOf(s.archive) + `"`
		w.Header().Set("ETag", tag)
		if s.status == http.StatusOK && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if s.status != http.StatusOK {
			w.Header().Set("Location", "/elsewhere")
		}
		s.sent++
		w.WriteHeader(s.status)
		_, _ = w.Write(s.archive)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) publish(archive []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archive = archive
}

// open is a source of what s serves, by keys.
func open(t testing.TB, s *server, keys []byte) *Source {
	t.Helper()
	source, err := New(Config{URL: s.URL + "/b.tar.gz", JWKS: keys, Token: "canary-token", Keep: filepath.Join(t.TempDir(), "kept", "b.tar.gz")})
	if err != nil {
		t.Fatal(err)
	}
	return source
}
