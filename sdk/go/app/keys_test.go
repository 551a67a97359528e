package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/sdk/go/app"
)

// A rotation is noticed by the kid, a withdrawal by the age, and strangers who
// invent kids make nobody ask the host again and again.
func TestKeys_RotationAndAge(t *testing.T) {
	t.Parallel()
	one, two := newSigning(t, "k1"), newSigning(t, "k2")
	p := newPublisher(t, one)
	c := &clock{}
	a := newApp(t, p.URL, c)
	verifies := func(k *signing) error {
		claims := with(with(goodClaims(p.URL), "iat", c.now().Unix()), "exp", c.now().Unix()+60)
		_, err := a.Verify(context.Background(), k.sign(k.header(), claims))
		return err
	}
	for range 50 {
		if err := verifies(one); err != nil {
			t.Fatal(err)
		}
	}
	if n := p.asked.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
	for range 50 {
		if err := verifies(two); !errors.Is(err, app.ErrAssertion) {
			t.Fatalf("a key that is not published: %v", err)
		}
	}
	if n := p.asked.Load(); n != 1 {
		t.Errorf("within seconds, unknown kids made %d fetches", n)
	}
	c.Add(int64(11 * time.Second))
	p.publish(two, one)
	if err := errors.Join(verifies(two), verifies(one)); err != nil || p.asked.Load() != 2 {
		t.Errorf("after a rotation: %v, and %d fetches", err, p.asked.Load())
	}
	p.publish(two)
	c.Add(int64(4 * time.Minute))
	if err := verifies(one); err != nil {
		t.Errorf("while the set may be kept: %v", err)
	}
	c.Add(int64(2 * time.Minute))
	if err := verifies(one); !errors.Is(err, app.ErrAssertion) {
		t.Errorf("a key that was withdrawn: %v", err)
	}
	if err := verifies(two); err != nil {
		t.Error(err)
	}
}

// TestT49_keys_down: a host that cannot be asked, or answers nonsense, lets
// nobody in; keys that are known go on for an hour.
func TestT49_keys_down(t *testing.T) {
	t.Parallel()
	key := newSigning(t, "k1")
	p := newPublisher(t, key)
	body := func(status int, text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(status); _, _ = io.WriteString(w, text) }
	}
	point := `"kty":"EC","crv":"P-256","kid":"k1","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"`
	bad := map[string]func(http.ResponseWriter){
		"500": body(500, "{}"), "404": body(404, "{}"), "no JSON": body(200, "<html>"), "empty": body(200, ""), "no keys": body(200, `{"keys":[]}`), "off the curve": body(200, `{"keys":[{`+point+`}]}`),
		"short": body(200, `{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","x":"AA","y":"AA"}]}`), "too long": body(200, `{"keys":[],"x":"`+strings.Repeat("x", 70<<10)+`"}`),
		"a list": body(200, "[]"), "only encryption": body(200, `{"keys":[{"use":"enc",`+point+`}]}`), "only a secret": body(200, `{"keys":[{"kty":"oct","k":"AAAA","kid":"k1","alg":"HS256"}]}`),
		"many":     body(200, `{"keys":[`+strings.TrimSuffix(strings.Repeat(`{"kty":"RSA"},`, 40), ",")+`]}`),
		"redirect": func(w http.ResponseWriter) { w.Header().Set("Location", "/elsewhere"); w.WriteHeader(302) },
	}
	for name, answer := range bad {
		p.set(answer)
		a := newApp(t, p.URL, &clock{})
		if _, err := a.Verify(context.Background(), key.sign(key.header(), goodClaims(p.URL))); !errors.Is(err, app.ErrKeys) {
			t.Errorf("%s: %v", name, err)
		}
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("X-Doorward-Assertion", key.sign(key.header(), goodClaims(p.URL)))
		a.Identify(reached(t, name, false)).ServeHTTP(w, r)
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	p.publish(key)
	c := &clock{}
	a := newApp(t, p.URL, c)
	verifies := func() error {
		_, err := a.Verify(context.Background(), key.sign(key.header(), with(with(goodClaims(p.URL), "iat", c.now().Unix()), "exp", c.now().Unix()+60)))
		return err
	}
	if err := verifies(); err != nil {
		t.Fatal(err)
	}
	p.set(bad["500"])
	c.Add(int64(30 * time.Minute))
	if err := verifies(); err != nil {
		t.Errorf("a known key while the host is down: %v", err)
	}
	c.Add(int64(31 * time.Minute))
	if err := verifies(); !errors.Is(err, app.ErrKeys) {
		t.Errorf("a known key after an hour: %v", err)
	}
	p.publish(key)
	c.Add(int64(11 * time.Second))
	if err := verifies(); err != nil {
		t.Errorf("when the host is back: %v", err)
	}
}

// A host that is slow is asked once for all who wait, and nobody waits longer
// than their own request does.
func TestKeys_OneFetchForAll(t *testing.T) {
	t.Parallel()
	key := newSigning(t, "k1")
	p := newPublisher(t, key)
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	let := make(chan struct{})
	p.set(func(w http.ResponseWriter) { <-let; answer(w) })
	a := newApp(t, p.URL, &clock{})
	assertion := key.sign(key.header(), goodClaims(p.URL))
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.Verify(ctx, assertion); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, app.ErrKeys) {
		t.Errorf("whoever waits no longer: %v", err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := a.Verify(context.Background(), assertion); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(let)
	all.Wait()
	if n := p.asked.Load(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, good := range []app.Config{{Host: "https://login.example.com", Name: "wiki"}, {Host: "https://login.example.com/", Name: "wiki"}, {Host: "http://localhost:8080", Name: "wiki", Direct: "http://10.0.0.1:8080"}, {Host: "http://127.0.0.1:1", Name: "w", Origin: "http://w.localhost:2"}} {
		if _, err := app.New(good); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []app.Config{
		{}, {Name: "wiki"}, {Host: "https://login.example.com"}, {Host: "http://login.example.com", Name: "wiki"}, {Host: "login.example.com", Name: "wiki"}, {Host: "https://login.example.com/x", Name: "wiki"},
		{Host: "https://u@login.example.com", Name: "wiki"}, {Host: "https://l.example", Name: "wiki", Leeway: time.Hour}, {Host: "https://l.example", Name: "wiki", Leeway: -1}, {Host: "https://l.example", Name: "wiki", Origin: "http://wiki.example"},
		{Host: "https://l.example", Name: "wiki", Direct: "10.0.0.1:8080"}, {Host: "https://l.example", Name: "wiki", Origin: "https://wiki.example/x?y"}, {Host: "http://127.0.0.1.evil.example", Name: "wiki"},
	} {
		if a, err := app.New(bad); err == nil || a != nil || !strings.Contains(err.Error(), "write") && !strings.Contains(err.Error(), "must be") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	key := newSigning(f, "k1")
	p := newPublisher(f, key)
	a := newApp(f, p.URL, &clock{})
	good := key.sign(key.header(), goodClaims(p.URL))
	for _, s := range []string{"", "a.b.c", good, good + "x", strings.Replace(good, ".", "..", 1)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, assertion string) {
		id, err := a.Verify(context.Background(), assertion)
		if (id == nil) == (err == nil) || id != nil && (fmt.Sprint(id.Subject) != "p-1" || assertion[:strings.LastIndexByte(assertion, '.')] != good[:strings.LastIndexByte(good, '.')]) {
			t.Errorf("%+v, %v", id, err)
		}
	})
}
