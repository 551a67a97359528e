// What a policy may call: nothing with an effect, and nothing that differs
// from one evaluation to the next.

package policy

import (
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// switchedOff names the builtins that policies do not have, and why.
var switchedOff = map[string]string{
	"http.send":              "policies have no network",
	"net.lookup_ip_addr":     "policies have no network",
	"opa.runtime":            "it would show the host's environment",
	"rand.intn":              "the same input must give the same decision",
	"uuid.rfc4122":           "the same input must give the same decision",
	"io.jwt.encode_sign":     "policies sign nothing",
	"bits.lsh":               "it can use up the memory",
	"net.cidr_expand":        "it can use up the memory; use net.cidr_contains",
	"json.match_schema":      "a schema can point at the network",
	"json.verify_schema":     "a schema can point at the network",
	"trace":                  "the login's trace says what happened",
	"io.jwt.encode_sign_raw": "policies sign nothing",
	"crypto.x509.parse_and_verify_certificates":              "it reads the machine's clock",
	"crypto.x509.parse_and_verify_certificates_with_options": "it reads the machine's clock",
}

// clocks are the builtins that read the time of the evaluation.
var clocks = map[string]bool{
	"time.now_ns":          true,
	"io.jwt.decode_verify": true,
}

// capabilities is OPA's own set without those that are switched off, and
// without any that OPA itself marks as nondeterministic, save the clock (which
// stands still at the decision's time).
var capabilities = sync.OnceValue(func() *ast.Capabilities {
	caps := ast.CapabilitiesForThisVersion()
	caps.AllowNet = []string{}
	caps.Builtins = slices.DeleteFunc(caps.Builtins, func(b *ast.Builtin) bool {
		_, off := switchedOff[b.Name]
		return off || b.Nondeterministic && !clocks[b.Name]
	})
	return caps
})
