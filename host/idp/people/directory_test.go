package people

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

// newDirectory is an empty directory with keys.
func newDirectory(t testing.TB) Directory {
	t.Helper()
	return Directory{Store: openStore(t), Keys: newKeys(t)}
}

func newKeys(t testing.TB) *keyring.Keyring {
	t.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	keys, err := keyring.New(secret)
	must(t, err)
	return keys
}

// whole fails when the records of the store are not exactly those of its
// people: nothing is left over, and nothing is missing.
func whole(t testing.TB, d Directory) {
	t.Helper()
	want, got := records{}, records{}
	for bucket := range map[string]bool{Bucket: true, bucketSubject: true, bucketBadge: true, bucketPasskey: true, bucketWord: true, bucketConfigured: true} {
		items, err := d.Store.Scan(t.Context(), bucket, "", "", 1<<20)
		must(t, err)
		for _, item := range items {
			got[place{bucket, item.Key}] = string(item.Value)
			if bucket == Bucket {
				person, err := decode(item.Value)
				must(t, err)
				theirs, err := recordsOf(person)
				must(t, err)
				theirs[place{Bucket, item.Key}] = string(item.Value)
				want.add(theirs)
			}
		}
	}
	for _, op := range changes(got, want) {
		t.Errorf("the indexes are not whole: %s %q, delete %v", op.Bucket, op.Key, op.Delete)
	}
}

func TestDirectory_FindsAPersonByEverythingThatIsTheirs(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	ada, err := d.Add(ctx, Person{UserName: "ada", Subject: "s-ada", BadgeNumbers: []string{"04:a1-b2 c3"}, Passkeys: []Passkey{{ID: []byte("credential")}}})
	must(t, err)
	_, err = d.Add(ctx, Person{UserName: "bob", Subject: "s-bob"})
	must(t, err)
	if len(ada.Badges) != 1 || strings.Contains(fmt.Sprintf("%#v", ada.Badges), "04") && strings.Contains(ada.Badges[0], "A1B2") {
		t.Errorf("badges: %v", ada.Badges)
	}
	find := map[string]func() (Person, error){
		"name":    func() (Person, error) { return d.Person(ctx, "ADA") },
		"subject": func() (Person, error) { return d.BySubject(ctx, "s-ada") },
		"badge":   func() (Person, error) { return d.ByBadge(ctx, "04A1B2C3") },
		"passkey": func() (Person, error) { return d.ByPasskey(ctx, []byte("credential")) },
	}
	all := func(want string) {
		t.Helper()
		for by, find := range find {
			if got, err := find(); want == "" && !errors.Is(err, ErrNoPerson) || want != "" && (err != nil || got.UserName != want) {
				t.Errorf("by %s: %v %v; want %q", by, got.UserName, err, want)
			}
		}
		whole(t, d)
	}
	all("ada")
	must(t, d.Update(ctx, "ada", func(p *Person) error { p.Name, p.Subject = "Ada Lovelace", "another"; return nil }))
	all("ada")
	must(t, d.Update(ctx, "ada", func(p *Person) error { p.UserName = "Countess"; return nil }))
	delete(find, "name")
	all("Countess")
	if _, err := d.Person(ctx, "ada"); !errors.Is(err, ErrNoPerson) {
		t.Errorf("the name before: %v", err)
	}
	must(t, d.Disable(ctx, "countess", true))
	if got, _ := d.BySubject(ctx, "s-ada"); !got.Disabled {
		t.Error("not disabled")
	}
	must(t, d.Remove(ctx, "countess"))
	all("")
	for _, nothing := range []error{d.Remove(ctx, "countess"), d.Remove(ctx, ""), d.Update(ctx, "countess", nil)} {
		if !errors.Is(nothing, ErrNoPerson) {
			t.Errorf("of nobody: %v", nothing)
		}
	}
	for _, number := range []string{"", "1", "zz!", strings.Repeat("9", 129)} {
		if _, err := d.ByBadge(ctx, number); !errors.Is(err, ErrNoPerson) {
			t.Errorf("badge %q: %v", number, err)
		}
	}
}

