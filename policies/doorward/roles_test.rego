package doorward.roles_test

import data.doorward.roles

_has := ["engineer", "on-call", "team-blue", "team-green", "team-", "team-blue/lead", "Team-Red"]

test_any if {
	roles.any(["admin", "engineer"]) with input.user.roles as _has
	roles.any({"engineer"}) with input.user.roles as _has
	not roles.any(["admin"]) with input.user.roles as _has
	not roles.any(["Engineer"]) with input.user.roles as _has
	not roles.any(["engineer"]) with input.user.roles as []
}

test_all if {
	roles.all(["on-call", "engineer"]) with input.user.roles as _has
	not roles.all(["engineer", "admin"]) with input.user.roles as _has
	not roles.all([]) with input.user.roles as _has
}

test_none if {
	roles.none(["contractor"]) with input.user.roles as _has
	roles.none(["contractor"]) with input.user.roles as []
	not roles.none(["contractor", "engineer"]) with input.user.roles as _has
	not roles.none([]) with input.user.roles as _has
}

test_by_prefix if {
	roles.by_prefix("team-") == {"blue", "green"} with input.user.roles as _has
	roles.by_prefix("Team-") == {"Red"} with input.user.roles as _has
	roles.by_prefix("team-blue/") == {"lead"} with input.user.roles as _has
	roles.by_prefix("équipe-") == {"été🔑"} with input.user.roles as ["équipe-été🔑"]
}

# An empty set would be true.
test_by_prefix_is_undefined_when_there_is_none if {
	odd := ["dept-", "engineer", "", "team-blue/lead", null, 5, ["team-"], {"team-"}, true]
	got := [rests |
		some prefix in odd
		rests := roles.by_prefix(prefix) with input.user.roles as _has
	]
	got == []
}

_said contains "any" if roles.any(["a"])

_said contains "all" if roles.all(["a"])

_said contains "none" if roles.none(["z"])

_said contains "by_prefix" if roles.by_prefix("a")

test_odd_roles_say_nothing if {
	odd := [null, "a", "ab", 1, -1, 1e300, true, {"a": "a", "b": "ab"}, ["a", "ab", 1], ["a", "ab", null], [["a", "ab"]]]
	got := [value |
		some value in odd
		said := _said with input.user.roles as value
		said != set()
	]
	got == []
}

test_nobody_has_roles if {
	_said == set() with input as {}
	_said == set() with input as {"user": {}}
	_said == set() with input as {"user": null}
	_said == set() with input as {"user": ["a"]}
	_said == set() with input as {
		"user": {"attributes": {"roles": ["a", "ab"]}},
		"sources": {"idTokenClaims": {"roles": ["a"]}},
	}
	_said == {"any", "all", "none", "by_prefix"} with input as {"user": {"roles": ["a", "ab"]}}
}
