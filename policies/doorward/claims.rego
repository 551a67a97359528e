# METADATA
# title: Reading references
# description: |
#   Reads a value of the attribute-source document by the reference that mappers
#   use too, such as {attribute-source:idTokenClaims:address.country}.
package doorward.claims

import data.doorward.lists

# METADATA
# title: the value that a reference names
# description: |
#   Undefined when nothing is there; null when null is there. A reference that
#   begins with {multi-attribute-source: always gives a list: the empty one when
#   nothing or null is there, a list of one for anything but a list.
#   A malformed reference, and a bare name that means both a structure and a
#   member of exactly that name, are errors: the rule grants nothing.
# scope: document
ref(text) := value if {
	reference := _parsed(text)
	not reference.multi
	some value in _find(reference)
}

ref(text) := values if {
	reference := _parsed(text)
	reference.multi
	values := _list(reference)
}

# METADATA
# title: the value that a reference names, or another one
# description: |
#   claims.get("{attribute-source:userInfo:team}", "none") is "none" when nothing
#   or null is there. A malformed or ambiguous reference is an error as in ref.
# scope: document
get(text, _) := value if {
	_found(_parsed(text))
	value := ref(text)
}

get(text, otherwise) := otherwise if {
	reference := _parsed(text)
	not _found(reference)
}

# METADATA
# title: what a reference names, as a list
# description: |
#   claims.list("{attribute-source:userInfo:groups}") is the empty list when
#   nothing or null is there, and a list of one for anything but a list, whether
#   the reference begins with {multi- or not. Even an empty list is true in a
#   rule: look into it.
# scope: document
list(text) := _list(_parsed(text))

# METADATA
# title: the one value that a reference names
# description: |
#   The value itself, or the only item of a list. Undefined when nothing or null
#   is there, and when there are several.
# scope: document
single(text) := value if {
	[value] = list(text)
	value != null
}

# METADATA
# title: the claim is, or holds, one of the texts
# description: |
#   claims.any("{attribute-source:userInfo:groups}", ["engineering", "research"])
#   for a list of texts or a single one. Undefined when the claim is missing, or
#   is or holds anything but texts.
# scope: document
any(text, values) if lists.any(list(text), values)

# METADATA
# title: the claim holds every one of the texts
# description: As any, which see.
# scope: document
all(text, values) if lists.all(list(text), values)

# METADATA
# title: the claim is there and holds none of the texts
# description: |
#   claims.none("{attribute-source:userInfo:groups}", ["suspended"]). An empty
#   list is there; null is not. A negated any would hold for a missing claim.
# scope: document
none(text, values) if {
	_found(_parsed(text))
	lists.none(list(text), values)
}

_parsed(text) := _parse(text)

# An error where builtin errors are errors, undefined elsewhere.
_parsed(text) := to_number("the reference is malformed") if not _parse(text)

_found(reference) if {
	some value in _find(reference)
	value != null
}

# _find is an object of one member that says how the value was found. Found in
# both ways, the two results conflict, and that is the error that is wanted.
_find(reference) := {"structure": value} if {
	value := object.get(_source(reference.source), reference.members, set())
	value != set() # no value of a document is a set
}

_find(reference) := {"name": value} if {
	value := object.get(_source(reference.source), reference.name, set())
	value != set()
}

_list(reference) := [] if not _find(reference)

_list(reference) := [item |
	some value in _find(reference)
	some item in _items(value)
]

_items(value) := value if is_array(value)

_items(value) := [value] if {
	not is_array(value)
	not is_null(value)
}

_items(null) := []

default _source(_) := {}

_source(name) := input.sources[name]

# What a reference looks like, whatever its path.
_reference := `^\{(?:(multi-)?attribute-source:(idTokenClaims|tokenEndpointResponse|userInfo|authnResponse|claimSources)|idp-attributes):(.*)\}$`

_parse(text) := object.union({"multi": parts[1] == "multi-", "source": source}, path) if {
	parts := regex.find_all_string_submatch_n(_reference, text, 1)[0]
	count(hex.encode(parts[3])) <= 2 * 1024
	source := [name | some name in [parts[2], "idTokenClaims"]; name != ""][0]
	path := _path(parts[3])
	count(path.members) <= 64
}

# A bare name: dots, slashes and colons, no bracket.
_path(text) := {"members": [text]} if {
	regex.match(`^[A-Za-z0-9_/:-]+$`, text)
}

_path(text) := {"members": members, "name": text} if {
	regex.match(`^[A-Za-z0-9_/:-]+(?:\.[A-Za-z0-9_/:-]+)+$`, text)
	members := split(text, ".")
}

# A path with at least one bracket, whose dots are structure.
_path(text) := {"members": members} if {
	contains(text, "[")
	regex.match(concat("", ["^(?:", _name, "|", _quoted, `)(?:\.`, _name, "|", _quoted, "|", _index, ")*$"]), text)
	pattern := concat("", [`\.?(`, _name, ")|", _quoted, "|", _index])
	members := [_member(token) | some token in regex.find_all_string_submatch_n(pattern, text, -1)]
}

_member(token) := token[1] if token[1] != ""

_member(token) := json.unmarshal(token[2]) if token[2] != ""

_member(token) := to_number(token[3]) if token[3] != ""

_name := `[A-Za-z0-9_-]+`

_index := `\[(0|[1-9][0-9]{0,5})\]`

# A JSON string in brackets; half of a surrogate pair is none.
_quoted := concat("", [
	`\[("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-CEFa-cef][0-9A-Fa-f]{3}|\\u[dD][0-7][0-9A-Fa-f]{2}`,
	`|\\u[dD][89ABab][0-9A-Fa-f]{2}\\u[dD][C-Fc-f][0-9A-Fa-f]{2})*")\]`,
])
