# METADATA
# title: Roles
# description: |
#   Says which of the mapped roles a person has. It reads input.user.roles and
#   nothing else.
package doorward.roles

import data.doorward.lists

# METADATA
# title: the person has one of the roles
# description: |
#   roles.any(["admin", "operator"]). Undefined when no role is mapped, or the
#   roles are no list of texts.
# scope: document
any(names) if lists.any(input.user.roles, names)

# METADATA
# title: the person has every one of the roles
# description: roles.all(["engineer", "on-call"]).
# scope: document
all(names) if lists.all(input.user.roles, names)

# METADATA
# title: the person has none of the roles
# description: |
#   roles.none(["contractor"]). Holds only when roles are mapped; an empty list
#   is mapped. A negated any would hold for somebody whose roles are unknown.
# scope: document
none(names) if lists.none(input.user.roles, names)

# METADATA
# title: what follows a prefix in the names of the person's roles
# description: |
#   by_prefix("team-") is {"blue"} for the role team-blue. Undefined, never the
#   empty set, when no role begins with the prefix and goes on. A rest that
#   holds a slash is left out, so that it names no deeper level.
# scope: document
by_prefix(prefix) := rests if {
	is_string(prefix)
	prefix != ""
	rests := {rest |
		some role in lists.texts(input.user.roles)
		startswith(role, prefix)
		rest := substring(role, count(prefix), -1)
		rest != ""
		not contains(rest, "/")
	}
	count(rests) > 0
}
