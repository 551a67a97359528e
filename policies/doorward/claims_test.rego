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
