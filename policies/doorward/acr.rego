# METADATA
# title: Authentication context classes
# description: |
#   Compares the context class that the provider states for the sign-in: the acr
#   of an ID token, the AuthnContextClassRef of an assertion. It reads
#   input.login.evidence.acr and nothing else.
package doorward.acr

import data.doorward.lists

# METADATA
# title: the context class is one of those listed
# description: |
#   acr.any(["urn:example:gold", "urn:example:platinum"]). Compared exactly.
#   Undefined when the provider stated none.
# scope: document
any(values) if lists.any([input.login.evidence.acr], values)

# METADATA
# title: the context class is value, or stands after it in order
# description: |
#   at_least("urn:b", ["urn:a", "urn:b", "urn:c"]) holds for urn:b and urn:c.
#   The order is yours, the weakest first. Undefined when the provider's class or
#   value is not in it, or when it is no list of different texts.
# scope: document
at_least(value, order) if {
	is_array(order)
	count({text | some text in order}) == count(order)
	lists.all(order, [value, input.login.evidence.acr])
	some place, text in order
	text == value
	input.login.evidence.acr in array.slice(order, place, count(order))
}
