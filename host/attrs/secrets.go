// Secrets: which strings of a document are secret.

package attrs

import "strings"

// Secrets is the set of strings of a document that nobody but the host may
// see. The zero Secrets masks nothing. It is safe for concurrent use.
type Secrets struct {
	short map[string]bool // all in lower case
	long  []string
	parts []string // of the JWTs among long
}

// Secrets collects every string of tokenEndpointResponse, at any depth, but
// for the members known to hold no secret (token_type, scope,
// issued_token_type, session_state and the lifetimes). Of a JWT, the payload
// and the signature are secrets of their own. A string that another source
// also has as a value is none, unless a member's name says that it is: the
// provider tells it anyway, and a userName must not vanish because the token
// endpoint repeats it.
//
// The access tokens and JWTs of aggregated and distributed claims are secrets
// too (_claim_sources; OpenID Connect Core 1.0, section 5.6.2).
func (d Document) Secrets() Secrets {
	secrets := Secrets{short: map[string]bool{}}
	d.eachClaimSource(secrets.add)
	response, ok := d.Object(TokenEndpointResponse)
	if !ok {
		return secrets
	}
	var perhaps []string
	for name, value := range response {
		if isPublicMember(name, value) {
			continue
		}
		eachString(name, value, false, func(text string, named bool) {
			if named || isJWT(text) {
				secrets.add(text)
			} else {
				perhaps = append(perhaps, text)
			}
		})
	}
	if len(perhaps) > 0 {
		told := d.toldElsewhere()
		for _, text := range perhaps {
			if !told[text] {
				secrets.add(text)
			}
		}
	}
	return secrets
}

// eachClaimSource calls visit with the access token and the JWT of each member
// of _claim_sources.
func (d Document) eachClaimSource(visit func(secret string)) {
	for _, name := range []string{IDTokenClaims, UserInfo} {
		listed, _ := d.sources[name].value["_claim_sources"].(map[string]any)
		for _, one := range listed {
			members, _ := one.(map[string]any)
			for _, member := range []string{"access_token", "JWT"} {
				if secret, ok := members[member].(string); ok {
					visit(secret)
				}
			}
		}
	}
}

// toldElsewhere is the set of string values of the other sources.
func (d Document) toldElsewhere() map[string]bool {
	told := map[string]bool{}
	for name, source := range d.sources {
		if name != TokenEndpointResponse {
			eachString("", source.value, false, func(text string, _ bool) { told[text] = true })
		}
	}
	return told
}

// add keeps the secret in lower case, because a mapper may have changed the
// case of its copy.
func (s *Secrets) add(secret string) {
	secret = strings.ToLower(strings.TrimSpace(secret))
	if secret == "" {
		return
	}
	if len(secret) < minContained {
		s.short[secret] = true
		return
	}
	s.long = append(s.long, secret)
	for _, part := range jwtParts(secret) {
		if len(part) >= minContained {
			s.parts = append(s.parts, part)
		}
	}
}

// jwtParts gives the parts of a compact JWS or JWE in lower case, but for its
// header, which is the same in many tokens. Other texts have none.
func jwtParts(secret string) []string {
	parts := strings.Split(secret, ".")
	if len(parts) != 3 && len(parts) != 5 || !strings.HasPrefix(secret, "eyj") {
		return nil
	}
	return parts[1:]
}

// isJWT reports whether jwtParts finds parts, without making the text lower
// case.
func isJWT(text string) bool {
	dots := strings.Count(text, ".")
	return (dots == 2 || dots == 4) && len(text) > 3 && strings.EqualFold(text[:3], "eyj")
}
