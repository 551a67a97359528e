package idp

// People, passwords, keys, and the way in without a socket.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

func TestBusySignInSaysSo(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	b.provider.hashing = people.NewHasher(0, 0)
	if r := c.submit(page, "ada", adaPass); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || c.session() != "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
}

func TestRotateKeys(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	old, _ := b.redeemed(c.signIn("ada", adaPass))
	must(t, b.provider.RotateKeys(t.Context()))
	fresh, _ := b.redeemed(c.signIn("ada", adaPass, "prompt", "login"))
	if head := func(s string) string { return strings.Split(s, ".")[0] }; head(old.IDToken) == head(fresh.IDToken) {
		t.Error("the old key still signs")
	}
	b.verified(old.IDToken)
	if !c.back(c.get(pathAuthorize, asking("id_token_hint", old.IDToken))).Has("code") {
		t.Error("an older hint is refused")
	}
	second, err := New(b.provider.cfg)
	must(t, err)
	if got, want := second.keys.Public().Keys[0].KeyID, b.provider.keys.Public().Keys[0].KeyID; got != want {
		t.Errorf("a restart signs with %s, not %s", got, want)
	}
}

func TestFirstStartMakesOneKey(t *testing.T) {
	b := newBench(t)
	s := openStore(t, b.clock.Now)
	var providers [2]*Provider
	var wg sync.WaitGroup
	for i := range providers {
		wg.Go(func() {
			p, err := New(Config{Issuer: b.issuer, Store: s, Keys: b.ring})
			if err != nil {
				t.Error(err)
				return
			}
			providers[i] = p
		})
	}
	wg.Wait()
	if a, b := providers[0].keys.Public().Keys, providers[1].keys.Public().Keys; len(a) != 3 || len(b) != 3 || a[0].KeyID != b[0].KeyID {
		t.Errorf("two starts at once have the keys %v and %v", a, b)
	}
}

func TestKeysFollowTheHostKey(t *testing.T) {
	b := newBench(t)
	cfg := b.provider.cfg
	cfg.Keys = newRing(t, 2, 1) // rotated
	_, err := New(cfg)
	must(t, err)
	cfg.Keys = newRing(t, 3, 2) // and again: the first is gone
	p, err := New(cfg)
	must(t, err)
	must(t, p.RotateKeys(t.Context()))
	cfg.Keys = newRing(t, 9)
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "restore the host's key") {
		t.Errorf("a foreign host key: %v", err)
	}
	must(t, b.store.Apply(t.Context(), store.Op{Bucket: "idp.keys", Key: "signing", Value: p.cfg.Keys.Seal("idp.signing-keys", []byte("[]"), []byte("signing"))}))
	if _, err := New(p.cfg); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged record: %v", err)
	}
}

func TestRoundTripper(t *testing.T) {
	b := newBench(t)
	client := http.Client{Transport: b.provider.RoundTripper()}
	r, err := client.Get(b.issuer + pathDiscovery)
	must(t, err)
	body, err := io.ReadAll(r.Body)
	must(t, err)
	if object(t, string(body))["issuer"] != b.issuer || r.Header.Get("Content-Type") != "application/json" || r.ContentLength != int64(len(body)) {
		t.Errorf("%v %s", r, body)
	}
	code := b.browser().signIn("ada", adaPass)
	form := strings.NewReader("grant_type=authorization_code&redirect_uri=" + callback + "&code_verifier=" + verifier + "&code=" + code)
	post, err := http.NewRequest(http.MethodPost, b.issuer+pathToken, form)
	must(t, err)
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	post.SetBasicAuth("app", appSecret)
	r, err = client.Do(post)
	must(t, err)
	if r.StatusCode != http.StatusOK {
		t.Errorf("token: %d", r.StatusCode)
	}
	for _, other := range []string{"https://evil.example/idp/keys", b.issuer + "x/keys", strings.Replace(b.issuer, "http:", "https:", 1) + "/keys", strings.TrimSuffix(b.issuer, "/idp") + "/session", strings.Replace(b.issuer, "127.0.0.1", "user@127.0.0.1", 1) + "x"} {
		if _, err := client.Get(other); err == nil {
			t.Errorf("%s was served", other)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	done, err := http.NewRequestWithContext(ctx, http.MethodGet, b.issuer+pathKeys, nil)
	must(t, err)
	if _, err := client.Do(done); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled request: %v", err)
	}
	if _, err := (&answer{header: http.Header{}}).Write(make([]byte, maxAnswer+1)); err == nil {
		t.Error("an answer without end is kept")
	}
}
