// Claim sources: claims that the provider keeps elsewhere. Aggregated ones come
// with the token as a signed JWT, distributed ones are fetched.

package oidcrp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

const sourcesMessage = "Unable to retrieve all claims of the claim sources"

// claimed is what the claim sources yielded: raw, one member for each claim; or
// fault, and what could be had of raw; or neither when there were none.
type claimed struct {
	raw      []byte
	fault    error
	warnings []login.Warning
}

// asked is whom the claims are about, and what proves it to a claim source.
type asked struct {
	meta        *metadata
	subject     string
	accessToken string // of the sign-in
}

// claimSources resolves _claim_names and _claim_sources of the ID token and of
// userinfo. Each claim is asked for once; the ID token's word on where it is
// counts before userinfo's.
//
// What a failure means is the caller's to say.
//
// See OpenID Connect Core 1.0, section 5.6.2.
func (p *Provider) claimSources(ctx context.Context, meta *metadata, r reply, who person, info info) claimed {
	listed, err := p.listSources(who.claims, info.claims)
	if err == nil && len(listed) == 0 {
		return claimed{}
	}
	step := login.Begin(ctx, "claimSources")
	step.Out("sources", len(listed))
	step.Out("hosts", hosts(listed))
	found := map[string]json.RawMessage{}
	about := asked{meta: meta, subject: who.subject, accessToken: r.accessToken}
	ctx, cancel := context.WithTimeout(ctx, sourcesTime)
	defer cancel()
	for _, s := range listed {
		if e := p.collect(ctx, s, about, found); e != nil {
			err = errors.Join(err, e)
		}
	}
	step.Out("claims", len(found))
	raw, tooLarge := sourceText(found)
	if err = errors.Join(err, tooLarge); err != nil {
		return p.sourcesFailed(ctx, step, raw, err)
	}
	_ = step.End(nil)
	return claimed{raw: raw}
}

// collect adds the claims of one source to found.
func (p *Provider) collect(ctx context.Context, s claimSource, about asked, found map[string]json.RawMessage) error {
	claims, err := p.resolve(ctx, s, about)
	if err != nil {
		return fmt.Errorf("claim %s: %w", strings.Join(s.shownClaims(), ", "), err)
	}
	for _, name := range s.claims {
		if value, present := claims[name]; present {
			found[name] = value
		}
	}
	return nil
}

func (p *Provider) resolve(ctx context.Context, s claimSource, about asked) (map[string]json.RawMessage, error) {
	if s.jwt != "" {
		return p.signedClaims(ctx, s.jwt, about)
	}
	return p.fetchClaims(ctx, s, about)
}

// sourcesFailed ends the step.
func (p *Provider) sourcesFailed(ctx context.Context, step *login.Step, raw []byte, err error) claimed {
	reason := strings.ReplaceAll(err.Error(), "\n", "; ")
	fault := &login.Fault{Code: login.CodeClaimSourceFailed, Detail: reason, Err: err}
	_ = step.End(fault)
	p.cfg.Log.WarnContext(ctx, sourcesMessage, "idp", p.cfg.Name, "code", fault.Code, "reason", reason)
	return claimed{raw: raw, fault: fault, warnings: []login.Warning{{Code: fault.Code, Message: sourcesMessage}}}
}

// sourceText is the source's JSON text: an object by claim, nil when it is
// empty.
func sourceText(found map[string]json.RawMessage) ([]byte, error) {
	if len(found) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(found)
	if err == nil {
		_, err = attrs.Document{}.With(attrs.ClaimSources, raw)
	}
	if err != nil {
		return nil, fmt.Errorf("the claims do not fit into a source: %w", err)
	}
	return raw, nil
}

// hosts lists where the sources are, for the trace.
func hosts(listed []claimSource) []string {
	seen := map[string]bool{}
	for _, s := range listed {
		if s.jwt == "" {
			seen[shownHost(s.endpoint)] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
