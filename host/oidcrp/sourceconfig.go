// Claim sources: their configuration.

package oidcrp

import (
	"maps"
	"slices"

	"github.com/doorward/doorward/host/token"
)

// checkSources finds what is wrong with c.ClaimSources.
func (c Config) checkSources(fault func(wrong bool, format string, args ...any)) {
	s := c.ClaimSources
	fault(!slices.Contains([]string{"refuse", "continue"}, s.OnFailure), "claim_sources.on_failure must be refuse or continue")
	p := &Provider{cfg: c}
	for _, prefix := range s.Allow {
		u, err := plainURL(prefix)
		fault(err != nil || c.HTTP.CheckURL(prefix) != nil || u.RawQuery != "", "an entry of claim_sources.allow is no https address with a plain path and no query")
	}
	p.prepareSources()
	for _, claim := range slices.Sorted(maps.Keys(s.Endpoints)) {
		_, ok := p.allowed(s.Endpoints[claim])
		fault(!ok, "claim_sources.endpoints: no entry of claim_sources.allow allows the address of %s", claim)
	}
	for _, issuer := range slices.Sorted(maps.Keys(s.Issuers)) {
		fault(c.HTTP.CheckURL(s.Issuers[issuer]) != nil, "claim_sources.issuers: the address of an issuer's keys must be https")
	}
}

// prepareSources parses what checkSources has checked.
func (p *Provider) prepareSources() {
	for _, prefix := range p.cfg.ClaimSources.Allow {
		if u, err := plainURL(prefix); err == nil {
			p.allow = append(p.allow, u)
		}
	}
	p.issuers = make(map[string]*token.KeySet, len(p.cfg.ClaimSources.Issuers))
	for issuer, address := range p.cfg.ClaimSources.Issuers {
		p.issuers[issuer] = token.NewKeySet(p.cfg.HTTP, address, p.cfg.Now)
	}
}
