package doorward.lists_test

import data.doorward.lists

# What each function says of held and wanted.
_of(held, wanted) := {name |
	some name, true in {"any": _any(held, wanted), "all": _all(held, wanted), "none": _none(held, wanted)}
}

default _any(_, _) := false

_any(held, wanted) if lists.any(held, wanted)

default _all(_, _) := false

_all(held, wanted) if lists.all(held, wanted)

default _none(_, _) := false

_none(held, wanted) if lists.none(held, wanted)

test_both_sides if {
	_of(["a", "b"], ["a"]) == {"any", "all"}
	_of(["a", "b"], ["b", "a"]) == {"any", "all"}
	_of(["a", "b"], ["a", "c"]) == {"any"}
	_of(["a", "b"], ["c"]) == {"none"}
	_of([], ["a"]) == {"none"}
}

test_sets_are_lists if {
	_of({"a", "b"}, {"a"}) == {"any", "all"}
	_of(["a"], {"a", "b"}) == {"any"}
	_of({"a"}, ["b"]) == {"none"}
	_of(set(), {"a"}) == {"none"}
}

test_texts_are_compared_exactly if {
	_of(["Admin", "admin ", "ADMIN", "admіn", "adm\u0000in"], ["admin"]) == {"none"} # the fourth holds a Cyrillic letter
	_of(["Z\u00fcrich"], ["Zu\u0308rich"]) == {"none"} # composed and decomposed
	_of(["日本", "🔑"], ["🔑"]) == {"any", "all"}
	_of([""], ["a"]) == {"none"}
}

test_wanting_nothing_says_nothing if {
	got := [wanted |
		some wanted in [[], set(), [""], ["a", ""], {""}]
		_of(["a", ""], wanted) != set()
	]
	got == []
}

# Neither a type nor a value that is odd makes any of the three hold.
_odd := [
	null, true, false, 0, 1, -1, 1.5, 1e300, "", "a", {}, {"a": "a"}, {"0": "a"}, [null], [1], ["a", 1], ["a", null],
	["a", ["a"]], [{"a": "a"}], {1, "a"}, [true],
]

test_odd_lists_say_nothing if {
	got := [held |
		some held in _odd
		_of(held, ["a"]) != set()
	]
	got == []
}

test_odd_wishes_say_nothing if {
	got := [wanted |
		some wanted in _odd
		_of(["a", "", "1"], wanted) != set()
	]
	got == []
}

test_a_missing_list_says_nothing if {
	_said == set() with input as {}
	_said == {"any", "all", "none", "wanted", "texts"} with input as {"held": ["a"], "wanted": ["b"]}
}

_said contains "any" if lists.any(input.held, ["a"])

_said contains "all" if lists.all(input.held, ["a"])

_said contains "none" if lists.none(input.held, ["b"])

_said contains "wanted" if lists.none(["a"], input.wanted)

_said contains "texts" if lists.texts(input.held)

test_a_long_list if {
	long := [sprintf("item-%d", [n]) | some n in numbers.range(1, 10000)]
	_of(long, ["item-10000"]) == {"any", "all"}
	_of(long, ["item-10001"]) == {"none"}
}

test_texts_gives_the_list_back if {
	got := [list |
		some value in array.concat([["a", "b"], {"a"}, []], _odd)
		list := lists.texts(value)
	]
	got == [["a", "b"], {"a"}, []]
}
