// Distributed claims: fetched from addresses that the configuration allows, and
// from nowhere else.

package oidcrp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/doorward/doorward/host/token"
)

const (
	sourcesTime = 15 * time.Second // for all sources of one login
	maxPages    = 20
)

// fetchClaims asks a claim source. The access token is the one that the
// provider gave for it; the sign-in's own goes only to an address that the
// configuration names for the claim.
func (p *Provider) fetchClaims(ctx context.Context, s claimSource, about asked) (map[string]json.RawMessage, error) {
	bearer := s.accessToken
	if bearer == "" && s.configured {
		bearer = about.accessToken
	}
	res, err := p.callSource(ctx, s.endpoint, bearer)
	if err != nil {
		return nil, err
	}
	if mediaType(res.Header) == "application/jwt" {
		return p.signedClaims(ctx, string(res.Body), about)
	}
	answer, err := jsonAnswer(res)
	if err != nil {
		return nil, err
	}
	if len(s.claims) == 1 && answer[s.claims[0]] == nil && answer["value"] != nil {
		return p.fetchList(ctx, s, answer, bearer)
	}
	return answer, nil
}

// callSource is one call, to an address that is allowed, answered with 200.
func (p *Provider) callSource(ctx context.Context, address, bearer string) (token.Response, error) {
	u, ok := p.allowed(address)
	if !ok {
		return token.Response{}, fmt.Errorf("no entry of claim_sources.allow allows %s: add its address there, or the one to fetch the claim from under claim_sources.endpoints", shownHost(address))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return token.Response{}, errors.New("the claim source's address cannot be used")
	}
	req.Header.Set("Accept", "application/jwt, application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := p.cfg.HTTP.Do(req)
	switch {
	case err != nil:
		return token.Response{}, err
	case res.Status == http.StatusUnauthorized, res.Status == http.StatusForbidden:
		return token.Response{}, fmt.Errorf("%s answered with status %d: give the client the permission to read these claims at the provider, and scopes that ask for it", u.Host, res.Status)
	case res.Status != http.StatusOK:
		return token.Response{}, fmt.Errorf("%s answered with status %d", u.Host, res.Status)
	}
	return res, nil
}

func jsonAnswer(res token.Response) (map[string]json.RawMessage, error) {
	if !isJSON(res.Header) {
		return nil, errors.New("the claim source's content type is neither application/json nor application/jwt")
	}
	if _, err := token.Object(res.Body); err != nil {
		return nil, errors.New("the claim source's answer is not a json object without duplicate members")
	}
	return members(res.Body)
}

// allowed reports whether an entry of claim_sources.allow begins address: the
// same scheme, host and port, and a path that begins with the entry's. Nothing
// in address may make a server or a proxy read another path than is compared.
func (p *Provider) allowed(address string) (*url.URL, bool) {
	u, err := plainURL(address)
	if err != nil || p.cfg.HTTP.CheckURL(address) != nil {
		return nil, false
	}
	for _, prefix := range p.allow {
		if u.Scheme == prefix.Scheme && hostPort(u) == hostPort(prefix) && under(u.EscapedPath(), prefix.EscapedPath()) {
			return u, true
		}
	}
	return nil, false
}

// under reports whether path is prefix, or goes on after a slash.
func under(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || strings.HasSuffix(prefix, "/") || rest[0] == '/')
}

// sameOrigin reports whether two addresses have the same scheme, host and port.
func sameOrigin(a, b string) bool {
	one, err := url.Parse(a)
	other, err2 := url.Parse(b)
	return err == nil && err2 == nil && one.Scheme == other.Scheme && hostPort(one) == hostPort(other)
}

// hostPort is the host in lower case, with the port that is meant.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

// plainURL parses an address that can be read in one way only: no user name, no
// fragment, no dot segments, no empty segments, nothing encoded or unusual in
// the path.
func plainURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Host == "" || u.Opaque != "" || u.Fragment != "" || strings.Contains(address, "#") {
		return nil, errors.New("the address is not plain")
	}
	path := u.EscapedPath()
	if strings.ContainsAny(path, `%\;`) || strings.Contains(path, "//") || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the address is not plain")
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return nil, errors.New("the address is not plain")
		}
	}
	return u, nil
}

// shownHost is an address's host, for texts.
func shownHost(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "(no address)"
	}
	return clean(u.Host, 255)
}
