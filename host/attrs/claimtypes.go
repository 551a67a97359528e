// Short names of long claim types.

package attrs

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed claim-types.tsv
var claimTypes string

// ShortName gives the JWT claim names of a long claim type of SAML or
// WS-Federation, in the order of claim-types.tsv; one type has two. A type
// that the table does not have gives none. Types are compared exactly. The
// document itself always keeps the names it received.
func ShortName(long string) []string {
	return slices.Clone(shortNames()[long])
}

var shortNames = sync.OnceValue(func() map[string][]string {
	names := map[string][]string{}
	for line := range strings.Lines(claimTypes) {
		if long, short, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t"); ok && line[0] != '#' {
			names[long] = append(names[long], short)
		}
	}
	return names
})
