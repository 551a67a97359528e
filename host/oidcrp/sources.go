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
// failed, and perhaps raw besides; or neither when there were none.
type claimed struct {
	raw      []byte
	failed   bool
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
// With on_failure: continue, the claims that can be had are kept, and failed
// says that some are missing; otherwise the error is a Fault with the code
// claim_source_failed.
//
// See OpenID Connect Core 1.0, section 5.6.2.
func (p *Provider) claimSources(ctx context.Context, meta *metadata, r reply, who person, info info) (claimed, error) {
	listed, err := p.listSources(who.claims, info.claims)
	if err == nil && len(listed) == 0 {
		return claimed{}, nil
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
	if err = errors.Join(err, tooLarge); err == nil {
		return claimed{raw: raw}, step.End(nil)
	}
	return p.sourcesFailed(ctx, step, raw, err)
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

// sourcesFailed ends the step. The login goes on with a warning, or ends with a
// Fault.
func (p *Provider) sourcesFailed(ctx context.Context, step *login.Step, raw []byte, err error) (claimed, error) {
	reason := strings.ReplaceAll(err.Error(), "\n", "; ")
	fault := &login.Fault{Code: login.CodeClaimSourceFailed, Detail: reason, Err: err}
	_ = step.End(fault)
	p.cfg.Log.WarnContext(ctx, sourcesMessage, "idp", p.cfg.Name, "code", fault.Code, "reason", reason)
	if p.cfg.ClaimSources.OnFailure == "refuse" {
		return claimed{}, fault
	}
	return claimed{raw: raw, failed: true, warnings: []login.Warning{{Code: fault.Code, Message: sourcesMessage}}}, nil
}

// sourceText is the source's JSON text: an object by claim, nil when it is
// empty.
func sourceText(found map[string]json.RawMessage) ([]byte, error) {
	if len(found) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(found)
	if err == nil && len(raw) > attrs.MaxSourceBytes {
		err = fmt.Errorf("the claims are larger than %d bytes together", attrs.MaxSourceBytes)
	}
	if err != nil {
		return nil, err
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
