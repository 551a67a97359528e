package bundle

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// Whatever is wrong with a bundle, it is refused aloud, and the one in use
// stays.
func TestBadBundlesAreRefused(t *testing.T) {
	key, other := hosttest.NewBundleSigner(t, "k1"), hosttest.NewBundleSigner(t, "k1")
	stranger := hosttest.NewBundleSigner(t, "k9")
	policy, man := file("/levels.rego", levels), hosttest.BundleManifest("2")
	signed := func(claims map[string]any, files ...hosttest.BundleFile) []byte {
		return hosttest.PackBundle(t, append(files, hosttest.BundleSignatures(key.Token(t, "SHA-256", claims, files...)))...)
	}
	for name, test := range map[string]struct {
		archive []byte
		want    string
	}{
		"not signed":               {hosttest.PackBundle(t, policy, man), "missing .signatures.json"},
		"another's key":            {other.Bundle(t, "2", policy), "failed to verify"},
		"an unknown kid":           {stranger.Bundle(t, "2", policy), "not found"},
		"a scope":                  {signed(map[string]any{"scope": "staging"}, policy, man), "scope mismatch"},
		"changed after signing":    {hosttest.PackBundle(t, file("/levels.rego", levels+"grant contains \"Admin\"\n"), man, hosttest.BundleSignatures(key.Token(t, "SHA-256", nil, policy, man))), "digest mismatch"},
		"a file more":              {hosttest.PackBundle(t, policy, man, file("/more.rego", "package more\n"), hosttest.BundleSignatures(key.Token(t, "SHA-256", nil, policy, man))), "not included"},
		"a file less":              {hosttest.PackBundle(t, man, hosttest.BundleSignatures(key.Token(t, "SHA-256", nil, policy, man))), "not found in the target bundle"},
		"a file twice":             {hosttest.PackBundle(t, policy, policy, man, hosttest.BundleSignatures(key.Token(t, "SHA-256", nil, policy, man))), "not included"},
		"no manifest":              {signed(nil, policy), "revision must be"},
		"md5":                      {hosttest.PackBundle(t, policy, man, hosttest.BundleSignatures(key.Token(t, "MD5", nil, policy, man))), "sign it with SHA-256"},
		"data":                     {signed(nil, policy, man, file("/data.json", `{"a":1}`)), "holds data files"},
		"no policy":                {signed(nil, man), "no .rego file"},
		"a revision without order": {signed(nil, policy, hosttest.BundleManifest("latest")), "whole number or a time"},
		"the revision in use":      {signed(nil, file("/levels.rego", levels+"\n"), hosttest.BundleManifest("1")), "has the revision in use"},
		"an older revision":        {signed(nil, policy, hosttest.BundleManifest("0")), "older"},
		"another kind":             {signed(nil, policy, hosttest.BundleManifest("2026-11-22T10:00:00Z")), "not of one kind"},
		"not gzip":                 {[]byte("PK\x03\x04 and so on"), "no gzip"},
		"empty":                    {nil, "no gzip"},
		"a bomb":                   {zipped(bytes.Repeat([]byte{0}, maxBundle+10)), "unpacks to more"},
		"a huge file":              {signed(nil, file("/levels.rego", levels+strings.Repeat("# padding\n", 200_000)), man), "exceeded max size"},
		"random bytes, zipped":     {zipped([]byte(strings.Repeat("no tar archive ", 100))), "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			from := hosttest.NewBundleServer(t)
			source := open(t, from, hosttest.BundleKeys(t, key))
			inUse(t, source, from, key)
			from.Publish(test.archive)
			b, err := source.Fetch(t.Context())
			if b != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, %v", b, err)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows the token: %v", err)
			}
			from.Publish(key.Bundle(t, "3", policy))
			if b, err := source.Fetch(t.Context()); err != nil || b == nil {
				t.Errorf("the next good bundle is not taken: %v, %v", b, err)
			}
		})
	}
}

func inUse(t *testing.T, source *Source, from *hosttest.BundleServer, key hosttest.BundleSigner) {
	t.Helper()
	from.Publish(key.Bundle(t, "1", file("/levels.rego", levels)))
	b, err := source.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Accept(b); err != nil {
		t.Fatal(err)
	}
}

func zipped(content []byte) []byte {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	_, _ = zip.Write(content)
	_ = zip.Close()
	return out.Bytes()
}

// A bundle that is cut off anywhere is refused, and asked for again.
func TestABundleCutOffAnywhereIsRefused(t *testing.T) {
	key, from := hosttest.NewBundleSigner(t, "k1"), hosttest.NewBundleServer(t)
	source := open(t, from, hosttest.BundleKeys(t, key))
	whole := key.Bundle(t, "1", file("/levels.rego", levels), file("/more.rego", "package more\n"))
	for cut := range len(whole) {
		from.Publish(whole[:cut])
		if b, err := source.Fetch(t.Context()); b != nil || err == nil {
			t.Fatalf("cut at %d of %d: %v, %v", cut, len(whole), b, err)
		}
	}
	from.Publish(whole)
	if b, err := source.Fetch(t.Context()); err != nil || b == nil {
		t.Errorf("got %v, %v", b, err)
	}
}

// A signature with a scope is taken where that scope is asked for.
func TestScope(t *testing.T) {
	key, from := hosttest.NewBundleSigner(t, "k1"), hosttest.NewBundleServer(t)
	source := open(t, from, hosttest.BundleKeys(t, key))
	source.cfg.Scope = "production"
	files := []hosttest.BundleFile{file("/levels.rego", levels), hosttest.BundleManifest("1")}
	for scope, taken := range map[string]bool{"production": true, "staging": false, "": false} {
		claims := map[string]any{}
		if scope != "" {
			claims["scope"] = scope
		}
		from.Publish(hosttest.PackBundle(t, append(files, hosttest.BundleSignatures(key.Token(t, "SHA-256", claims, files...)))...))
		if b, err := source.Fetch(t.Context()); (b != nil) != taken || (err == nil) != taken {
			t.Errorf("%q: %v, %v", scope, b, err)
		}
	}
}

// Keys are rotated by publishing two for a while.
func TestTwoKeys(t *testing.T) {
	before, after, from := hosttest.NewBundleSigner(t, "2025"), hosttest.NewBundleSigner(t, "2026"), hosttest.NewBundleServer(t)
	source := open(t, from, hosttest.BundleKeys(t, before, after))
	for i, key := range []hosttest.BundleSigner{before, after} {
		from.Publish(key.Bundle(t, string(rune('1'+i)), file("/levels.rego", levels)))
		b, err := source.Fetch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := source.Accept(b); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzArchive(f *testing.F) {
	key := hosttest.NewBundleSigner(f, "k1")
	source, err := New(Config{JWKS: hosttest.BundleKeys(f, key)})
	if err != nil {
		f.Fatal(err)
	}
	good := key.Bundle(f, "1", file("/levels.rego", levels))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(zipped([]byte("x")))
	f.Add(hosttest.PackBundle(f, file("/.signatures.json", `{"signatures":["a.b.c"]}`), file("/x.rego", "package x")))
	f.Fuzz(func(t *testing.T, archive []byte) {
		b, err := source.verify(archive)
		if (b == nil) == (err == nil) {
			t.Fatalf("got %v, %v", b, err)
		}
		if err == nil && (len(b.Modules) == 0 || b.Modules["levels.rego"] != levels) {
			t.Fatal("what nobody signed was taken")
		}
	})
}
