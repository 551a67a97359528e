package idp

// What is written to the store, and what happens when it does not answer.

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

// What nobody has proved writes nothing.
func TestStrangersWriteNothing(t *testing.T) {
	b := newBench(t)
	watched := &watch{Store: b.store}
	b.useStore(watched)
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	c.submit(page, "ada", "wrong")
	c.submit(page, "nobody", "wrong")
	c.get(pathAuthorize, asking("prompt", "none"))
	c.get(pathEndSession, nil)
	b.token(newSecret())
	b.userInfo("Bearer " + newSecret())
	if watched.writes != 0 {
		t.Errorf("%d writes", watched.writes)
	}
	if c.submit(page, "ada", adaPass); watched.writes != 1 {
		t.Errorf("a sign-in made %d writes, want one", watched.writes)
	}
}

// watch counts writes, fails on demand, and does something between two calls.
type watch struct {
	store.Store
	writes int
	fail   error
	before map[string]func() // by bucket, once, before a Get
}

func (w *watch) Apply(ctx context.Context, ops ...store.Op) error {
	w.writes++
	if w.fail != nil {
		return w.fail
	}
	return w.Store.Apply(ctx, ops...)
}

func (w *watch) Get(ctx context.Context, bucket, key string) (store.Item, error) {
	if w.fail != nil {
		return store.Item{}, w.fail
	}
	if do := w.before[bucket]; do != nil {
		delete(w.before, bucket)
		do()
	}
	return w.Store.Get(ctx, bucket, key)
}

func TestStoreDownGrantsNothing(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass)
	code := c.back(c.get(pathAuthorize, asking())).Get("code")
	page := c.get(pathAuthorize, asking("prompt", "login"))
	watched := &watch{Store: b.store, fail: errors.Join(store.ErrUnavailable, errors.New("secret detail"))}
	b.useStore(watched)
	b.provider.cfg.People = people.Directory{Store: watched}
	for name, r := range map[string]result{
		"authorize":   c.get(pathAuthorize, asking()),
		"sign-in":     c.submit(page, "ada", adaPass),
		"end session": c.get(pathEndSession, nil),
		"token":       b.token(code),
		"userinfo":    b.userInfo("Bearer " + newSecret()),
	} {
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Location") != "" || strings.Contains(r.body, "secret detail") {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
	}
}
