# METADATA
# title: Comparing lists of texts
# description: |
#   What the other packages mean by any, all and none. Something that is missing,
#   or is no list of texts, is like no list: any, all and none are undefined then.
package doorward.lists

# METADATA
# title: the value, when it is a list of texts
# description: |
#   An array or a set that holds texts only, and may be empty. Undefined for
#   anything else, such as a single text or a list with a number in it.
# scope: document
texts(value) := value if {
	type_name(value) in {"array", "set"}
	every text in value { is_string(text) }
}

# METADATA
# title: a text of wanted is in held
# description: |
#   held is a list of texts, such as input.user.attributes.teams; wanted is one
#   of at least one text, none of them empty. Texts are compared exactly.
# scope: document
any(held, wanted) if {
	some text in _wanted(wanted)
	text in texts(held)
}

# METADATA
# title: every text of wanted is in held
# description: Undefined when wanted is empty, as any and none are.
# scope: document
all(held, wanted) if {
	list := texts(held)
	every text in _wanted(wanted) { text in list }
}

# METADATA
# title: no text of wanted is in held
# description: |
#   Unlike a negated any, it holds only when held is there: missing data grants
#   nothing. An empty list is there.
# scope: document
none(held, wanted) if {
	list := texts(held)
	every text in _wanted(wanted) { not text in list }
}

_wanted(wanted) := list if {
	list := texts(wanted)
	count(list) > 0
	not "" in list
}
