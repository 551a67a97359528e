package login

import (
	"fmt"
	"testing"
)

func TestGrantingKeepsTheTokensThatEndLast(t *testing.T) {
	want := func(i int) Want { return Want{Resource: fmt.Sprintf("https://api-%d.example.com", i)} }
	var tokens Tokens
	for i := range maxGranted {
		tokens = tokens.Granting(want(i), Granted{Token: fmt.Sprint(i), Expires: int64(2000 + i)}, 1000)
	}
	before := tokens
	tokens = tokens.Granting(want(99), Granted{Token: "99", Expires: 1500}, 1000)
	if _, kept := tokens.For[want(0).Key()]; kept || len(tokens.For) != maxGranted || tokens.For[want(99).Key()].Token != "99" {
		t.Errorf("%d tokens", len(tokens.For))
	}
	if before.For[want(0).Key()].Token != "0" || len(before.For) != maxGranted {
		t.Error("the tokens before, which others share, have changed")
	}
	again := tokens.Granting(want(5), Granted{Token: "new", Expires: 3000}, 1000)
	if len(again.For) != maxGranted || again.For[want(5).Key()].Token != "new" {
		t.Error("one that is there already made another go")
	}
	if left := again.Lasting(2010); len(left.For) != 6 || len(again.For) != maxGranted { // 11 to 15, and 5
		t.Errorf("%d are left", len(left.For))
	}
	unknown := Tokens{}.Granting(want(1), Granted{Token: "x"}, 1000)
	if len(unknown.Lasting(1<<40).For) != 1 {
		t.Error("a token whose end is not known was dropped")
	}
}

func TestWantsHaveKeysOfTheirOwn(t *testing.T) {
	seen := map[string]Want{}
	for _, w := range []Want{{}, {Resource: "a"}, {Audience: "a"}, {Scope: "a"}, {Resource: "a", Scope: "a"}, {Resource: "a", Audience: "a"}, {Scope: "a a"}} {
		if other, taken := seen[w.Key()]; taken {
			t.Errorf("%+v and %+v", w, other)
		}
		seen[w.Key()] = w
	}
}
