package doorward.reauth_test

import data.doorward.reauth

# The login of a person who proved their credentials 100 s before the response.
_login := {
	"requestedAt": 1311280960,
	"receivedAt": 1311280970,
	"forceAuth": true,
	"evidence": {"authTime": 1311280965},
	"previousAuthTime": 1311270000,
	"challengedTrusted": true,
	"reauthSkew": 5,
}

_with(changes) := object.union(_login, changes)

_evidence(evidence) := json.patch(_login, [{"op": "replace", "path": "/evidence", "value": evidence}])

_all[name] := reauth[name] if some name in ["auth_time", "age", "challenged", "performed"]

test_everything_of_a_fresh_login if {
	_all == {"auth_time": 1311280965, "age": 35, "performed": true} with input as {"login": _login, "now": 1311281000}
}

test_everything_of_a_challenged_login if {
	got := _all with input as {"login": _evidence({"authTime": 1311280965, "challenged": true}), "now": 1311281000}
	got == {"auth_time": 1311280965, "age": 35, "challenged": true, "performed": true}
}

test_nothing_of_an_anonymous_request if {
	_all == {} with input as {"login": {}, "now": 1311281000}
	_all == {} with input as {"now": 1311281000}
	_all == {} with input as {}
}

test_odd_auth_times_are_none if {
	odd := [
		"1311280965", 1311280965.5, 1311280965000, -1311280965, 0, null, true, [1311280965], {"seconds": 1311280965},
		1e300,
	]
	got := [value |
		some value in odd
		reauth.auth_time with input as {"login": _evidence({"authTime": value}), "now": 1311281000}
	]
	got == []
}

test_auth_time_in_the_future if {
	# 60 s after the response is the provider's clock; 61 s is no proof, then or later.
	reauth.auth_time == 1311281030 with input as {"login": _evidence({"authTime": 1311281030}), "now": 1311281000}
	not reauth.auth_time with input as {"login": _evidence({"authTime": 1311281031}), "now": 1311281000}
	not reauth.auth_time with input as {"login": _evidence({"authTime": 1311281031}), "now": 1311290000}
}

test_auth_time_needs_the_time_of_the_response if {
	odd := [null, "1311280970", -1, 0.5, 1311280970000]
	got := [value |
		some value in odd
		reauth.auth_time with input as {"login": _with({"receivedAt": value}), "now": 1311281000}
	]
	got == []
}

test_forged_auth_time_outside_of_the_evidence if {
	login := _evidence({})
	got := _all with input as {
		"login": object.union(login, {"auth_time": 1311280999, "authTime": 1311280999}),
		"sources": {"userInfo": {"auth_time": 1311280999, "challenged": true}, "idTokenClaims": {"auth_time": 1311280999}},
		"user": {"attributes": {"auth_time": 1311280999, "login": {"evidence": {"authTime": 1311280999}}}},
		"now": 1311281000,
	}
	got == {}
}

test_age_counts_from_the_earlier_time if {
	reauth.age == 30 with input as {"login": _evidence({"authTime": 1311281020}), "now": 1311281000}
	reauth.age == 35 with input as {"login": _login, "now": 1311281000}
}

test_age_after_a_clock_that_stepped_back if {
	reauth.age == 0 with input as {"login": _login, "now": 1311280950}
	not reauth.age with input as {"login": _login, "now": 1311280909}
	not reauth.within("5m") with input as {"login": _login, "now": 1311280909}
}

test_until_counts_from_the_earlier_time if {
	reauth.until("5m") == 1311281265 with input.login as _login
	reauth.until("5m") == 1311281270 with input.login as _evidence({"authTime": 1311281020})
	not reauth.until("5m") with input.login as _evidence({})
}

test_durations if {
	got := {text: until |
		some text in ["90s", "5m", "12h", "1h30m", "1.5s", "0s", "-5m", "5", "five minutes", "", "100ms"]
		until := reauth.until(text) - 1311280965 with input.login as _login
	}
	got == {"90s": 90, "5m": 300, "12h": 43200, "1h30m": 5400, "1.5s": 1}
}

test_within_ends_exactly_at_the_threshold if {
	reauth.within("35s") == true with input as {"login": _login, "now": 1311280999}
	not reauth.within("35s") with input as {"login": _login, "now": 1311281000}
	not reauth.within("35s") with input as {"login": _evidence({}), "now": 1311280999}
}

test_challenged_is_exactly_true_and_trusted if {
	odd := ["true", 1, "", null, false, {}, [true]]
	got := [value |
		some value in odd
		reauth.challenged with input.login as _evidence({"challenged": value})
	]
	got == []
	untrusted := [trusted |
		some trusted in [false, null, "true", 1]
		login := object.union(_evidence({"challenged": true}), {"challengedTrusted": trusted})
		reauth.challenged with input.login as login
	]
	untrusted == []
	reauth.challenged == true with input.login as _evidence({"challenged": true})
}

test_challenged_until_counts_from_the_response_whatever_auth_time_says if {
	login := _evidence({"authTime": 1000000000, "challenged": true})
	got := {"fresh": reauth.until("5m"), "challenged": reauth.challenged_until("5m")} with input.login as login
	got == {"fresh": 1000000300, "challenged": 1311281270}
	not reauth.challenged_until("5m") with input.login as _login
}

test_performed_needs_a_forced_login if {
	not reauth.performed with input.login as _with({"forceAuth": false})
	not reauth.performed with input.login as _with({"forceAuth": "true"})
	not reauth.performed with input.login as object.remove(_login, ["forceAuth"])
}

test_performed_holds_the_time_against_the_request if {
	reauth.performed with input.login as _evidence({"authTime": 1311280955})
	not reauth.performed with input.login as _evidence({"authTime": 1311280954})
	not reauth.performed with input.login as _evidence({})
}

test_performed_is_no_replay_of_the_session_before if {
	reauth.performed with input.login as _with({"previousAuthTime": 1311280964})
	not reauth.performed with input.login as _with({"previousAuthTime": 1311280965})
	not reauth.performed with input.login as _with({"previousAuthTime": 1311280966})
	not reauth.performed with input.login as _with({"previousAuthTime": "1311270000"})
	not reauth.performed with input.login as _with({"previousAuthTime": null})
	reauth.performed with input.login as object.remove(_login, ["previousAuthTime"])
}

test_performed_by_a_challenge if {
	reauth.performed with input.login as _evidence({"authTime": 1000000000, "challenged": true})
	reauth.performed with input.login as _evidence({"challenged": true})
	not reauth.performed with input.login as _evidence({"challenged": false})
}

test_performed_without_a_skew_takes_five_seconds if {
	reauth.performed with input.login as object.remove(_evidence({"authTime": 1311280955}), ["reauthSkew"])
	not reauth.performed with input.login as object.remove(_evidence({"authTime": 1311280954}), ["reauthSkew"])
	not reauth.performed with input.login as object.union(_evidence({"authTime": 1311280955}), {"reauthSkew": 4})
	reauth.performed with input.login as object.union(_evidence({"authTime": 1311280955}), {"reauthSkew": "60"})
	not reauth.performed with input.login as object.union(_evidence({"authTime": 1311280954}), {"reauthSkew": "60"})
	not reauth.performed with input.login as object.union(_evidence({"authTime": 1311280954}), {"reauthSkew": -60})
}
