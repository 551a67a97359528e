package bundle

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

func TestABundleIsFetchedOnceUntilItChanges(t *testing.T) {
	key, from := hosttest.NewBundleSigner(t, "k1"), hosttest.NewBundleServer(t)
	source := open(t, from, hosttest.BundleKeys(t, key))
	from.Publish(key.Bundle(t, "1", file("/levels.rego", levels), file("/team/more_test.rego", "package x\n")))

	first, err := source.Fetch(t.Context())
	if err != nil || first == nil {
		t.Fatalf("got %v, %v", first, err)
	}
	if len(first.Modules) != 2 || first.Modules["levels.rego"] != levels || first.Modules["team/more_test.rego"] == "" || first.Revision != "1" {
		t.Errorf("got %+v", first)
	}
	if err := source.Accept(first); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if again, err := source.Fetch(t.Context()); again != nil || err != nil {
			t.Errorf("again: %v, %v", again, err)
		}
	}
	asked, sent, header := from.Asked()
	if sent != 1 || asked != 4 {
		t.Errorf("asked %d times, sent %d times", asked, sent)
	}
	if got := header.Get("Authorization"); got != "Bearer canary-token" {
		t.Errorf("authorization %q", got)
	}

	from.Publish(key.Bundle(t, "2", file("/levels.rego", levels+"\n")))
	second, err := source.Fetch(t.Context())
	if err != nil || second == nil || second.Revision != "2" {
		t.Fatalf("got %v, %v", second, err)
	}
	source.Refuse(second) // its own tests failed, say
	if again, err := source.Fetch(t.Context()); again != nil || err != nil {
		t.Errorf("a refused bundle is looked at again: %v, %v", again, err)
	}
	from.Publish(key.Bundle(t, "3", file("/levels.rego", levels)))
	if third, err := source.Fetch(t.Context()); err != nil || third == nil {
		t.Errorf("got %v, %v", third, err)
	}
}

func TestTheServersFailuresLeaveTheBundleInUse(t *testing.T) {
	key, from := hosttest.NewBundleSigner(t, "k1"), hosttest.NewBundleServer(t)
	source := open(t, from, hosttest.BundleKeys(t, key))
	from.Publish(key.Bundle(t, "1", file("/levels.rego", levels)))
	for _, status := range []int{301, 304, 401, 404, 500, 503} {
		from.Fail(status)
		_, err := source.Fetch(t.Context())
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%d: %v", status, err)
		}
	}
	from.Fail(http.StatusOK)
	if b, err := source.Fetch(t.Context()); err != nil || b == nil {
		t.Errorf("the bundle is not taken once the server is back: %v, %v", b, err)
	}
}

func TestAKeptBundleStartsTheHost(t *testing.T) {
	key, from := hosttest.NewBundleSigner(t, "k1"), hosttest.NewBundleServer(t)
	source := open(t, from, hosttest.BundleKeys(t, key))
	if b, err := source.Kept(); b != nil || err != nil {
		t.Fatalf("nothing is kept yet: %v, %v", b, err)
	}
	from.Publish(key.Bundle(t, "7", file("/levels.rego", levels)))
	b, err := source.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Accept(b); err != nil {
		t.Fatal(err)
	}
	from.Publish(key.Bundle(t, "6", file("/levels.rego", levels+"# older\n")))

	restarted, err := New(source.cfg)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := restarted.Kept()
	if err != nil || kept == nil || kept.Revision != "7" || kept.Modules["levels.rego"] != levels {
		t.Fatalf("got %+v, %v", kept, err)
	}
	if b, err := restarted.Fetch(t.Context()); b != nil || err == nil || !strings.Contains(err.Error(), "older than the one in use") {
		t.Errorf("a restart takes an older bundle: %v, %v", b, err)
	}

	t.Run("changed on disk", func(t *testing.T) {
		text, err := os.ReadFile(source.cfg.Keep)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 1
		if err := os.WriteFile(source.cfg.Keep, text, 0o600); err != nil {
			t.Fatal(err)
		}
		restarted, _ := New(source.cfg)
		if b, err := restarted.Kept(); b != nil || err == nil {
			t.Errorf("got %v, %v", b, err)
		}
	})
	t.Run("key withdrawn", func(t *testing.T) {
		if err := source.keep(b); err != nil {
			t.Fatal(err)
		}
		cfg := source.cfg
		cfg.JWKS = hosttest.BundleKeys(t, hosttest.NewBundleSigner(t, "k1"))
		restarted, _ := New(cfg)
		if b, err := restarted.Kept(); b != nil || err == nil {
			t.Errorf("got %v, %v", b, err)
		}
	})
}

func TestRevisionsHaveAnOrder(t *testing.T) {
	for _, test := range []struct{ next, current, want string }{
		{"2", "1", ""},
		{"10", "9", ""},
		{"1", "1", "has the revision in use"},
		{"9", "10", "older"},
		{"2026-11-22T10:00:01Z", "2026-11-22T10:00:00Z", ""},
		{"2026-11-22T10:00:00Z", "2026-11-22T11:30:00+02:00", ""},
		{"2026-11-22T10:00:00Z", "2026-11-22T11:30:00+01:00", "older"},
		{"5", "2026-11-22T10:00:00Z", "not of one kind"},
	} {
		err := newer(test.next, test.current)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s after %s: %v", test.next, test.current, err)
		}
	}
	for _, odd := range []string{"", "v2", "01", "-1", "1.5", "99999999999999999999999", "yesterday", "2026-11-22"} {
		if err := checkRevision(odd); err == nil {
			t.Errorf("%q has no order", odd)
		}
	}
}

func TestKeys(t *testing.T) {
	key := hosttest.NewBundleSigner(t, "k1")
	good := string(hosttest.BundleKeys(t, key))
	for name, test := range map[string]struct{ text, want string }{
		"empty":    {`{"keys":[]}`, "no public key"},
		"no json":  {`keys`, "not a json object"},
		"no kid":   {strings.Replace(good, `"kid":"k1",`, "", 1), "has no kid"},
		"no alg":   {strings.Replace(good, `"alg":"ES256",`, "", 1), "needs an alg"},
		"hmac":     {`{"keys":[{"kty":"oct","kid":"h","alg":"HS256","k":"c2VjcmV0"}]}`, "no public key"},
		"doubled":  {`{"keys":[` + strings.TrimSuffix(strings.TrimPrefix(good, `{"keys":[`), `]}`) + "," + strings.TrimPrefix(good, `{"keys":[`), "two keys have the kid"},
		"alg none": {strings.Replace(good, `"alg":"ES256"`, `"alg":"EdDSA"`, 1), "needs an alg"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(Config{JWKS: []byte(test.text)}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}
