// Faults of what OpenID Connect providers differ in.

package config

import (
	"maps"
	"slices"
	"strings"
)

func (r *reader) checkEncryption(p Provider, at string) {
	e := at + ".encryption"
	asked := p.Encryption.IDToken != "off" && p.Encryption.IDToken != "" || p.Encryption.UserInfo != "off" && p.Encryption.UserInfo != ""
	private := slices.ContainsFunc(p.Encryption.KeyAlgs, func(alg string) bool {
		return strings.HasPrefix(alg, "RSA") || strings.HasPrefix(alg, "ECDH")
	})
	if asked && private && r.has(e) && !r.given(e, "private_key") {
		r.faultAt(e, "there is no key to decrypt with; add private_key_file or private_key_env, or name only key_algs that use the client secret")
	}
	if !asked && r.given(e, "private_key") {
		r.faultAt(e, "a private key is given and nothing may be encrypted; write id_token: accept or userinfo: accept, or remove the key")
	}
}

func (r *reader) checkClaimSources(p Provider, at string) {
	s := at + ".claim_sources"
	for _, claim := range r.inOrder(s+".endpoints", slices.Sorted(maps.Keys(p.ClaimSources.Endpoints))) {
		if !beginsAny(p.ClaimSources.Endpoints[claim], p.ClaimSources.Allow) {
			r.faultAt(join(s+".endpoints", claim), "no entry of claim_sources.allow begins this address; add one")
		}
	}
	for i, prefix := range p.ClaimSources.Allow {
		if strings.Count(prefix, "/") < 3 {
			r.faultAt(s+".allow"+index(i), "names a host and no path, so that a longer name would begin so too; write at least a slash at its end")
		}
	}
}
