package people

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// A person of the file keeps, under another name too, what the file cannot say;
// two can change names with each other; whoever gets another subject is somebody
// else.
func TestKeep_FollowsSubjects(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	must(t, d.Keep(ctx, Person{UserName: "ada", Subject: "1", BadgeNumbers: []string{"1111"}}, Person{UserName: "bob", Subject: "2"}, Person{UserName: "eve", Subject: "3"}))
	for _, name := range []string{"ada", "bob", "eve"} {
		must(t, d.Update(ctx, name, func(p *Person) error {
			p.TOTP, p.Passkeys = []byte(name), []Passkey{{ID: []byte(name)}}
			return nil
		}))
	}
	must(t, d.Keep(ctx, Person{UserName: "bob", Subject: "1"}, Person{UserName: "ada", Subject: "2", BadgeNumbers: []string{"1111"}}, Person{UserName: "eve", Subject: "9"}))
	whole(t, d)
	for name, want := range map[string]string{"bob": "1 ada 0", "ada": "2 bob 1", "eve": "9  0"} {
		p, err := d.Person(ctx, name)
		if got := fmt.Sprintf("%s %s %d", p.Subject, p.TOTP, len(p.Badges)); err != nil || got != want || len(p.Passkeys) != len(strings.Fields(want))-2 {
			t.Errorf("%s is %s, %d passkeys, %v; want %s", name, got, len(p.Passkeys), err, want)
		}
	}
	if p, err := d.ByPasskey(ctx, []byte("ada")); err != nil || p.UserName != "bob" {
		t.Errorf("the passkey of subject 1: %v %v", p.UserName, err)
	}
	if _, err := d.BySubject(ctx, "3"); !errors.Is(err, ErrNoPerson) {
		t.Errorf("subject 3: %v", err)
	}
}

func TestKeep_TakesNothingFromWhoIsNotConfigured(t *testing.T) {
	d, ctx := newDirectory(t), t.Context()
	_, err := d.Add(ctx, Person{UserName: "hand", Subject: "h", BadgeNumbers: []string{"4711"}})
	must(t, err)
	for what, p := range map[string]Person{"subject": {UserName: "x", Subject: "h"}, "badge": {UserName: "x", Subject: "x", BadgeNumbers: []string{"47-11"}}} {
		var taken *TakenError
		if err := d.Keep(ctx, p); !errors.As(err, &taken) || taken.What != what || taken.Owner != "hand" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, list := range map[string][]Person{
		"subject": {{UserName: "x", Subject: "same"}, {UserName: "y", Subject: "same"}},
		"badge":   {{UserName: "x", Subject: "1", BadgeNumbers: []string{"1234"}}, {UserName: "y", Subject: "2", BadgeNumbers: []string{"12-34"}}},
	} {
		if err := d.Keep(ctx, list...); err == nil || !strings.Contains(err.Error(), "the "+what+" is there twice") {
			t.Errorf("two with one %s: %v", what, err)
		}
	}
	must(t, d.Keep(ctx, Person{UserName: "hand", Subject: "h", Name: "From the file"}))
	whole(t, d)
	if p, _ := d.BySubject(ctx, "h"); !p.Configured || len(p.Badges) != 0 {
		t.Errorf("who came into the file: %+v", rowOf(p, true))
	}
	must(t, d.Keep(ctx))
	whole(t, d)
	if list, err := d.Scan(ctx, "", 10); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

// More people than fit into one change are written person by person, and a Keep
// that broke off is made good by the next.
func TestKeep_Many(t *testing.T) {
	watched := &watch{Store: openStore(t)}
	d, ctx := Directory{Store: watched, Keys: newKeys(t)}, t.Context()
	var many, moved []Person
	for i := range 2500 {
		many = append(many, Person{UserName: fmt.Sprintf("u%04d", i), Subject: fmt.Sprint("s", i), Name: "One Of Many"})
		moved = append(moved, Person{UserName: fmt.Sprintf("v%04d", i), Subject: fmt.Sprint("s", i), Name: "One Of Many"})
	}
	must(t, d.Keep(ctx, many...))
	if whole(t, d); watched.writes < 4 {
		t.Errorf("%d writes", watched.writes)
	}
	for i := 0; i < 2500; i += 50 {
		must(t, d.Update(ctx, fmt.Sprintf("u%04d", i), func(p *Person) error { p.TOTP = []byte(p.Subject); return nil }))
	}
	watched.failAfter = watched.writes + 3
	if err := d.Keep(ctx, moved...); err == nil {
		t.Fatal("the store did not fail")
	}
	watched.failAfter = 0
	must(t, d.Keep(ctx, moved...))
	whole(t, d)
	for i := 0; i < 2500; i += 50 {
		if p, err := d.BySubject(ctx, fmt.Sprint("s", i)); err != nil || string(p.TOTP) != p.Subject {
			t.Errorf("%v lost the authenticator app: %v", p, err)
		}
	}
	if list, err := d.Scan(ctx, "u9999", 1000); err != nil || len(list) != 1000 || list[0].UserName != "v0000" {
		t.Errorf("%d %v", len(list), err)
	}
	before := watched.reads
	_, err := d.Add(ctx, Person{UserName: "one more"})
	must(t, err)
	if watched.reads-before > 20 {
		t.Errorf("adding one person reads %d records", watched.reads-before)
	}
}

// A start looks at the configured people, however many others there are.
func TestKeep_LooksAtTheConfiguredAlone(t *testing.T) {
	watched := &watch{Store: openStore(t)}
	d, ctx := Directory{Store: watched}, t.Context()
	must(t, d.Keep(ctx, Person{UserName: "conf", Subject: "c"}))
	for i := range 300 {
		_, err := d.Add(ctx, Person{UserName: fmt.Sprint("u", i)})
		must(t, err)
	}
	watched.reads, watched.scanned = 0, 0
	must(t, d.Keep(ctx, Person{UserName: "conf", Subject: "c"}))
	if watched.reads+watched.scanned > 10 {
		t.Errorf("%d records were read", watched.reads+watched.scanned)
	}
}
