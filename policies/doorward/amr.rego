# METADATA
# title: How the person proved who they are
# description: |
#   Sorts the authentication methods of RFC 8176, and those of the built-in
#   provider, into the classes of what a person knows, has and is. It reads
#   input.login.evidence.amr and nothing else. A method that it does not know is
#   in no class.
package doorward.amr

import data.doorward.lists

# METADATA
# title: something that the person knows was proved
# description: kba, pin or pwd.
# scope: document
knowledge if _used({"kba", "pin", "pwd"})

# METADATA
# title: something that the person has was proved
# description: |
#   hwk, otp, sc, sms, swk or tel; badge of the built-in provider. Name the
#   methods with any where text messages and calls are not enough.
# scope: document
possession if _used({"badge", "hwk", "otp", "sc", "sms", "swk", "tel"})

# METADATA
# title: something that the person is was proved
# description: face, fpt, iris, retina or vbm.
# scope: document
inherence if _used({"face", "fpt", "iris", "retina", "vbm"})

# METADATA
# title: more than one class was proved
# description: |
#   The provider says mfa, or lists methods of two classes. Two methods of one
#   class, such as pwd and pin, are one factor.
# scope: document
multi_factor if _used({"mfa"})

multi_factor if {
	knowledge
	possession
}

multi_factor if {
	knowledge
	inherence
}

multi_factor if {
	possession
	inherence
}

_used(methods) if lists.any(input.login.evidence.amr, methods)

# METADATA
# title: one of the methods was used
# description: |
#   amr.any(["hwk", "sc"]). Undefined when the provider sent no methods, or
#   something that is no list of texts.
# scope: document
any(methods) if _used(methods)

# METADATA
# title: every one of the methods was used
# description: amr.all(["hwk", "pin"]).
# scope: document
all(methods) if lists.all(input.login.evidence.amr, methods)

# METADATA
# title: none of the methods was used
# description: |
#   amr.none(["sms", "tel"]). Holds only when the provider sent methods: an empty
#   list says nothing of how the person signed in. A negated any would hold then.
# scope: document
none(methods) if {
	input.login.evidence.amr != []
	lists.none(input.login.evidence.amr, methods)
}
