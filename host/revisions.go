// Digests of the parts of a configuration that a login's outcome rests on.

package host

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/doorward/doorward/host/record"
)

// revisions are those that all providers share, but for the policy's and the
// plugins', which change while a host runs.
func (o *Options) revisions(replayKey []byte) record.Revisions {
	mac := hmac.New(sha256.New, replayKey)
	mac.Write([]byte("doorward record"))
	return record.Revisions{
		Levels: digestOf(o.Config.Levels), Zones: digestOf(o.Config.Zones), Grants: digestOf(o.Config.Grants),
		Randomness: hex.EncodeToString(mac.Sum(nil)[:8]),
	}
}

// mappersRevision is a digest of a provider's mappers and of how the plugins
// among them are declared.
func (o *Options) mappersRevision(idp string) string {
	p := o.Config.Providers[idp]
	of := []any{p.Type, p.Mappers, p.UserInfo}
	for _, m := range p.Mappers {
		if m.Plugin != "" {
			declared := o.Config.Plugins[m.Plugin]
			declared.Module, declared.SHA256 = "", "" // the module's own digest counts
			of = append(of, declared)
		}
	}
	return digestOf(of)
}

// digestOf is a digest of a part of the configuration, which always marshals.
func digestOf(part any) string {
	text, _ := json.Marshal(part)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
