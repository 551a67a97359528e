# METADATA
# description: the default policy's levels, with ends that a test can wait for
package doorward.levels

import data.doorward.reauth

# METADATA
# title: the person proved their credentials within six seconds
grant contains {"level": "Authenticated/Fresh", "until": reauth.until("6s")}

# METADATA
# title: the person was asked for their credentials within six seconds
grant contains {"level": "Authenticated/Challenged", "until": reauth.challenged_until("6s")}