func TestDirectory_NobodyTakesWhatIsAnothers(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	_, err := d.Add(ctx, Person{UserName: "ada", Subject: "s-ada", BadgeNumbers: []string{"0004711"}, Passkeys: []Passkey{{ID: []byte("k")}}})
	must(t, err)
	_, err = d.Add(ctx, Person{UserName: "bob", Subject: "s-bob"})
	must(t, err)
	for what, try := range map[string]func() error{
		"user name": func() error { _, err := d.Add(ctx, Person{UserName: " ADA "}); return err },
		"subject":   func() error { _, err := d.PutPerson(ctx, Person{UserName: "eve", Subject: "s-ada"}); return err },
		"badge": func() error {
			return d.Update(ctx, "bob", func(p *Person) error { p.BadgeNumbers = []string{"000-4711"}; return nil })
		},
		"passkey": func() error {
			return d.Update(ctx, "bob", func(p *Person) error { p.Passkeys = []Passkey{{ID: []byte("k")}}; return nil })
		},
	} {
		var taken *TakenError
		if err := try(); !errors.Is(err, ErrTaken) || !errors.As(err, &taken) || taken.What != what || taken.Owner != "ada" || strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := d.Update(ctx, "bob", func(p *Person) error { p.UserName = "Ada"; return nil }); !errors.Is(err, ErrTaken) {
		t.Errorf("renamed to a name that is taken: %v", err)
	}
	whole(t, d)
	must(t, d.Remove(ctx, "ada"))
	must(t, d.Update(ctx, "bob", func(p *Person) error { p.UserName, p.BadgeNumbers = "Ada", []string{"0004711"}; return nil }))
	whole(t, d)
}

// However many write at once, each change is whole and none is lost.
func TestDirectory_ChangesAtOnceAreAllThere(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	_, err := d.Add(ctx, Person{UserName: "ada"})
	must(t, err)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := d.Update(ctx, "ada", func(p *Person) error { p.Groups = append(slices.Clone(p.Groups), fmt.Sprint("g", i)); return nil }); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() { // eight people want one badge
			_, err := d.Add(ctx, Person{UserName: fmt.Sprint("u", i), BadgeNumbers: []string{"0815-0815"}})
			if err != nil && !errors.Is(err, ErrTaken) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ada, err := d.Person(ctx, "ada")
	must(t, err)
	if len(ada.Groups) != 8 {
		t.Errorf("changes were lost: %v", ada.Groups)
	}
	if list, err := d.Scan(ctx, "", 100); err != nil || len(list) != 2 {
		t.Errorf("%d people, %v", len(list), err)
	}
	whole(t, d)
}

// A change that the store breaks off leaves nothing of itself.
func TestDirectory_AChangeIsOneWrite(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	watched := &watch{Store: d.Store}
	d.Store = watched
	_, err := d.Add(ctx, Person{UserName: "ada", Name: "Ada Lovelace", BadgeNumbers: []string{"4711"}})
	must(t, err)
	before := watched.writes
	for _, change := range []func() error{
		func() error {
			_, err := d.Add(ctx, Person{UserName: "bob", Name: "Bob", Subject: "b", BadgeNumbers: []string{"4712"}})
			return err
		},
		func() error { return d.Update(ctx, "bob", func(p *Person) error { p.UserName = "bo"; return nil }) },
		func() error { return d.Remove(ctx, "ada") },
	} {
		must(t, change())
		if before++; watched.writes != before {
			t.Errorf("%d writes; want %d", watched.writes, before)
		}
	}
	must(t, d.Update(ctx, "bo", func(*Person) error { return nil }))
	if watched.writes != before {
		t.Error("what has not changed was written")
	}
	whole(t, d)
}

func TestDirectory_RefusesWhatNobodyIs(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	long := strings.Repeat("x", 300)
	for name, p := range map[string]Person{
		"control":  {UserName: "a\x01b"},
		"subject":  {UserName: "x", Subject: "with space"},
		"name":     {UserName: "x", Name: long},
		"email":    {UserName: "x", Email: "no-at"},
		"email 2":  {UserName: "x", Email: "a@b@c"},
		"phone":    {UserName: "x", Phone: long},
		"group":    {UserName: "x", Groups: []string{""}},
		"role":     {UserName: "x", Roles: []string{long}},
		"claims":   {UserName: "x", Claims: map[string]any{"a": strings.Repeat("x", maxClaims)}},
		"no claim": {UserName: "x", Claims: map[string]any{"": 1}},
		"badge":    {UserName: "x", BadgeNumbers: []string{"1"}},
		"many":     {UserName: "x", Badges: make([]string, maxBadges+1)},
	} {
		if _, err := d.Add(ctx, p); err == nil || errors.Is(err, ErrTaken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Directory{Store: d.Store}).Add(ctx, Person{UserName: "x", BadgeNumbers: []string{"4711"}}); !errors.Is(err, errNoKeys) {
		t.Errorf("without keys: %v", err)
	}
	whole(t, d)
}

// Numbers among the claims come back with the digits they went in with.
func TestDirectory_ClaimsKeepTheirDigits(t *testing.T) {
	var p Person
	must(t, unmarshal([]byte(`{"userName":"ada","sub":"s","claims":{"n":12345678901234567890,"f":1.5,"i":42,"deep":[{"x":9007199254740993}]}}`), &p))
	d, ctx := newDirectory(t), t.Context()
	_, err := d.PutPerson(ctx, p)
	must(t, err)
	got, err := d.Person(ctx, "ada")
	must(t, err)
	if text := fmt.Sprint(got.Claims); text != "map[deep:[map[x:9007199254740993]] f:1.5 i:42 n:12345678901234567890]" {
		t.Error(text)
	}
	if _, is := got.Claims["i"].(int64); !is {
		t.Errorf("a small number is a %T", got.Claims["i"])
	}
}

func TestScanAndSearch(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	for i := range 120 {
		p := Person{UserName: fmt.Sprintf("User%03d", i), GivenName: "Anna", FamilyName: fmt.Sprintf("Annason-%d", i%3), Email: fmt.Sprintf("u%d@plant.example", i)}
		if i == 77 {
			p.Name = "Zoë Annable"
		}
		_, err := d.Add(ctx, p)
		must(t, err)
	}
	all := func(query string, limit int) (names []string) {
		t.Helper()
		for after, pages := "", 0; ; pages++ {
			page, err := d.Search(ctx, query, after, limit)
			must(t, err)
			for _, p := range page.People {
				names = append(names, p.UserName)
			}
			if len(page.People) > limit {
				t.Errorf("%q: a page of %d", query, len(page.People))
			}
			if after = page.Next; after == "" || pages > 130 {
				break
			}
		}
		if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
			t.Errorf("%q by %d: somebody is there twice: %v", query, limit, names)
		}
		return names
	}
	for query, want := range map[string]int{
		"": 120, "user": 120, "USER00": 10, "anna": 120, "annason": 120, "anna 1": 40, "zoe\u0308": 1, "zoë annable": 1,
		"u7@plant.example": 1, "u7": 11, "nobody": 0, "anna nobody": 0, "ser": 0, ", ;": 120,
	} {
		for _, limit := range []int{1, 7, 50, 120, 500} {
			if got := all(query, limit); len(got) != want {
				t.Errorf("%q by %d: %d people; want %d", query, limit, len(got), want)
			}
		}
	}
	must(t, d.Update(ctx, "user077", func(p *Person) error { p.Name = "Renamed"; return nil }))
	if got := all("zoë", 10); len(got) != 0 {
		t.Errorf("found by a name of before: %v", got)
	}
	if list, err := d.Scan(ctx, "USER117", 10); err != nil || len(list) != 2 || list[0].UserName != "User118" {
		t.Errorf("scan: %v %v", list, err)
	}
}

// A search among many who do not match ends, and can go on.
func TestSearch_IsBounded(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	var ops []store.Op
	for i := range maxLooked + 500 {
		theirs, err := recordsOf(Person{Subject: fmt.Sprint("s", i), UserName: fmt.Sprintf("u%05d", i), Name: "Mueller"})
		must(t, err)
		if ops = append(ops, changes(nil, theirs)...); len(ops) > 3000 {
			must(t, d.Store.Apply(ctx, ops...))
			ops = nil
		}
	}
	must(t, d.Store.Apply(ctx, ops...))
	page, err := d.Search(ctx, "mueller x", "", 10)
	if err != nil || len(page.People) != 0 || page.Next == "" {
		t.Fatalf("%d people, next %q, %v", len(page.People), page.Next, err)
	}
	page, err = d.Search(ctx, "mueller x", page.Next, 10)
	if err != nil || page.Next != "" {
		t.Errorf("next %q, %v", page.Next, err)
	}
}

// A store that was written before there were indexes gets them.
func TestIndex_OfAnOlderStore(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	for i := range 1200 {
		p := Person{Subject: fmt.Sprint("s", i), UserName: fmt.Sprintf("u%04d", i), Name: "Somebody Old", Configured: i%2 == 0}
		value, err := p.encode()
		must(t, err)
		must(t, d.Store.Apply(ctx, store.Op{Bucket: Bucket, Key: p.UserName, Value: value}))
	}
	must(t, d.Keep(ctx, Person{UserName: "u0002", Subject: "s2"}))
	if _, err := d.BySubject(ctx, "s1199"); err != nil {
		t.Error(err)
	}
	if _, err := d.Person(ctx, "u0004"); !errors.Is(err, ErrNoPerson) {
		t.Errorf("who was configured before is still there: %v", err)
	}
	whole(t, d)
}

// What a person's badge is known by survives rotations of the host's key, and
// so does what is sealed for them; without the host's key there is none of it.
func TestReseal(t *testing.T) {
	st, ctx := openStore(t), t.Context()
	first, second := make([]byte, 32), make([]byte, 32)
	_, _ = rand.Read(first)
	_, _ = rand.Read(second)
	before, err := keyring.New(first)
	must(t, err)
	both, err := keyring.New(second, first)
	must(t, err)
	after, err := keyring.New(second)
	must(t, err)
	must(t, Reseal(ctx, st, before)) // nothing to do
	d := Directory{Store: st, Keys: before}
	_, err = d.Add(ctx, Person{UserName: "ada", Subject: "s", BadgeNumbers: []string{"4711"}})
	must(t, err)
	sealed, err := d.SealSecret(ctx, "s", []byte("shared"))
	must(t, err)
	if err := Reseal(ctx, st, after); !errors.Is(err, errSealed) {
		t.Errorf("with a key that opens nothing: %v", err)
	}
	must(t, Reseal(ctx, st, both))
	d.Keys = after
	if p, err := d.ByBadge(ctx, "4711"); err != nil || p.UserName != "ada" {
		t.Errorf("after a rotation: %v %v", p, err)
	}
	if plain, err := d.OpenSecret(ctx, "s", sealed); err != nil || string(plain) != "shared" {
		t.Errorf("after a rotation: %q %v", plain, err)
	}
	if _, err := d.OpenSecret(ctx, "other", sealed); !errors.Is(err, keyring.ErrUnsealed) {
		t.Errorf("another person opens it: %v", err)
	}
	d.Keys = before
	if _, err := d.ByBadge(ctx, "4711"); !errors.Is(err, errSealed) {
		t.Errorf("with the key of before: %v", err)
	}
}
