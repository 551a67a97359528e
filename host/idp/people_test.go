package idp

// People, passwords, keys, and the way in without a socket.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/store"
)

func TestDirectory(t *testing.T) {
	b := newBench(t)
	d, ctx := b.people, t.Context()
	first, err := d.PutPerson(ctx, Person{UserName: "Grace", Name: "Grace Hopper"})
	must(t, err)
	if first.Subject == "" {
		t.Fatal("no subject")
	}
	again, err := d.PutPerson(ctx, Person{UserName: " grace ", Name: "Rear Admiral"})
	must(t, err)
	if again.Subject != first.Subject {
		t.Error("a person who is put again gets another subject")
	}
	must(t, d.Seed(ctx, Person{UserName: "GRACE", Name: "seeded"}, Person{UserName: "new", Name: "seeded"}))
	if got, err := d.Person(ctx, "gRaCe"); err != nil || got.Name != "Rear Admiral" || got.Subject != first.Subject {
		t.Errorf("after seeding: %+v %v", got, err)
	}
	if got, err := d.Person(ctx, "new"); err != nil || got.Subject == "" {
		t.Errorf("the new one: %+v %v", got, err)
	}
	_, err = d.PutPerson(ctx, Person{UserName: "Zo\u00eb"})
	must(t, err)
	if _, err := d.Person(ctx, "zoe\u0308"); err != nil {
		t.Errorf("a name with its accent typed otherwise: %v", err)
	}
	for _, name := range []string{"", "  ", "nobody", strings.Repeat("x", 257)} {
		if _, err := d.Person(ctx, name); !errors.Is(err, ErrNoPerson) {
			t.Errorf("Person(%q): %v", name, err)
		}
	}
	for _, bad := range []Person{{UserName: " "}, {UserName: strings.Repeat("x", 257)}, {UserName: "x", PasswordHash: "plain"}, {UserName: "x", Claims: map[string]any{"f": func() {}}}} {
		if _, err := d.PutPerson(ctx, bad); err == nil || strings.Contains(err.Error(), "plain") {
			t.Errorf("put %v: %v", bad, err)
		}
	}
}

func TestKeepFollowsTheConfiguration(t *testing.T) {
	b := newBench(t)
	watched := &watch{Store: b.store}
	d, ctx := Directory{watched}, t.Context()
	var many []Person
	for i := range keepBatch + 10 {
		many = append(many, Person{UserName: fmt.Sprintf("u%04d", i), PasswordHash: cheapHash("one of many")})
	}
	must(t, d.Keep(ctx, many...))
	first, err := d.Person(ctx, "u0000")
	must(t, err)
	writes := watched.writes
	if must(t, d.Keep(ctx, many...)); watched.writes != writes {
		t.Error("what has not changed was written again")
	}
	c := b.browser()
	c.signIn("u0001", "one of many")
	many[0].Name = "First"
	must(t, d.Keep(ctx, many[0]))
	if got, err := d.Person(ctx, "u0000"); err != nil || got.Name != "First" || got.Subject != first.Subject {
		t.Errorf("who stayed: %+v %v", got, err)
	}
	if b.count(bucketPeople) != 1+3 { // the bench's own three were not configured
		t.Errorf("%d people are left", b.count(bucketPeople))
	}
	if r := b.browser().submitNew("u0001", "one of many"); r.StatusCode != http.StatusForbidden || c.signedIn() {
		t.Errorf("who was removed from the configuration can still sign in: %d", r.StatusCode)
	}
	for _, bad := range [][]Person{{{UserName: ""}}, {{UserName: "x"}, {UserName: "X"}}} {
		if err := d.Keep(ctx, bad...); err == nil {
			t.Errorf("kept %v", bad)
		}
	}
}

func TestHashPassword(t *testing.T) {
	h := newHasher()
	one, err := HashPassword("päss word")
	must(t, err)
	two, _ := HashPassword("päss word")
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hashes: %s %s", one, two)
	}
	// Of the reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for hash, passwords := range map[string]map[string]bool{
		one:       {"päss word": true, "pa\u0308ss word": true, "päss word ": false, "": false, strings.Repeat("x", 1025): false},
		reference: {"password": true, "Password": false},
		"":        {"": false, "x": false},
		"$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc": {"password": false},
	} {
		for password, want := range passwords {
			if got, err := h.matches(t.Context(), hash, password); got != want || err != nil {
				t.Errorf("%.40s matches %.12q: %v %v", hash, password, got, err)
			}
		}
	}
	if got, _ := h.matches(t.Context(), nobody.String(), ""); got {
		t.Error("the hash of nobody matches")
	}
	for _, bad := range []string{"", strings.Repeat("x", 1025)} {
		if _, err := HashPassword(bad); err == nil {
			t.Errorf("hashed %d bytes", len(bad))
		}
	}
}

func TestHashingIsBounded(t *testing.T) {
	h := newHasher()
	for range hashesAtOnce {
		h.running <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.matches(ctx, "", "x"); !errors.Is(err, errBusy) {
		t.Errorf("a third at once: %v", err)
	}
	for len(h.waiting) < cap(h.waiting) {
		h.waiting <- struct{}{}
	}
	start := time.Now()
	if _, err := h.matches(t.Context(), "", "x"); !errors.Is(err, errBusy) || time.Since(start) > time.Second {
		t.Errorf("one more waiting: %v after %s", err, time.Since(start))
	}
}

func TestBusySignInSaysSo(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	page := c.get(pathAuthorize, ask())
	for len(b.provider.hashing.waiting) < cap(b.provider.hashing.waiting) {
		b.provider.hashing.waiting <- struct{}{}
	}
	if r := c.submit(page, "ada", adaPass); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || c.session() != "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Add("$argon2i$v=19$m=-1,t=0,p=300$a$b")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parsePHC(s)
		if err == nil && (h.String() != s || !h.bounded()) {
			t.Errorf("%q is read as %q", s, h.String())
		}
	})
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
	if !c.back(c.get(pathAuthorize, ask("id_token_hint", old.IDToken))).Has("code") {
		t.Error("an older hint is refused")
	}
	second, err := New(b.provider.cfg)
	must(t, err)
	if got, want := second.keys.Load().public.Keys[0].KeyID, b.provider.keys.Load().public.Keys[0].KeyID; got != want {
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
	if a, b := providers[0].keys.Load().public.Keys, providers[1].keys.Load().public.Keys; len(a) != 1 || len(b) != 1 || a[0].KeyID != b[0].KeyID {
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
	must(t, b.store.Apply(t.Context(), store.Op{Bucket: bucketKeys, Key: keyRecord, Value: p.cfg.Keys.Seal(purposeKeys, []byte("[]"), []byte(keyRecord))}))
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
