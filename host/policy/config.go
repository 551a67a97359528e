// What an engine is made from.

package policy

import (
	"time"

	"github.com/doorward/doorward/host/login"
)

// Config is everything that New compiles. It is copied: later changes to its
// maps and slices do not reach the Engine.
type Config struct {
	// Levels is the declared tree: path to declaration. Built-in levels need
	// none.
	Levels map[string]Level
	// Modules holds the policy files: the name that errors show, to the text.
	// Names that end in _test.rego are left out. The library is always added.
	Modules map[string]string
	// DefaultPolicy adds the policy that ships with Doorward. Its rules for
	// levels that are not declared are left out without an error.
	DefaultPolicy bool
	// DeclareGranted counts every level that a rule or a grant names as
	// declared, with its parents as groups: for looking at policies without a
	// configuration.
	DeclareGranted bool
	// Providers, Zones and Applications are the names that the configuration
	// has: rules that compare with another one are warned of. Not checked when
	// nil.
	Providers, Zones, Applications []string
	// Grants gives levels to single persons.
	Grants []Grant
	// TokensInInput lets policies see token strings; else they see digests.
	TokensInInput bool
	// Mapped names the user attributes ("roles", "attributes.team") that the
	// provider called idp maps from source. When nil, every attribute counts as
	// mapped from it.
	Mapped func(idp, source string) []string
	// OnFailure hears of every evaluation that failed or ran out of time, of
	// each rule that errored, and of grants that are malformed. The error is a
	// *Problem and holds no claim value. It must not block. May be nil.
	OnFailure func(error)
	// OnRules hears after each decision what became of the rules. It must not
	// block. May be nil.
	OnRules func(Counts)

	Deadline  time.Duration // of one decision; 500 ms when zero
	MaxInput  int           // bytes of the sources; 4 MiB when zero
	MaxRules  int           // grant rules; 5000 when zero
	MaxGrants int           // levels one rule may yield; 256 when zero
}

// Level declares one node of the tree.
type Level struct {
	Description string
	StepUp      bool // /login?level=PATH may ask for it
	Group       bool // only groups: held when any child is
	// ACRValues are what a step-up to the level asks of the provider, and what
	// a challenge may call the level by (RFC 9470).
	ACRValues []string
}

// Grant gives levels to one person, whatever the policies say.
type Grant struct {
	Person login.Person
	Levels []string
}

func (c *Config) fillIn() {
	if c.Deadline == 0 {
		c.Deadline = 500 * time.Millisecond
	}
	if c.MaxInput == 0 {
		c.MaxInput = 4 << 20
	}
	if c.MaxRules == 0 {
		c.MaxRules = 5000
	}
	if c.MaxGrants == 0 {
		c.MaxGrants = 256
	}
	if c.OnFailure == nil {
		c.OnFailure = func(error) {}
	}
	if c.OnRules == nil {
		c.OnRules = func(Counts) {}
	}
}
