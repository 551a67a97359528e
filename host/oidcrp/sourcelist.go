// Which claims are elsewhere, and where: _claim_names and _claim_sources, read
// strictly.

package oidcrp

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	maxSources     = 16  // of one login
	maxNames       = 64  // of one token or userinfo answer
	maxSourceName  = 255 // bytes of a claim's name
	groupsClaim    = "groups"
	hasGroupsClaim = "hasgroups"
)

// claimSource is one place that has claims: a JWT, or an endpoint.
type claimSource struct {
	claims      []string // sorted
	jwt         string
	endpoint    string
	accessToken string // for the endpoint; empty when the provider gave none
	configured  bool   // the endpoint is the configuration's
}

// listSources lists the sources that the ID token and userinfo name, those that
// can be read also when the error says that others cannot.
func (p *Provider) listSources(idToken, userInfo map[string]any) ([]claimSource, error) {
	seen := map[string]bool{}
	var listed []claimSource
	var faults []error
	for _, claims := range []map[string]any{idToken, userInfo} {
		names, err := claimNames(claims)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		for _, reference := range slices.Sorted(maps.Keys(names)) {
			some, err := p.readSource(claims["_claim_sources"], reference, unseen(names[reference], seen))
			if err != nil {
				faults = append(faults, err)
			}
			listed = append(listed, some...)
		}
	}
	listed = append(listed, p.hiddenGroups(idToken, seen)...)
	if len(listed) > maxSources {
		return nil, fmt.Errorf("there are more than %d claim sources", maxSources)
	}
	return listed, errors.Join(faults...)
}

// claimNames is _claim_names by source: which claims each one has.
func claimNames(claims map[string]any) (map[string][]string, error) {
	value, present := claims["_claim_names"]
	if !present {
		return nil, nil
	}
	names, ok := value.(map[string]any)
	if !ok || len(names) > maxNames {
		return nil, fmt.Errorf("_claim_names is not an object of at most %d claims", maxNames)
	}
	out := map[string][]string{}
	for _, claim := range slices.Sorted(maps.Keys(names)) {
		reference, ok := names[claim].(string)
		if !ok || len(claim) > maxSourceName {
			return nil, errors.New("_claim_names does not lead to the names of sources")
		}
		out[reference] = append(out[reference], claim)
	}
	return out, nil
}

func unseen(claims []string, seen map[string]bool) []string {
	claims = slices.DeleteFunc(claims, func(claim string) bool { return seen[claim] })
	for _, claim := range claims {
		seen[claim] = true
	}
	return claims
}

// readSource is one member of _claim_sources, for claims. Claims that the
// configuration has an endpoint for become sources of their own.
func (p *Provider) readSource(sources any, reference string, claims []string) ([]claimSource, error) {
	listed, _ := sources.(map[string]any)
	members, _ := listed[reference].(map[string]any)
	jwt, _ := members["JWT"].(string)
	endpoint, _ := members["endpoint"].(string)
	accessToken, _ := members["access_token"].(string)
	if accessToken != "" && !usableInHeader(accessToken) {
		return nil, errors.New("_claim_sources has an access token that cannot be used")
	}
	var out []claimSource
	var rest []string
	for _, claim := range claims {
		configured, has := p.cfg.ClaimSources.Endpoints[claim]
		if jwt != "" || !has {
			rest = append(rest, claim)
			continue
		}
		out = append(out, claimSource{claims: []string{claim}, endpoint: configured, accessToken: accessToken, configured: true})
	}
	switch {
	case len(rest) == 0:
	case jwt == "" && endpoint == "":
		return out, fmt.Errorf("_claim_sources says neither jwt nor endpoint for %s", strings.Join(claimSource{claims: rest}.shownClaims(), ", "))
	default:
		out = append(out, claimSource{claims: rest, jwt: jwt, endpoint: endpoint, accessToken: accessToken})
	}
	return out, nil
}

// hiddenGroups is the source of the groups that Entra ID says exist
// (hasgroups), without saying where, when the configuration knows.
func (p *Provider) hiddenGroups(idToken map[string]any, seen map[string]bool) []claimSource {
	endpoint := p.cfg.ClaimSources.Endpoints[groupsClaim]
	if has, _ := idToken[hasGroupsClaim].(bool); !has || endpoint == "" || seen[groupsClaim] {
		return nil
	}
	return []claimSource{{claims: []string{groupsClaim}, endpoint: endpoint, configured: true}}
}

// shownClaims are the names of the claims as a log may have them.
func (s claimSource) shownClaims() []string {
	var out []string
	for _, claim := range s.claims[:min(len(s.claims), claimItems)] {
		out = append(out, clean(claim, 64))
	}
	return out
}
