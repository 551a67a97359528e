package doorward.acr_test

import data.doorward.acr

_order := ["urn:bronze", "urn:silver", "urn:gold"]

_least(stated) := [value |
	some value in _order
	acr.at_least(value, _order) with input.login.evidence.acr as stated
]

test_any if {
	acr.any(["urn:silver", "urn:gold"]) with input.login.evidence.acr as "urn:gold"
	acr.any({"urn:gold"}) with input.login.evidence.acr as "urn:gold"
	not acr.any(["urn:silver"]) with input.login.evidence.acr as "urn:gold"
	not acr.any(["URN:GOLD"]) with input.login.evidence.acr as "urn:gold"
	not acr.any([]) with input.login.evidence.acr as "urn:gold"
}

test_at_least if {
	_least("urn:bronze") == ["urn:bronze"]
	_least("urn:silver") == ["urn:bronze", "urn:silver"]
	_least("urn:gold") == _order
}

test_a_class_outside_of_the_order_is_below_it if {
	odd := [
		"urn:platinum", "", "URN:GOLD", "urn:gold ", "urn:göld", null, 2, 1e300, -1, true,
		["urn:gold"], {"acr": "urn:gold"},
	]
	got := [stated |
		some stated in odd
		_least(stated) != []
	]
	got == []
}

test_an_order_is_a_list_of_different_texts if {
	odd := [
		{"urn:bronze", "urn:gold"}, ["urn:gold", "urn:bronze", "urn:gold"], ["urn:bronze", 2, "urn:gold"], [], ["urn:bronze"],
		["urn:gold"], "urn:bronze urn:gold", {"urn:bronze": "urn:gold"}, null, 1, ["urn:bronze", null, "urn:gold"],
	]
	got := [order |
		some order in odd
		acr.at_least("urn:bronze", order) with input.login.evidence.acr as "urn:gold"
	]
	got == []
}

test_a_value_outside_of_the_order if {
	got := [value |
		some value in ["urn:none", "", null, 0, -1, true, ["urn:bronze"], {"urn:bronze"}]
		acr.at_least(value, _order) with input.login.evidence.acr as "urn:gold"
	]
	got == []
}

test_nothing_outside_of_the_evidence_counts if {
	forged := {
		"login": {"acr": "urn:gold", "evidence": {}},
		"sources": {"idTokenClaims": {"acr": "urn:gold"}, "userInfo": {"acr": "urn:gold"}},
		"user": {"attributes": {"acr": "urn:gold"}},
	}
	not acr.any(["urn:gold"]) with input as forged
	not acr.at_least("urn:bronze", _order) with input as forged
	not acr.at_least("urn:bronze", _order) with input as {}
}
