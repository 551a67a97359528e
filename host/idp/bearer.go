package idp

// Access tokens as they are presented at a resource of ours (RFC 6750; RFC
// 9449, section 7), and what is said when they open nothing.

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/idp/claims"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/idp/proof"
)

// presented is an access token as it came.
type presented struct {
	token string
	dpop  bool // by that scheme, which says that a proof goes with it
}

// denial is an answer that opens nothing. Without a code there were no
// credentials, and nothing more is said (RFC 6750, section 3.1).
type denial struct {
	status      int
	code        string
	description string
	dpop        bool // that scheme is what it takes
}

func (d denial) Error() string { return d.description }

const maxAccessToken = 16 << 10 // bytes

var tokenFormat = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`) // b64token

// presentedToken is the token of the Authorization header, or of the form; of
// one of them. The front refuses one in the query.
func presentedToken(r *http.Request, form url.Values) (presented, *denial) {
	headers, inForm := r.Header.Values("Authorization"), r.Method == http.MethodPost && form.Has("access_token")
	switch {
	case len(headers) > 1 || len(headers) == 1 && inForm:
		return presented{}, &denial{status: http.StatusBadRequest, code: "invalid_request", description: "send the access token once, in the header or in the form"}
	case inForm:
		return wellFormed(presented{token: form.Get("access_token")})
	case len(headers) == 0:
		return presented{}, &denial{status: http.StatusUnauthorized, description: "send an access token"}
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	dpop := strings.EqualFold(scheme, "DPoP")
	if !dpop && !strings.EqualFold(scheme, "Bearer") {
		return presented{}, &denial{status: http.StatusUnauthorized, description: "send an access token"}
	}
	return wellFormed(presented{token, dpop})
}

func wellFormed(p presented) (presented, *denial) {
	if len(p.token) > maxAccessToken || !tokenFormat.MatchString(p.token) {
		return presented{}, &denial{http.StatusUnauthorized, "invalid_token", "the access token is malformed", p.dpop}
	}
	return p, nil
}

// opened is what a good access token stands for.
type opened struct {
	client clients.Client
	grant  grants.Grant
	person people.Person
	scopes []string // of this token; the grant may have more
}

// open holds what was presented against the grants. Errors are a denial, or
// those of the store. A proof is looked at only when the token is good:
// remembering it writes to the store, which strangers must not.
func (p *Provider) open(r *http.Request, from presented) (opened, error) {
	g, token, person, err := p.accessOf(r.Context(), from.token)
	if errors.Is(err, grants.ErrUnknown) {
		return opened{}, denial{http.StatusUnauthorized, "invalid_token", "the access token is unknown, expired or revoked", from.dpop}
	}
	if err != nil {
		return opened{}, err
	}
	if err := p.bound(r, from, token); err != nil {
		return opened{}, err
	}
	if g.Auth.Subject == "" || !slices.Contains(token.Scopes, claims.OpenID) {
		return opened{}, denial{http.StatusForbidden, "insufficient_scope", "the access token is not for a person's claims", from.dpop}
	}
	client, err := p.clients.Client(r.Context(), g.ClientID)
	return opened{client, g, person, token.Scopes}, err
}

// bound refuses a token whose key the caller did not show that they have.
func (p *Provider) bound(r *http.Request, from presented, token grants.Access) error {
	switch {
	case token.Thumbprint == "" && from.dpop:
		return denial{http.StatusUnauthorized, "invalid_token", "the access token is bound to no key; send it as Bearer", false}
	case token.Thumbprint == "":
		return nil
	case !from.dpop:
		return denial{http.StatusUnauthorized, "invalid_token", "the access token is bound to a key; send it with the scheme DPoP and a proof", true}
	}
	key, err := p.proofs.Verify(r.Context(), r.Header, r.Method, p.origin+r.URL.Path, from.token)
	if errors.Is(err, proof.ErrMissing) || errors.Is(err, proof.ErrInvalid) {
		return denial{http.StatusUnauthorized, "invalid_dpop_proof", err.Error(), true}
	}
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(key), []byte(token.Thumbprint)) != 1 {
		return denial{http.StatusUnauthorized, "invalid_token", "the access token is bound to another key", true}
	}
	return nil
}

// deny answers with the challenge of the scheme that would do (RFC 6750,
// section 3; RFC 9449, section 7.1).
func (p *Provider) deny(w http.ResponseWriter, d denial) {
	said := ""
	if d.code != "" {
		said = fmt.Sprintf(`, error="%s", error_description="%s"`, d.code, d.description)
	}
	if d.code == "insufficient_scope" {
		said += `, scope="` + claims.OpenID + `"`
	}
	realm, algs := ` realm="`+p.cfg.Issuer+`"`, `, algs="`+strings.Join(proof.Algorithms(), " ")+`"`
	if !d.dpop {
		w.Header().Add("WWW-Authenticate", "Bearer"+realm+said)
	}
	if d.dpop || d.code == "" {
		w.Header().Add("WWW-Authenticate", "DPoP"+realm+said+algs)
	}
	writeOAuthError(w, d.status, or(d.code, "invalid_request"), d.description)
}
