# METADATA
# description: levels with ends that a test can wait for
package doorward.levels

import data.doorward.reauth

# METADATA
# title: the person proved their credentials within five seconds
grant contains {"level": "Authenticated/Fresh", "until": reauth.until("5s")}

# METADATA
# title: the person proved their credentials within the hour
grant contains {"level": "Authenticated/Recent", "until": reauth.until("1h")}

# METADATA
# title: two factors
grant contains "Authenticated/Strong" if input.login.evidence.acr == "urn:example:mfa"

# METADATA
# title: nobody, as yet
grant contains "Authenticated/Vault" if input.user.userName == "the keeper"
