package doorward.claims_test

import data.doorward.claims

_sources := {
	"idTokenClaims": {
		"email": "ada@example.com",
		"nickname": null,
		"verified": false,
		"address": {"country": "CH", "lines": ["Bahnhofstrasse 1", "8001 Zürich"]},
		"https://example.com/roles": ["engineer", "admin"],
		"a.b": "dotted",
		"both": {"x": 1},
		"my name": "spaced",
	},
	"userInfo": {"groups": ["engineering"], "team": "blue"},
}

_read(references) := {reference: value |
	some reference in references
	value := claims.ref(reference) with input.sources as _sources
}

test_single_values if {
	_read([
		"{attribute-source:idTokenClaims:email}",
		"{attribute-source:idTokenClaims:nickname}",
		"{attribute-source:idTokenClaims:verified}",
		"{attribute-source:idTokenClaims:address.lines[1]}",
		"{attribute-source:idTokenClaims:https://example.com/roles}",
		"{attribute-source:idTokenClaims:a.b}",
		`{attribute-source:idTokenClaims:["my name"]}`,
		"{idp-attributes:address.country}",
		"{attribute-source:userInfo:team}",
		"{attribute-source:userInfo:missing}",
		"{attribute-source:authnResponse:nameId}",
	]) == {
		"{attribute-source:idTokenClaims:email}": "ada@example.com",
		"{attribute-source:idTokenClaims:nickname}": null,
		"{attribute-source:idTokenClaims:verified}": false,
		"{attribute-source:idTokenClaims:address.lines[1]}": "8001 Zürich",
		"{attribute-source:idTokenClaims:https://example.com/roles}": ["engineer", "admin"],
		"{attribute-source:idTokenClaims:a.b}": "dotted",
		`{attribute-source:idTokenClaims:["my name"]}`: "spaced",
		"{idp-attributes:address.country}": "CH",
		"{attribute-source:userInfo:team}": "blue",
	}
}

test_lists if {
	_read([
		"{multi-attribute-source:userInfo:groups}",
		"{multi-attribute-source:userInfo:team}",
		"{multi-attribute-source:userInfo:missing}",
		"{multi-attribute-source:idTokenClaims:nickname}",
		"{multi-attribute-source:idTokenClaims:verified}",
		"{multi-attribute-source:authnResponse:attributes.groups}",
	]) == {
		"{multi-attribute-source:userInfo:groups}": ["engineering"],
		"{multi-attribute-source:userInfo:team}": ["blue"],
		"{multi-attribute-source:userInfo:missing}": [],
		"{multi-attribute-source:idTokenClaims:nickname}": [],
		"{multi-attribute-source:idTokenClaims:verified}": [false],
		"{multi-attribute-source:authnResponse:attributes.groups}": [],
	}
}

# Outside of the host a malformed reference is undefined; in it, it is an error.
test_malformed_references_yield_nothing if {
	_read([
		"",
		"email",
		"{attribute-source:idTokenClaims:}",
		"{attribute-source:userinfo:groups}",
		"{attribute-source:idTokenClaims:address..country}",
		"{attribute-source:idTokenClaims:address[01]}",
		" {attribute-source:idTokenClaims:email}",
		"{multi-attribute-source:userInfo:groups",
	]) == {}
}

test_the_older_form_is_single_only if {
	_read(["{multi-idp-attributes:email}"]) == {}
}

_email := "{attribute-source:idTokenClaims:email}"

_groups := "{attribute-source:userInfo:groups}"

_roles := "{attribute-source:idTokenClaims:https://example.com/roles}"

_missing := "{attribute-source:userInfo:missing}"

_null := "{attribute-source:idTokenClaims:nickname}"

_got(references, otherwise) := [value |
	some reference in references
	value := claims.get(reference, otherwise) with input.sources as _sources
]

test_get_takes_the_other_value_for_nothing_and_null if {
	_got([_email, _groups, _missing, _null, "{attribute-source:authnResponse:nameId}"], "none") == [
		"ada@example.com", ["engineering"], "none", "none",
		"none",
	]
	_got(["{attribute-source:idTokenClaims:verified}"], true) == [false]
	_got(
		["{multi-attribute-source:userInfo:team}", "{multi-attribute-source:userInfo:missing}"],
		["none"],
	) == [["blue"], ["none"]]
	_got([_missing], null) == [null]
	claims.get(_missing, "none") == "none" with input as {}
}

test_list_is_always_a_list if {
	references := [
		_email, _groups, _roles, _missing, _null,
		"{multi-attribute-source:userInfo:team}", "{attribute-source:idTokenClaims:address}",
	]
	lists := [list |
		some reference in references
		list := claims.list(reference) with input.sources as _sources
	]
	lists == [
		["ada@example.com"], ["engineering"], ["engineer", "admin"], [], [], ["blue"],
		[{"country": "CH", "lines": ["Bahnhofstrasse 1", "8001 Zürich"]}],
	]
	claims.list(_groups) == [] with input as {}
}

test_single_is_one_value_or_nothing if {
	values := {reference: value |
		some reference in [_email, _groups, _roles, _missing, _null, "{attribute-source:idTokenClaims:verified}"]
		value := claims.single(reference) with input.sources as _sources
	}
	values == {_email: "ada@example.com", _groups: "engineering", "{attribute-source:idTokenClaims:verified}": false}
	odd := [value |
		some groups in [[], [null], ["a", "a"], null]
		value := claims.single(_groups) with input.sources as {"userInfo": {"groups": groups}}
	]
	odd == []
}

_said contains "any" if claims.any(_groups, ["a", "x"])

_said contains "all" if claims.all(_groups, ["a", "b"])

_said contains "none" if claims.none(_groups, ["x", "y"])

_of(groups) := said if {
	said := _said with input as {"sources": {"userInfo": {"groups": groups}}}
}

test_any_all_and_none if {
	_of(["a", "b", "c"]) == {"any", "all", "none"}
	_of(["b", "x"]) == {"any"}
	_of(["c"]) == {"none"}
	_of("a") == {"any", "none"}
	_of("x") == {"any"}
	_of([]) == {"none"}
	_of("A") == {"none"}
	_of("áéí🔑") == {"none"}
}

test_odd_claims_say_nothing if {
	odd := [null, true, false, 0, -1, 1e300, {}, {"a": "a"}, ["a", "b", 1], ["a", null], [["a", "b"]]]
	got := [groups |
		some groups in odd
		_of(groups) != set()
	]
	got == []
	_said == set() with input as {}
	_said == set() with input as {"sources": {"userInfo": {}, "idTokenClaims": {"groups": ["a", "b"]}}}
}

# Outside of the host; in it they are errors.
test_malformed_references_give_no_other_value if {
	odd := ["", "email", "{attribute-source:userinfo:groups}", "{attribute-source:userInfo:}"]
	got := [name |
		some reference in odd
		some name in _defined(reference)
	]
	got == []
}

_defined(reference) := defined if {
	sources := {"userInfo": {"groups": ["a"]}}
	defined := {name |
		some name, values in {
			"get": [v | v := claims.get(reference, "none") with input.sources as sources],
			"list": [v | v := claims.list(reference) with input.sources as sources],
			"single": [v | v := claims.single(reference) with input.sources as sources],
			"any": [v | v := claims.any(reference, ["a"]) with input.sources as sources],
			"none": [v | v := claims.none(reference, ["x"]) with input.sources as sources],
		}
		values != []
	}
}
