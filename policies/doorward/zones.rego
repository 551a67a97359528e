# METADATA
# title: Security zones
# description: |
#   Says from which of the configured zones a request comes. Reads
#   input.request.zones, and for none input.request.ip.
package doorward.zones

import data.doorward.lists

# METADATA
# title: the request comes from one of the zones
# description: |
#   zones.any(["plant", "office"]). Undefined outside of every zone, and when
#   the address of the request cannot be believed.
# scope: document
any(names) if lists.any(input.request.zones, names)

# METADATA
# title: the request comes from every one of the zones
# description: zones.all(["office", "floor-3"]), for zones that overlap.
# scope: document
all(names) if lists.all(input.request.zones, names)

# METADATA
# title: the request comes from none of the zones
# description: |
#   zones.none(["guests"]). Holds only when the address of the request is known:
#   a forged header leaves no zones, and a negated any would hold then. A
#   decision is kept for each address apart.
# scope: document
none(names) if {
	is_string(input.request.ip)
	input.request.ip != ""
	lists.none(input.request.zones, names)
}

# METADATA
# title: the zone of the highest priority that the request comes from
# description: |
#   Its name. Zones of one priority are in the order of their names. Undefined
#   outside of every zone.
# scope: document
highest := name if {
	name := lists.texts(input.request.zones)[0]
	name != ""
}
