// Defaults: standard attributes from the standard claims.

package mapper

import (
	"context"
	"fmt"
	"slices"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// standardClaims are those of OpenID Connect Core 1.0, section 5.1.
var standardClaims = []struct{ attribute, claim string }{
	{"id", "sub"},
	{"userName", "preferred_username"},
	{"firstName", "given_name"},
	{"lastName", "family_name"},
	{"email", "email"},
}

// samlDefaults are those of a SAML login: attributes have whatever names the
// provider gives them, but the person's name there is always nameId.
var samlDefaults = []struct{ attribute, claim string }{{"id", "nameId"}}

type defaultMapper struct {
	target  target
	claim   string
	sources []string // the first that has the claim counts
}

// defaults come first, so that later mappers see them and an unset by a plugin
// stays unset.
func defaults(c *compiler, rules []Rule) []mapper {
	standard, source := standardClaims, attrs.IDTokenClaims
	if c.protocol == "saml" {
		standard, source = samlDefaults, attrs.AuthnResponse
	}
	mapped := map[string]bool{}
	for _, rule := range rules {
		switch rule := rule.(type) {
		case Direct:
			mapped[rule.Attribute] = true
		case Expression:
			mapped[rule.Attribute] = true
		}
	}
	var made []mapper
	for _, s := range standard {
		if mapped[s.attribute] {
			continue
		}
		d := defaultMapper{
			target:  target{name: s.attribute, field: stringFields[s.attribute]},
			claim:   s.claim,
			sources: []string{source},
		}
		if c.userInfoInUse && source == attrs.IDTokenClaims && c.protocol != "id-token" && s.claim != "sub" {
			d.sources = append(d.sources, attrs.UserInfo)
		}
		made = append(made, d)
	}
	return made
}

func (d defaultMapper) apply(_ context.Context, r *run) error {
	for _, source := range d.sources {
		claims, _ := r.doc.Sources.Object(source)
		value := claims[d.claim]
		if value == nil {
			continue
		}
		if err := d.target.set(&r.user, value); err != nil {
			where := fmt.Sprintf("attribute %s: source %s, path %s (the default)", d.target.name, source, d.claim)
			return login.NewFault(login.CodeMappingFailed, "%s: %w", where, err)
		}
		r.set(origin{mapper: "default", source: source, path: d.claim}, d.target.name, value)
		return nil
	}
	return nil
}

func (d defaultMapper) feeds(from *tainted) {
	if slices.Contains(d.sources, from.source) {
		from.add(d.target.name)
	}
}
