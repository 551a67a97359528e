package keyring_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/keyring"
)

func secret(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func configured(t testing.TB, current []byte, previous ...[]byte) *keyring.Keyring {
	t.Helper()
	k, err := keyring.New(current, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func opened(t testing.TB, path string) *keyring.Keyring {
	t.Helper()
	k, err := keyring.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keyPath(t testing.TB) string { return filepath.Join(t.TempDir(), "data", "doorward.key") }

func TestSealedBytesOpenForTheirPurposeAlone(t *testing.T) {
	k := configured(t, secret(1))
	sealed := k.Seal("cookie", []byte("plain"), []byte("aad"))
	if len(sealed) != len("plain")+keyring.Overhead {
		t.Errorf("%d bytes; want %d", len(sealed), len("plain")+keyring.Overhead)
	}
	if plain, err := k.Open("cookie", sealed, []byte("aad")); err != nil || string(plain) != "plain" {
		t.Fatalf("got %q, %v", plain, err)
	}
	if bytes.Equal(sealed, k.Seal("cookie", []byte("plain"), []byte("aad"))) {
		t.Error("the same bytes twice: the nonce is not random")
	}
	for name, open := range map[string]func() ([]byte, error){
		"another purpose": func() ([]byte, error) { return k.Open("session", sealed, []byte("aad")) },
		"other aad":       func() ([]byte, error) { return k.Open("cookie", sealed, []byte("aae")) },
		"no aad":          func() ([]byte, error) { return k.Open("cookie", sealed, nil) },
		"another key":     func() ([]byte, error) { return configured(t, secret(2)).Open("cookie", sealed, []byte("aad")) },
		"cut":             func() ([]byte, error) { return k.Open("cookie", sealed[:len(sealed)-1], []byte("aad")) },
		"longer":          func() ([]byte, error) { return k.Open("cookie", append(bytes.Clone(sealed), 0), []byte("aad")) },
		"nothing":         func() ([]byte, error) { return k.Open("cookie", nil, nil) },
	} {
		if plain, err := open(); !errors.Is(err, keyring.ErrUnsealed) || plain != nil {
			t.Errorf("%s: %q, %v; want ErrUnsealed", name, plain, err)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := k.Open("cookie", changed, []byte("aad")); !errors.Is(err, keyring.ErrUnsealed) {
			t.Errorf("byte %d may be changed: %v", i, err)
		}
	}
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// pinned is "plain", sealed by secret(1) for "cookie" with "aad".
const pinned = "01be8b1d9b63cf6e7e2de66035f95b3c064e5316bdc796053dbb92ef075833b17a5fef4f16be421573e78fb6d56e6df0ae9708fc7d7a"

// TestTheDerivationStays pins the bytes: what was sealed or filed by an older
// build must stay readable.
func TestTheDerivationStays(t *testing.T) {
	k := configured(t, secret(1))
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"derive": {k.Derive("replay", 16), "f8b3dcf11876e9d2b1ab40380aecf894"},
		"mac":    {k.MAC("session", []byte("data"))[:16], "83a7b6699622b8b0166f644f2ab14946"},
		"id":     {unhex(t, k.Keys()[0].ID), "be8b1d9b63cf6e7e"},
	} {
		if hex.EncodeToString(c.got) != c.want {
			t.Errorf("%s: %x; want %s", name, c.got, c.want)
		}
	}
	sealed := unhex(t, pinned)
	if plain, err := k.Open("cookie", sealed, []byte("aad")); err != nil || string(plain) != "plain" {
		t.Errorf("got %q, %v", plain, err)
	}
}

func TestPurposesAndKindsAreApart(t *testing.T) {
	k := configured(t, secret(1))
	seen := map[string]string{}
	for name, got := range map[string][]byte{
		"derive a": k.Derive("a", 32), "derive b": k.Derive("b", 32),
		"mac a": k.MAC("a", nil), "mac b": k.MAC("b", nil), "mac a data": k.MAC("a", []byte("x")),
		"another key": configured(t, secret(2)).Derive("a", 32),
	} {
		if other, ok := seen[string(got)]; ok {
			t.Errorf("%s and %s are the same", name, other)
		}
		seen[string(got)] = name
	}
	if !bytes.Equal(k.Derive("a", 32), configured(t, secret(1), secret(2)).Derive("a", 32)) {
		t.Error("the previous key changes what is derived")
	}
	if !bytes.Equal(k.Derive("a", 64)[:32], k.Derive("a", 32)) || len(k.Derive("a", 5)) != 5 {
		t.Error("the length is not what was asked for")
	}
}

func TestConfiguredKeysAreChecked(t *testing.T) {
	for name, keys := range map[string][][]byte{
		"short":          {secret(1)[:31]},
		"empty":          {nil},
		"long":           {make([]byte, 1025)},
		"short previous": {secret(1), {1}},
		"twice":          {secret(1), secret(1)},
		"three":          {secret(1), secret(2), secret(3)},
	} {
		if _, err := keyring.New(keys[0], keys[1:]...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	k := configured(t, secret(1))
	if err := k.Rotate(); !errors.Is(err, keyring.ErrConfigured) {
		t.Errorf("Rotate of a configured key: %v", err)
	}
	if err := k.Reload(); err != nil {
		t.Errorf("Reload of a configured key: %v", err)
	}
	own := secret(7)
	k = configured(t, own)
	before := k.Derive("a", 8)
	clear(own)
	if !bytes.Equal(before, k.Derive("a", 8)) {
		t.Error("the caller's slice is used after New")
	}
}

func TestTheFileIsMadeOnceAndPrivate(t *testing.T) {
	path := keyPath(t)
	k := opened(t, path)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v); want %v", name, info.Mode(), err, want)
		}
	}
	again := opened(t, path)
	if !bytes.Equal(k.Derive("a", 32), again.Derive("a", 32)) {
		t.Error("a second start has another key")
	}
	info := again.Keys()
	if len(info) != 1 || !info[0].Current || len(info[0].ID) != 16 || time.Since(info[0].Created) > time.Minute || info[0] != k.Keys()[0] {
		t.Errorf("Keys: %+v", info)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("%d files were left behind", len(files)-1)
	}
	if bytes.Equal(k.Derive("a", 32), opened(t, keyPath(t)).Derive("a", 32)) {
		t.Error("two hosts have the same key")
	}
}

func TestProcessesThatStartAtOnceShareTheKey(t *testing.T) {
	path := keyPath(t)
	ids := make([]string, 16)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			k, err := keyring.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = k.Keys()[0].ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different keys: %v", ids)
		}
	}
}

func TestRotationKeepsThePreviousKeyAndDropsOlderOnes(t *testing.T) {
	path := keyPath(t)
	k := opened(t, path)
	running := opened(t, path) // another process
	first, mac := k.Seal("p", []byte("1"), nil), k.MAC("p", []byte("x"))
	if err := k.Rotate(); err != nil {
		t.Fatal(err)
	}
	second := k.Seal("p", []byte("2"), nil)
	if !k.Stale(first) || k.Stale(second) || !k.Stale(nil) {
		t.Error("Stale does not tell the keys apart")
	}
	if macs := k.MACs("p", []byte("x")); len(macs) != 2 || !bytes.Equal(macs[1], mac) || bytes.Equal(macs[0], mac) || !bytes.Equal(macs[0], k.MAC("p", []byte("x"))) {
		t.Error("MACs are not the current and the previous key's")
	}
	if _, err := running.Open("p", second, nil); !errors.Is(err, keyring.ErrUnsealed) {
		t.Errorf("before Reload: %v", err)
	}
	if err := running.Reload(); err != nil {
		t.Fatal(err)
	}
	for _, ring := range []*keyring.Keyring{k, running, opened(t, path)} {
		for i, sealed := range [][]byte{first, second} {
			if plain, err := ring.Open("p", sealed, nil); err != nil || string(plain) != fmt.Sprint(i+1) {
				t.Errorf("sealed by key %d: %q, %v", i+1, plain, err)
			}
		}
		if infos := ring.Keys(); len(infos) != 2 || !infos[0].Current || infos[1].Current {
			t.Errorf("Keys: %+v", infos)
		}
	}
	if err := running.Rotate(); err != nil { // the other process rotates next
		t.Fatal(err)
	}
	if err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open("p", first, nil); !errors.Is(err, keyring.ErrUnsealed) {
		t.Errorf("the dropped key still opens: %v", err)
	}
	if plain, err := k.Open("p", second, nil); err != nil || string(plain) != "2" {
		t.Errorf("the previous key: %q, %v", plain, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode after a rotation: %v %v", info.Mode(), err)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("%d files were left behind", len(files)-1)
	}
}

func TestBadKeyFilesAreRefused(t *testing.T) {
	path := keyPath(t)
	k := opened(t, path)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	id := k.Keys()[0].ID
	lines := strings.SplitAfter(string(good), "\n")
	line := lines[2]
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"readable by the group": {string(good), 0o640, "run chmod 600 " + path},
		"readable by others":    {string(good), 0o604, "run chmod 600 " + path},
		"empty":                 {"", 0o600, "holds no key"},
		"no key":                {strings.Join(lines[:2], ""), 0o600, "holds no key"},
		"no key file":           {"hello world\n", 0o600, "is no key file"},
		"newer":                 {strings.Replace(string(good), " v1", " v2", 1), 0o600, `its format is "v2" and this build reads "v1"`},
		"damaged id":            {strings.Replace(string(good), id, strings.Repeat("0", 16), 1), 0o600, "line 3: the key does not match its id"},
		"damaged key":           {strings.Replace(string(good), line[len(line)-4:], "$$$\n", 1), 0o600, "line 3: the key is not"},
		"wrong time":            {strings.Replace(string(good), strings.Fields(line)[2], "yesterday", 1), 0o600, "line 3: the creation time is not"},
		"cut":                   {string(good[:len(good)-10]), 0o600, "line 3"},
		"two current":           {string(good) + line, 0o600, `line 4: want "previous"`},
		"three":                 {string(good) + strings.Repeat(strings.Replace(line, "current", "previous", 1), 2), 0o600, "line 5: a third key"},
		"huge":                  {strings.Repeat("#\n", 10_000), 0o600, "too long"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := keyring.Open(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), strings.Fields(line)[3][:10]) {
			t.Errorf("%s: %v; want %q, and no key", name, err, c.want)
		}
		if err := k.Reload(); err == nil || k.Keys()[0].ID != id {
			t.Errorf("%s: Reload %v, key %s; want an error and the key as it was", name, err, k.Keys()[0].ID)
		}
		if err := k.Rotate(); err == nil {
			t.Errorf("%s: Rotate overwrote the file", name)
		}
		if left, _ := os.ReadFile(path); string(left) != c.text {
			t.Errorf("%s: the refused file was changed", name)
		}
	}
	if _, err := keyring.Open(filepath.Dir(path)); err == nil {
		t.Error("a directory is accepted")
	}
	var format *keyring.FormatError
	if err := os.WriteFile(path, []byte("doorward-host-key v9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Open(path); !errors.As(err, &format) || format.Found != "v9" {
		t.Errorf("got %v", err)
	}
}

func TestT48_PrintingAKeyringShowsNoKey(t *testing.T) {
	k := configured(t, []byte("SECRETsecretSECRETsecretSECRETse"))
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "keys", k)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "keys", k)
	encoded, err := json.Marshal(map[string]any{"k": k})
	if err != nil {
		t.Fatal(err)
	}
	out := log.String() + string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out += fmt.Sprintf(verb+"\n", k) + fmt.Sprintf(verb+"\n", struct{ K *keyring.Keyring }{k})
	}
	for _, leak := range []string{"SECRET", "secret", "534543524554", "U0VDUkVU", "83 69 67 82"} {
		if strings.Contains(out, leak) {
			t.Errorf("%q shows in %s", leak, out)
		}
	}
	if !strings.Contains(k.String(), k.Keys()[0].ID) {
		t.Errorf("String is %q", k)
	}
}

