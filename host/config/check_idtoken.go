// Faults of providers whose ID token comes in a header.

package config

import (
	"regexp"
	"slices"
	"strings"
)

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

func (r *reader) checkIDToken(c *Config, p Provider, at string) {
	t := p.IDToken
	if t == nil {
		r.faultAt(at, "has no id_token; a provider of type id-token needs id_token: {well_known: …, issuer: …, audience: […]}")
		return
	}
	at += ".id_token"
	if why := othersUse(strings.ToLower(t.Header)); why != "" {
		r.faultAt(at+".header", "this header cannot carry the token: %s; write a name of your own, such as X-Id-Token", why)
	}
	r.checkIDTokenKeys(c, t, at)
	r.checkIssuerTemplate(t, at)
	if t.Replay == "allow" {
		r.warnAt(at+".replay", "whoever sees a token signs in with it until it ends; write forbid unless the client cannot get a token for each sign-in")
	}
}

// checkIDTokenKeys wants one source of keys, and a secret that is long enough
// for what it verifies.
func (r *reader) checkIDTokenKeys(c *Config, t *IDToken, at string) {
	var given []string
	for _, name := range []string{"well_known", "jwks", "jwks_file", "secret"} {
		if r.has(at + "." + name) {
			given = append(given, name)
		}
	}
	if len(given) != 1 {
		r.faultAt(at, "has %d of well_known, jwks, jwks_file and secret; write exactly one", len(given))
		return
	}
	if t.Secret == "" {
		for i, alg := range t.Algorithms {
			if strings.HasPrefix(alg, "HS") {
				r.faultAt(at+".algorithms"+index(i), "%s is verified with a secret, and the keys are public ones; remove it, or write secret instead of %s", alg, given[0])
			}
		}
		return
	}
	secret, known := c.Secrets[t.Secret]
	if !known {
		r.faultAt(at+".secret", "%s", meant("no secret has this label", t.Secret, sorted(c.Secrets), "declare it under secrets"))
		return
	}
	algs := t.Algorithms
	if len(algs) == 0 {
		algs = []string{"HS256"}
	}
	for _, alg := range algs {
		switch least := macLength[alg]; {
		case least == 0:
			r.faultAt(at+".algorithms", "%s is verified with a public key, and a secret is given; remove it, or write jwks instead of secret", alg)
		case len(secret.Value.Reveal()) < least && !secret.Value.Empty():
			r.faultAt(at+".secret", "%s needs a secret of at least %d bytes; use a longer one", alg, least)
		}
	}
}

func (r *reader) checkIssuerTemplate(t *IDToken, at string) {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(t.Issuer, -1) {
		names = append(names, m[1])
		if len(t.IssuerValues[m[1]]) == 0 && !r.has(join(at+".issuer_values", m[1])) {
			r.faultAt(at+".issuer", "{%s} may be anything, and so the issuer anybody; list its values under issuer_values", m[1])
		}
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(t.Issuer, ""), "{}") {
		r.faultAt(at+".issuer", "a brace has no partner; write {NAME} for the text of a claim")
	}
	for _, name := range r.inOrder(at+".issuer_values", sorted(t.IssuerValues)) {
		if !slices.Contains(names, name) {
			r.faultAt(join(at+".issuer_values", name), "issuer has no {%s}; add it there, or remove these values", name)
		}
	}
}
