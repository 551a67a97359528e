// What one plugin is: its module, its grants, its limits.

package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/sdk/abi"
)

// Config declares one plugin: the section plugins.NAME of the configuration.
type Config struct {
	Name        string          // NAME
	Module      string          // a path, an https URL, or bundled:NAME
	SHA256      string          // 64 hexadecimal digits; required for a URL
	Sources     []string        // what it may see; nil means idTokenClaims and userInfo
	Config      json.RawMessage // handed to the guest as it is; nil means {}
	Limits      Limits          // zero members mean the defaults
	SkipOnError bool            // on_error: skip
}

// Limits is what one call may use. Sizes are bytes.
type Limits struct {
	Input       int64         // of the input JSON
	Memory      int64         // of the guest's linear memory, in pages of 64 KiB
	Output      int64         // of the result JSON
	Fuel        int64         // what a call may use, whatever its input
	FuelPerByte int64         // and for each byte of its input
	Timeout     time.Duration // of one call, and of the wait for a free place
	Concurrent  int           // calls at the same time
}

// DefaultLimits are used for the members of Limits that are zero.
var DefaultLimits = Limits{
	Input:       256 << 10,
	Memory:      32 << 20,
	Output:      64 << 10,
	Fuel:        50_000_000,
	FuelPerByte: 10_000,
	Timeout:     250 * time.Millisecond,
	Concurrent:  16,
}

// maxLimits is the most that a configuration may ask for; minLimits the least
// with which a guest can do anything.
var (
	maxLimits = Limits{Input: 16 << 20, Memory: 1 << 30, Output: 1 << 20, Fuel: 1e12, FuelPerByte: 1e6, Timeout: time.Minute, Concurrent: 1024}
	minLimits = Limits{Input: 1 << 10, Memory: 64 << 10, Output: 64, Fuel: 10_000, FuelPerByte: 1, Timeout: time.Millisecond, Concurrent: 1}
)

var (
	defaultSources = []string{attrs.IDTokenClaims, attrs.UserInfo}
	knownSources   = []string{attrs.IDTokenClaims, attrs.UserInfo, attrs.TokenEndpointResponse, attrs.AuthnResponse, attrs.ClaimSources}
)

// withDefaults is a copy of its own with what was left out filled in.
func (c Config) withDefaults() Config {
	if c.Sources == nil {
		c.Sources = defaultSources
	}
	c.Sources, c.Config = slices.Clone(c.Sources), slices.Clone(c.Config)
	if len(c.Config) == 0 {
		c.Config = json.RawMessage("{}")
	}
	c.SHA256 = strings.ToLower(c.SHA256)
	d := DefaultLimits
	l := &c.Limits
	l.Input, l.Memory, l.Output = or(l.Input, d.Input), or(l.Memory, d.Memory), or(l.Output, d.Output)
	l.Fuel, l.FuelPerByte = or(l.Fuel, d.Fuel), or(l.FuelPerByte, d.FuelPerByte)
	l.Timeout, l.Concurrent = or(l.Timeout, d.Timeout), or(l.Concurrent, d.Concurrent)
	return c
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// check reports every fault that shows without the module.
func (c Config) check() error {
	var faults []error
	fault := func(key, format string, args ...any) {
		faults = append(faults, c.fault(key, fmt.Errorf(format, args...)))
	}
	for _, source := range c.Sources {
		if !slices.Contains(knownSources, source) {
			fault("sources", "there is no source %q; write some of %s", source, strings.Join(knownSources, ", "))
		}
	}
	if err := abi.Raw(c.Config).Check(); err != nil {
		fault("config", "not strict JSON: %w", err)
	}
	if c.SHA256 != "" && !isDigest(c.SHA256) {
		fault("sha256", "want 64 hexadecimal digits")
	}
	if c.SHA256 == "" && strings.HasPrefix(c.Module, "https://") {
		fault("sha256", "missing: a module from a URL is pinned by its digest")
	}
	l, low, high := c.Limits, minLimits, maxLimits
	size := func(key, unit string, value, min, max int64) {
		if value < min || value > max {
			fault("limits."+key, "%d%s; write between %d and %d", value, unit, min, max)
		}
	}
	size(limitInput, " bytes", l.Input, low.Input, high.Input)
	size(limitMemory, " bytes", l.Memory, low.Memory, high.Memory)
	size(limitOutput, " bytes", l.Output, low.Output, high.Output)
	size(limitFuel, "", l.Fuel, low.Fuel, high.Fuel)
	size(limitPerByte, "", l.FuelPerByte, low.FuelPerByte, high.FuelPerByte)
	if l.Timeout < low.Timeout || l.Timeout > high.Timeout {
		fault("limits."+limitTimeout, "%s; write between %s and %s", l.Timeout, low.Timeout, high.Timeout)
	}
	if l.Concurrent < low.Concurrent || l.Concurrent > high.Concurrent {
		fault("limits."+limitConcurrent, "%d calls; write between %d and %d", l.Concurrent, low.Concurrent, high.Concurrent)
	}
	return errors.Join(faults...)
}

func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// key is a key of this plugin's section in full.
func (c Config) key(key string) string { return "plugins." + c.Name + "." + key }

// fault is a LoadError about one key.
func (c Config) fault(key string, err error) error {
	return &LoadError{Plugin: c.Name, Key: c.key(key), Module: c.Module, Err: err}
}
