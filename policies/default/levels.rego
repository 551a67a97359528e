# METADATA
# title: The default policy
# description: |
#   Grants the two freshness levels from the evidence of the sign-in. A level
#   that the configuration does not declare is left out.
package doorward.levels

import data.doorward.reauth

# METADATA
# title: the person proved their credentials within five minutes
grant contains {"level": "Authenticated/Fresh", "until": reauth.until("5m")}

# METADATA
# title: the provider demanded the credentials within five minutes
grant contains {"level": "Authenticated/Challenged", "until": reauth.challenged_until("5m")}
