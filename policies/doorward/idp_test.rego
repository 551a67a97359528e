package doorward.idp_test

import data.doorward.idp

_login := {"idp": "corp", "protocol": "oidc"}

_caps := {
	"corp": ["Authenticated", "Terminal"],
	"partner": ["Authenticated/Partner"],
	"nobody": [],
}

_may(provider) := {level |
	some level in [
		"Authenticated/Engineer", "Authenticated/Partner", "Authenticated/Partner/Lead", "Authenticated/Partners",
		"Authenticated", "Terminal", "Terminals", "",
	]
	idp.may(level, _caps) with input.login as {"idp": provider, "protocol": "oidc"}
}

test_is if {
	idp.is("corp") with input.login as _login
	not idp.is("partner") with input.login as _login
	not idp.is("Corp") with input.login as _login
	not idp.is("cor") with input.login as _login
	not idp.is("") with input.login as {"idp": ""}
}

test_any if {
	idp.any(["partner", "corp"]) with input.login as _login
	idp.any({"corp"}) with input.login as _login
	not idp.any(["partner", "guests"]) with input.login as _login
	not idp.any([]) with input.login as _login
	not idp.any("corp") with input.login as _login
}

test_protocol if {
	idp.protocol("oidc") with input.login as _login
	not idp.protocol("saml") with input.login as _login
	not idp.protocol(["oidc"]) with input.login as _login
}

test_may_covers_what_lies_below if {
	_may("corp") == {
		"Authenticated", "Authenticated/Engineer", "Authenticated/Partner", "Authenticated/Partner/Lead",
		"Authenticated/Partners", "Terminal",
	}
	_may("partner") == {"Authenticated/Partner", "Authenticated/Partner/Lead"}
}

test_a_provider_without_a_cap_may_nothing if {
	got := [provider |
		some provider in ["nobody", "new", "", "Corp", null, 0, true, ["corp"], {"idp": "corp"}]
		_may(provider) != set()
	]
	got == []
}

test_odd_caps_allow_nothing if {
	odd := [
		null, "Authenticated", ["Authenticated"], {"corp": "Authenticated"}, {"corp": {"x": "Authenticated"}},
		{"corp": [""]}, {"corp": ["Authenticated", 1]}, {"corp": [null]}, {"corp": null}, {"corp": true}, {"corp": ["*"]},
		{"corp": ["Auth"]}, {"corp": ["Authenticated/Engineer/Lead"]}, {},
	]
	got := [caps |
		some caps in odd
		idp.may("Authenticated/Engineer", caps) with input.login as _login
	]
	got == []
}

# Types and empty texts that happen to fit each other.
test_nothing_fits_by_accident if {
	not idp.may(5, {"corp": ["5"]}) with input.login as _login
	not idp.may("/Terminal", {"corp": [""]}) with input.login as _login
	not idp.may("Terminal", [["Terminal"]]) with input.login as {"idp": 0}
	not idp.may("Terminal", {"": ["Terminal"]}) with input.login as {}
}

test_odd_levels_are_not_allowed if {
	got := [level |
		some level in [null, 1, true, ["Authenticated"], {"level": "Authenticated"}, "/Authenticated"]
		idp.may(level, _caps) with input.login as _login
	]
	got == []
}

test_odd_logins_say_nothing if {
	odd := [null, 1, true, ["corp"], {"corp": "corp"}, "CORP", "corp\u0000", "cörp", ""]
	got := [value |
		some value in odd
		_anything with input.login as {"idp": value, "protocol": value}
	]
	got == []
	not _anything with input as {}
	not _anything with input as {"login": {}}
	not _anything with input as {
		"idp": "corp",
		"user": {"attributes": {"idp": "corp"}},
		"sources": {"idTokenClaims": {"idp": "corp"}},
	}
	_anything with input.login as _login
}

_anything if idp.is("corp")

_anything if idp.any(["corp"])

_anything if idp.protocol("corp")

_anything if idp.may("Terminal", _caps)
