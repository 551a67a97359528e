package doorward.amr_test

import data.doorward.amr

_said contains "knowledge" if amr.knowledge

_said contains "possession" if amr.possession

_said contains "inherence" if amr.inherence

_said contains "multi_factor" if amr.multi_factor

_of(methods) := said if {
	said := _said with input as {"login": {"evidence": {"amr": methods}}}
}

# Every value of the registry of RFC 8176, and the built-in provider's.
_registered := [
	"badge", "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pwd", "rba", "retina", "sc",
	"sms", "swk", "tel", "uname", "user", "vbm", "wia",
]

test_the_class_of_each_method if {
	{method: said | some method in _registered; said := _of([method]); said != set()} == {
		"badge": {"possession"},
		"face": {"inherence"},
		"fpt": {"inherence"},
		"hwk": {"possession"},
		"iris": {"inherence"},
		"kba": {"knowledge"},
		"mfa": {"multi_factor"},
		"otp": {"possession"},
		"pin": {"knowledge"},
		"pwd": {"knowledge"},
		"retina": {"inherence"},
		"sc": {"possession"},
		"sms": {"possession"},
		"swk": {"possession"},
		"tel": {"possession"},
		"vbm": {"inherence"},
	}
}

test_the_built_in_provider if {
	_of(["uname", "pwd"]) == {"knowledge"}
	_of(["badge"]) == {"possession"}
	_of(["badge", "pwd"]) == {"knowledge", "possession", "multi_factor"}
}

test_two_classes_are_two_factors if {
	_of(["pwd", "otp"]) == {"knowledge", "possession", "multi_factor"}
	_of(["pin", "fpt"]) == {"knowledge", "inherence", "multi_factor"}
	_of(["face", "hwk"]) == {"possession", "inherence", "multi_factor"}
	_of(["pwd", "sms", "vbm", "geo"]) == {"knowledge", "possession", "inherence", "multi_factor"}
}

test_one_class_is_one_factor if {
	_of(["pwd", "pin", "kba"]) == {"knowledge"}
	_of(["pwd", "pwd"]) == {"knowledge"}
	_of(["otp", "sms", "hwk", "badge"]) == {"possession"}
	_of(["face", "fpt"]) == {"inherence"}
	_of(["pwd", "mca", "rba", "geo", "user", "wia", "uname"]) == {"knowledge"}
}

test_unknown_methods_are_in_no_class if {
	_of(["PWD", "Mfa", " mfa", "mfa ", "pwd\n", "hwk2", "pop", "rsa", "passwörd", "", "🔑"]) == set()
}

test_odd_methods_are_none if {
	odd := [
		null, "mfa", "pwd otp", 1, true, {}, {"0": "pwd", "1": "otp", "2": "mfa"}, [["mfa", "pwd", "otp"]],
		["mfa", "pwd", "otp", 1], ["mfa", null], [1e300], [],
	]
	got := [methods |
		some methods in odd
		_of(methods) != set()
	]
	got == []
}

test_methods_by_name if {
	any_of := [m | some m in _registered; amr.any([m])] with input.login.evidence.amr as ["hwk", "pin", "pop"]
	any_of == ["hwk", "pin"]
	none_of := [m | some m in ["pwd", "sms"]; amr.none([m])] with input.login.evidence.amr as ["hwk", "pin", "pop"]
	none_of == ["pwd", "sms"]
	amr.all(["hwk", "pin"]) with input.login.evidence.amr as ["hwk", "pin", "pop"]
	amr.any(["pop"]) with input.login.evidence.amr as ["hwk", "pin", "pop"]
	not amr.all(["hwk", "pwd"]) with input.login.evidence.amr as ["hwk", "pin", "pop"]
	not amr.none(["sms", "hwk"]) with input.login.evidence.amr as ["hwk", "pin", "pop"]
}

test_none_needs_methods if {
	not amr.none(["sms"]) with input as {"login": {"evidence": {}}}
	not amr.none(["sms"]) with input as {"login": {}}
	not amr.none(["sms"]) with input as {}
	not amr.none(["sms"]) with input.login.evidence.amr as []
	not amr.none(["sms"]) with input.login.evidence.amr as {}
	not amr.none(["sms"]) with input.login.evidence.amr as "pwd"
	not amr.none(["sms"]) with input.login.evidence.amr as 5
	not amr.none(["sms"]) with input.login.evidence.amr as ["pwd", 5]
}

test_nothing_outside_of_the_evidence_counts if {
	_said == set() with input as {
		"login": {"amr": ["mfa", "pwd", "otp", "face"], "evidence": {}},
		"sources": {"idTokenClaims": {"amr": ["mfa", "pwd", "otp"]}, "userInfo": {"amr": ["mfa"]}},
		"user": {"attributes": {"amr": ["mfa", "face"]}},
	}
}
