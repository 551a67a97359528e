// The table of the configuration file.

package keys

import "slices"

// Config is the table of the configuration file, in the order of its pages.
var Config = slices.Concat(hostRows, providerRows, oidcRows, samlRows, idTokenRows, builtinRows, pluginRows, levelRows, zoneRows, applicationRows)
