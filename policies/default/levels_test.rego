package doorward.levels_test

import data.doorward.levels

_login := {
	"requestedAt": 1311280960,
	"receivedAt": 1311280970,
	"forceAuth": true,
	"challengedTrusted": true,
	"reauthSkew": 5,
}

_granted(evidence) := granted if {
	granted := levels.grant with input as {
		"login": object.union(_login, {"evidence": evidence}),
		"now": 1311281000,
	}
}

test_fresh if {
	_granted({"authTime": 1311280965}) == {{"level": "Authenticated/Fresh", "until": 1311281265}}
}

test_challenged if {
	_granted({"challenged": true}) == {{"level": "Authenticated/Challenged", "until": 1311281270}}
}

test_both if {
	_granted({"authTime": 1311280965, "challenged": true}) == {
		{"level": "Authenticated/Fresh", "until": 1311281265},
		{"level": "Authenticated/Challenged", "until": 1311281270},
	}
}

test_neither if {
	_granted({}) == set()
	_granted({"authTime": "1311280965", "challenged": "true"}) == set()
	levels.grant == set() with input as {"login": {}, "now": 1311281000}
	levels.grant == set() with input as {}
}

test_nothing_from_claims if {
	levels.grant == set() with input as {
		"sources": {"userInfo": {"auth_time": 1311280999, "challenged": true}},
		"user": {"attributes": {"auth_time": 1311280999}},
		"login": object.union(_login, {"evidence": {}}),
		"now": 1311281000,
	}
}
