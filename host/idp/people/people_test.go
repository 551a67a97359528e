package people

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/store"
)

func TestDirectory(t *testing.T) {
	d, ctx := Directory{Store: openStore(t)}, t.Context()
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
	watched := &watch{Store: openStore(t)}
	d, ctx := Directory{Store: watched}, t.Context()
	must(t, d.Seed(ctx, Person{UserName: "grace"}))
	var many []Person
	for i := range 510 {
		many = append(many, Person{UserName: fmt.Sprintf("u%04d", i), PasswordHash: cheapHash("one of many")})
	}
	must(t, d.Keep(ctx, many...))
	first, err := d.Person(ctx, "u0000")
	must(t, err)
	writes := watched.writes
	if must(t, d.Keep(ctx, many...)); watched.writes != writes {
		t.Error("what has not changed was written again")
	}
	many[0].Name = "First"
	must(t, d.Keep(ctx, many[0]))
	if got, err := d.Person(ctx, "u0000"); err != nil || got.Name != "First" || got.Subject != first.Subject {
		t.Errorf("who stayed: %+v %v", got, err)
	}
	if _, err := d.Person(ctx, "u0001"); !errors.Is(err, ErrNoPerson) {
		t.Errorf("who was removed from the configuration is still there: %v", err)
	}
	if _, err := d.Person(ctx, "grace"); err != nil {
		t.Errorf("who was not configured is gone: %v", err)
	}
	for _, bad := range [][]Person{{{UserName: ""}}, {{UserName: "x"}, {UserName: "X"}}} {
		if err := d.Keep(ctx, bad...); err == nil {
			t.Errorf("kept %v", bad)
		}
	}
}

func TestHashPassword(t *testing.T) {
	h := NewHasher(HashesAtOnce, HashesWait)
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
			if got, err := h.Matches(t.Context(), hash, password); got != want || err != nil {
				t.Errorf("%.40s matches %.12q: %v %v", hash, password, got, err)
			}
		}
	}
	if got, _ := h.Matches(t.Context(), nobody.String(), ""); got {
		t.Error("the hash of nobody matches")
	}
	for _, bad := range []string{"", strings.Repeat("x", 1025)} {
		if _, err := HashPassword(bad); err == nil {
			t.Errorf("hashed %d bytes", len(bad))
		}
	}
}

func TestHashingIsBounded(t *testing.T) {
	h := NewHasher(HashesAtOnce, HashesWait)
	for range HashesAtOnce {
		h.running <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Matches(ctx, "", "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("a third at once: %v", err)
	}
	for len(h.waiting) < cap(h.waiting) {
		h.waiting <- struct{}{}
	}
	start := time.Now()
	if _, err := h.Matches(t.Context(), "", "x"); !errors.Is(err, ErrBusy) || time.Since(start) > time.Second {
		t.Errorf("one more waiting: %v after %s", err, time.Since(start))
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

func openStore(t testing.TB) store.Store {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "people.db"), store.Options{Now: time.Now, InsecureNoSync: true})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func cheapHash(password string) string {
	hash, err := Cost{Memory: 64, Time: 1, Threads: 1}.Hash(password)
	if err != nil {
		panic(err)
	}
	return hash
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// watch counts what is read and written, and fails when it is told to.
type watch struct {
	store.Store
	reads, scanned, writes int
	failAfter              int
}

func (w *watch) Apply(ctx context.Context, ops ...store.Op) error {
	if w.writes++; w.failAfter > 0 && w.writes > w.failAfter {
		return store.ErrUnavailable
	}
	return w.Store.Apply(ctx, ops...)
}

func (w *watch) Get(ctx context.Context, bucket, key string) (store.Item, error) {
	w.reads++
	return w.Store.Get(ctx, bucket, key)
}

func (w *watch) Scan(ctx context.Context, bucket, prefix, after string, limit int) ([]store.Item, error) {
	items, err := w.Store.Scan(ctx, bucket, prefix, after, limit)
	w.scanned += len(items)
	return items, err
}
