// Signed OPA bundles, and a server of them.

package hosttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// BundleSigner signs bundles with one ES256 key.
type BundleSigner struct {
	Kid string
	key *ecdsa.PrivateKey
}

// NewBundleSigner makes a signer with a new key.
func NewBundleSigner(t testing.TB, kid string) BundleSigner {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return BundleSigner{Kid: kid, key: key}
}

// BundleKeys is the JSON Web Key Set of the signers' public keys.
func BundleKeys(t testing.TB, signers ...BundleSigner) []byte {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, s := range signers {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.key.Public(), KeyID: s.Kid, Algorithm: "ES256", Use: "sig"})
	}
	return marshal(t, set)
}

func marshal(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// BundleFile is one file of a bundle. JSON files must be compact, with sorted
// members: a signature hashes them so.
type BundleFile struct{ Name, Text string }

// BundleManifest is the manifest that names revision.
func BundleManifest(revision string) BundleFile {
	return BundleFile{Name: "/.manifest", Text: `{"revision":"` + revision + `","roots":[""]}`}
}

// Token is the signature of files, whose hashes are of algorithm ("SHA-256" or
// "MD5"), with further claims.
func (s BundleSigner) Token(t testing.TB, algorithm string, claims map[string]any, files ...BundleFile) string {
	t.Helper()
	list := make([]map[string]string, len(files))
	for i, f := range files {
		sum := sha256.Sum256([]byte(f.Text))
		digest := hex.EncodeToString(sum[:])
		if algorithm == "MD5" {
			sum := md5.Sum([]byte(f.Text))
			digest = hex.EncodeToString(sum[:])
		}
		list[i] = map[string]string{"name": strings.TrimPrefix(f.Name, "/"), "hash": digest, "algorithm": algorithm}
	}
	all := map[string]any{"files": list}
	for name, value := range claims {
		all[name] = value
	}
	signing, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.key, KeyID: s.Kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signing.Sign(marshal(t, all))
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// BundleSignatures is the file that carries a signature.
func BundleSignatures(token string) BundleFile {
	return BundleFile{Name: "/.signatures.json", Text: `{"signatures":["` + token + `"]}`}
}

// PackBundle is the archive of files, as they are.
func PackBundle(t testing.TB, files ...BundleFile) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for _, f := range files {
		header := &tar.Header{Name: f.Name, Mode: 0o600, Size: int64(len(f.Text)), Typeflag: tar.TypeReg}
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(f.Text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, closer := range []func() error{archive.Close, zip.Close} {
		if err := closer(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// Bundle is a whole bundle, signed.
func (s BundleSigner) Bundle(t testing.TB, revision string, files ...BundleFile) []byte {
	t.Helper()
	files = append(files, BundleManifest(revision))
	return PackBundle(t, append(files, BundleSignatures(s.Token(t, "SHA-256", nil, files...)))...)
}

// BundleServer serves one archive, with its digest as the entity tag.
type BundleServer struct {
	*httptest.Server
	mu      sync.Mutex
	archive []byte
	status  int
	asked   int
	sent    int
	header  http.Header
}

// NewBundleServer serves nothing yet; it ends with the test.
func NewBundleServer(t testing.TB) *BundleServer {
	t.Helper()
	s := &BundleServer{status: http.StatusOK}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *BundleServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	s.header = r.Header.Clone()
	sum := sha256.Sum256(s.archive)
	tag := `"` + hex.EncodeToString(sum[:]) + `"`
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
}

// Publish makes archive what is served from now on.
func (s *BundleServer) Publish(archive []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archive = archive
}

// Fail answers every request with status; 200 serves again.
func (s *BundleServer) Fail(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// Asked is how often the server was asked, how often it sent a whole answer,
// and the last request's header.
func (s *BundleServer) Asked() (asked, sent int, last http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.sent, s.header
}
