// The policies that ship with the host.

package policy

import (
	"io/fs"

	"github.com/doorward/doorward/policies"
)

// Shipped holds the library and the default policy with their tests, for Test.
func Shipped() fs.FS { return policies.Files }