func TestConcurrentUse(t *testing.T) {
	k := opened(t, keyPath(t))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				if _, err := k.Open("p", k.Seal("p", []byte("x"), nil), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if err := k.Rotate(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

func FuzzOpen(f *testing.F) {
	k := configured(f, secret(1), secret(2))
	sealed := unhex(f, pinned)
	f.Add(sealed)
	f.Add(sealed[:keyring.Overhead])
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		plain, err := k.Open("cookie", raw, []byte("aad"))
		if err != nil && !errors.Is(err, keyring.ErrUnsealed) {
			t.Errorf("got %v", err)
		}
		if err == nil && !bytes.Equal(raw, sealed) {
			t.Errorf("%x opens as %q", raw, plain)
		}
	})
}

func FuzzKeyFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "key")
	opened(f, path)
	good, _ := os.ReadFile(path)
	f.Add(good)
	f.Add([]byte("doorward-host-key v1\ncurrent  \n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if k, err := keyring.Open(path); err == nil && (len(k.Keys()) < 1 || len(k.Keys()) > 2) {
			t.Errorf("%d keys", len(k.Keys()))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k := configured(b, secret(1))
	plain := make([]byte, 500)
	b.ReportAllocs()
	for b.Loop() {
		k.Seal("cookie", plain, nil)
	}
}

func BenchmarkOpen(b *testing.B) {
	k := configured(b, secret(1))
	sealed := k.Seal("cookie", make([]byte, 500), nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open("cookie", sealed, nil); err != nil {
			b.Fatal(err)
		}
	}
}
