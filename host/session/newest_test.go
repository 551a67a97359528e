package session_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// The newest are the beginning of the whole list, however many are asked for,
// and what is not listed is counted.
func TestSurveyIsTheBeginningOfTheList(t *testing.T) {
	k := newKit(t)
	const people, n = 7, 60
	for i := range n {
		k.signIn(fmt.Sprint("person-", rand.IntN(people)), "")
		if i%3 != 0 { // some begin within one millisecond
			k.clock.Advance(time.Duration(rand.IntN(5)) * time.Millisecond)
		}
	}
	whole, err := k.List(t.Context(), session.Filter{})
	if err != nil || len(whole) != n {
		t.Fatal(len(whole), err)
	}
	of, one := map[string]int{}, whole[n/2].Person
	var theirs []session.Listed
	for _, l := range whole {
		if of[l.Person]++; l.Person == one {
			theirs = append(theirs, l)
		}
	}
	for _, most := range []int{0, 1, 2, 3, 10, 29, 30, 59, 60, 61, 1000} {
		for _, c := range []struct {
			same string
			want []session.Listed
		}{{"", whole}, {one, theirs}, {"0000000000000000", []session.Listed{}}, {"x", []session.Listed{}}} {
			got, err := k.Survey(t.Context(), session.Filter{Newest: most, SamePerson: c.same})
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if most > 0 && most < len(want) {
				want = want[:most]
			}
			if !reflect.DeepEqual(got.Sessions, want) {
				t.Errorf("the newest %d of %q are not the beginning of the list", most, c.same)
			}
			if got.Matching != len(c.want) || got.Total != n {
				t.Errorf("the newest %d of %q: %d match of %d", most, c.same, got.Matching, got.Total)
			}
			people := map[string]int{}
			for _, l := range want {
				people[l.Person] = of[l.Person]
			}
			if !reflect.DeepEqual(got.People, people) {
				t.Errorf("the newest %d of %q: people %v, want %v", most, c.same, got.People, people)
			}
		}
	}
	if list, err := k.List(t.Context(), session.Filter{Newest: 5}); err != nil || !reflect.DeepEqual(list, whole[:5]) {
		t.Errorf("a list of five: %v", err)
	}
	k.clock.Advance(idle) // what has ended is neither listed nor counted
	last := k.signIn(ben, "")
	got, err := k.Survey(t.Context(), session.Filter{Newest: 5})
	if err != nil || got.Total != 1 || got.Matching != 1 || len(got.Sessions) != 1 || got.Sessions[0].ID != last.ID || len(got.People) != 1 {
		t.Errorf("%+v %v", got, err)
	}
}

// The tag of a person is that of their sessions in every list, before, during
// and after a rotation of the key.
func TestPersonTagIsTheOneOfTheList(t *testing.T) {
	k := newKit(t)
	k.signIn("person-1", "")
	k.signIn("person-2", "")
	tagged := func(sub string) login.Person { return login.Person{IdP: "corp", Issuer: issuer, Subject: sub} }
	for turn := range 2 {
		list, err := k.List(t.Context(), session.Filter{})
		if err != nil || len(list) != 2 {
			t.Fatal(len(list), err)
		}
		tags := map[string]bool{k.PersonTag(tagged("person-1")): true, k.PersonTag(tagged("person-2")): true}
		for _, l := range list {
			if !tags[l.Person] {
				t.Errorf("after %d rotations the list shows %s, and the tags are %v", turn, l.Person, tags)
			}
		}
		if len(tags) != 2 || k.PersonTag(tagged("person-3")) == list[0].Person {
			t.Errorf("the tags are %v", tags)
		}
		if err := k.keys.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
}
