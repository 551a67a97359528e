# METADATA
# title: Identity providers
# description: |
#   Says through which configured provider a person signed in, and caps what a
#   provider may grant. It reads input.login.idp and input.login.protocol and
#   nothing else. There is no none: list the providers that may, so that one
#   that is added later may nothing.
package doorward.idp

import data.doorward.lists

# METADATA
# title: the person signed in through the provider
# description: |
#   idp.is("corp"), by its name in the configuration. Undefined when nobody is
#   signed in.
# scope: document
is(name) if lists.any([input.login.idp], [name])

# METADATA
# title: the person signed in through one of the providers
# description: idp.any(["corp", "corp-legacy"]).
# scope: document
any(names) if lists.any([input.login.idp], names)

# METADATA
# title: the person signed in by the protocol
# description: idp.protocol("saml"); one of oidc, saml, id-token and builtin.
# scope: document
protocol(name) if lists.any([input.login.protocol], [name])

# METADATA
# title: the provider of the sign-in may grant the level
# description: |
#   caps is {"corp": ["Authenticated"], "partner": ["Authenticated/Partner"]}:
#   for each provider the levels that it may grant, with all that lie below
#   them. A provider that is not in it may grant nothing.
# scope: document
may(level, caps) if {
	is_string(level)
	is_string(input.login.idp)
	some path in lists.texts(caps[input.login.idp])
	path != ""
	startswith(sprintf("%s/", [level]), sprintf("%s/", [path]))
}
