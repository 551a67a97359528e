package doorward.zones_test

import data.doorward.zones

_request := {"ip": "10.1.2.3", "zones": ["plant", "office"], "userAgent": "", "app": ""}

_with(changes) := {"request": object.union(_request, changes)}

_said contains "any" if zones.any(["plant"])

_said contains "all" if zones.all(["plant", "office"])

_said contains "none" if zones.none(["guests"])

_said contains zones.highest

test_both_sides if {
	_said == {"any", "all", "none", "plant"} with input as _with({})
	_said == {"none", "office"} with input as _with({"zones": ["office"]})
	_said == {"none"} with input as _with({"zones": []})
	_said == {"guests"} with input as _with({"zones": ["guests"]})
	not zones.any(["Plant", "pl"]) with input as _with({})
}

test_highest_is_the_first if {
	zones.highest == "office" with input as _with({"zones": ["office", "plant"]})
}

# Headers that a stranger forged leave no zones and no address.
test_none_needs_the_address if {
	_said == set() with input as {"request": {"zones": [], "userAgent": "", "app": ""}}
	got := [ip |
		some ip in [null, "", 0, true, ["10.1.2.3"], {}]
		zones.none(["guests"]) with input as _with({"ip": ip})
	]
	got == []
}

test_odd_zones_say_nothing if {
	odd := [
		null, "plant", 1, true, {}, {"plant": "plant"}, {"0": "plant"},
		["plant", "office", 1], [null], [["plant"]], [5], [-1],
	]
	got := [value |
		some value in odd
		said := _said with input as _with({"zones": value})
		said != set()
	]
	got == []
	not zones.highest with input as _with({"zones": [""]})
}

test_nothing_is_said_without_a_request if {
	_said == set() with input as {}
	_said == set() with input as {"request": {}}
	_said == set() with input as {"request": null}
	_said == set() with input as {"zones": ["plant", "office"], "user": {"attributes": {"zones": ["plant", "office"]}}}
}

test_wanting_nothing_says_nothing if {
	got := [names |
		some names in [[], "plant", null, 5, {"plant": "plant"}, [""], ["plant", 1]]
		_holds(names) with input as _with({})
	]
	got == []
}

_holds(names) if zones.any(names)

_holds(names) if zones.all(names)

_holds(names) if zones.none(names)
