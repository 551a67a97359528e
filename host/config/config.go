// The configuration as the host uses it.

package config

import (
	"net/netip"
	"time"

	"github.com/doorward/doorward/host/config/internal/yamltree"
)

// Config is a configuration file with its defaults filled in. Paths of files
// are relative to the folder of the configuration file no more. It is not
// changed after it was read, and safe for concurrent use.
type Config struct {
	PublicURL             string                 `key:"public_url"` // scheme, host and port, lower case, no slash at the end
	Listen                string                 `key:"listen"`
	AdminListen           string                 `key:"admin_listen"`
	TrustedProxies        []netip.Prefix         `key:"trusted_proxies"`
	Store                 Store                  `key:"store"`
	HostKeyFile           string                 `key:"host_key_file"`
	Session               Session                `key:"session"`
	ForceAuth             bool                   `key:"force_auth"`
	InsecureInlineSecrets bool                   `key:"insecure_inline_secrets"`
	Secrets               map[string]Shared      `key:"secrets"` // by label
	Log                   Log                    `key:"log"`
	Audit                 Audit                  `key:"audit"`
	Record                *Record                `key:"record"`  // nil without the key: nothing is recorded
	Console               *Console               `key:"console"` // nil without the key: there is no console
	Providers             map[string]Provider    `key:"providers"`
	Plugins               map[string]Plugin      `key:"plugins"`
	Levels                map[string]Level       `key:"levels"`
	Policies              Policies               `key:"policies"`
	Grants                []Grant                `key:"grants"`
	Zones                 map[string]Zone        `key:"zones"`
	Applications          map[string]Application `key:"applications"`

	// ProviderOrder names the providers in the order of the file.
	ProviderOrder []string `key:"-"`
	// Warnings are remarks that refuse nothing.
	Warnings Faults `key:"-"`

	file   string
	places places
}

// Store is where the embedded store lies.
type Store struct {
	Path string `key:"path"`
}

// Session is how long a session lasts.
type Session struct {
	Idle     time.Duration `key:"idle"`
	Absolute time.Duration `key:"absolute"`
}

// Shared is one shared secret.
type Shared struct {
	Value Secret `key:"value"`
}

// Log is what is logged.
type Log struct {
	Level string `key:"level"` // debug, info, warn or error
}

// Console is who may open the console.
type Console struct {
	Level      string `key:"level"`      // inside Authenticated
	Playground string `key:"playground"` // inside Authenticated; empty: there is none
}

// Audit is where audit events go besides the log.
type Audit struct {
	Path   string   `key:"path"`   // empty for the log alone, - for standard output
	Claims []string `key:"claims"` // user attributes whose values may show
}

// Record is how long logins are recorded for replay, and how many.
type Record struct {
	Keep time.Duration `key:"keep"`
	Max  int           `key:"max"`
}

// Plugin is one declared plugin.
type Plugin struct {
	Module  string   `key:"module"` // a path, an https URL, or bundled:NAME
	SHA256  string   `key:"sha256"` // 64 lower-case hexadecimal digits, or empty
	Sources []string `key:"sources"`
	Config  JSON     `key:"config"`
	OnError string   `key:"on_error"` // fail or skip
	Limits  Limits   `key:"limits"`
}

// Limits is what one call of a plugin may use; sizes are bytes.
type Limits struct {
	Input       int64         `key:"input"`
	Memory      int64         `key:"memory"`
	Output      int64         `key:"output"`
	Fuel        int64         `key:"fuel"`          // of one call, besides what its input adds
	FuelPerByte int64         `key:"fuel_per_byte"` // of the input
	Timeout     time.Duration `key:"timeout"`
	Concurrent  int           `key:"concurrent"`
}

// Level is one declared level.
type Level struct {
	Description string   `key:"description"`
	StepUp      bool     `key:"step_up"`
	Group       bool     `key:"group"`
	ACRValues   []string `key:"acr_values"` // asked of the provider in a step-up
}

// Policies is where policies come from; neither Path nor Bundle means the
// default policy.
type Policies struct {
	Path         string        `key:"path"`
	Bundle       *Bundle       `key:"bundle"` // nil without the key
	RequireTests bool          `key:"require_tests"`
	GrantTokens  bool          `key:"grant_tokens"`
	Deadline     time.Duration `key:"deadline"`
}

// Bundle is a signed OPA bundle of policies.
type Bundle struct {
	URL      string        `key:"url"`
	JWKSFile string        `key:"jwks_file"`
	Scope    string        `key:"scope"` // of the signature; empty for none
	Poll     time.Duration `key:"poll"`
	Token    Secret        `key:"token"` // bearer token; may be empty

	JWKS []byte `key:"-"` // contents of JWKSFile
}

// Grant gives levels to one person.
type Grant struct {
	IdP     string   `key:"idp"`
	Issuer  string   `key:"iss"`
	Subject string   `key:"sub"`
	Levels  []string `key:"levels"`
}

// Zone is a named set of networks.
type Zone struct {
	Networks []netip.Prefix `key:"networks"`
	Priority int            `key:"priority"`
}

// Application is what people sign in for, and what it may be handed.
type Application struct {
	Origins     []string          `key:"origins"` // lower case, no slash at the end, no default port
	Paths       []string          `key:"paths"`
	ForceAuth   string            `key:"force_auth"`   // project, enable or disable
	Require     []string          `key:"require"`      // never empty
	ForwardAuth string            `key:"forward_auth"` // redirect or status
	Secret      Secret            `key:"secret"`       // empty, or 16 bytes at least
	Tokens      []string          `key:"tokens"`       // access_token, id_token; only with a secret
	Headers     map[string]string `key:"headers"`      // header name to what it carries; no two names are one header

	Resources map[string]Resource `key:"resources"` // APIs, by their URI
	Clients   []string            `key:"clients"`   // device, loopback
	Assertion map[string]string   `key:"assertion"` // claim to user attribute
}

// Resource is an API that an application may get a token for.
type Resource struct {
	By       string   `key:"by"`       // resource, exchange or same
	Audience string   `key:"audience"` // the resource itself when the file has none
	Scope    []string `key:"scope"`
}

// places are the keys of a file by their path.
type places map[string]place

type place struct {
	key   *yamltree.Node // nil for an item of a list
	value *yamltree.Node
}
