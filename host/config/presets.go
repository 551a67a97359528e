// Presets: what is known of the products that people have.

package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

// preset is what is known of one product. Where each fact is from is on its
// page, docs/providers/NAME.md.
type preset struct {
	keys   []filled
	issuer *regexp.Regexp // what its issuers look like; nil when they may be any
	write  string         // what to write when the issuer looks otherwise
}

// filled is one key that a preset fills in, by its path under the provider, and
// its value as YAML.
type filled struct{ key, value string }

const guid = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`

var presets = map[string]preset{
	"entra": {
		keys: []filled{
			{"scopes", "[openid, profile, email, offline_access, User.Read]"},
			{"client_auth", "client_secret_post"},
			{"id_token_algs", "[RS256]"},
			{"userinfo.endpoint", `"off"`},
			{"claim_sources.allow", "[https://graph.microsoft.com/v1.0/]"},
			{"claim_sources.endpoints", `{groups: "https://graph.microsoft.com/v1.0/me/transitiveMemberOf?$select=id&$top=999"}`},
		},
		issuer: regexp.MustCompile(`^https://(login\.(microsoftonline\.com|microsoftonline\.us|partner\.microsoftonline\.cn)|[a-z0-9-]+\.ciamlogin\.com)/` + guid + `/v2\.0$`),
		write:  "Entra ID's tokens name the tenant that signed them, so common, organizations and a domain never match; write https://login.microsoftonline.com/TENANT-ID/v2.0 with the tenant's GUID",
	},
	"google": {
		keys:   []filled{{"id_token_algs", "[RS256]"}},
		issuer: regexp.MustCompile(`^https://accounts\.google\.com$`),
		write:  "Google has one issuer; write https://accounts.google.com",
	},
	"okta": {
		keys:   []filled{{"id_token_algs", "[RS256]"}},
		issuer: regexp.MustCompile(`^https://[^/]+(/oauth2/[A-Za-z0-9]+)?$`),
		write:  "Okta's issuers are the organization's address or one of its authorization servers; write https://ORG.okta.com or https://ORG.okta.com/oauth2/SERVER",
	},
	"keycloak": {
		issuer: regexp.MustCompile(`/realms/[^/]+$`),
		write:  "Keycloak's issuer ends in the realm, without a slash behind it; write https://HOST/realms/REALM",
	},
	"auth0": {
		keys:   []filled{{"id_token_algs", "[RS256, PS256]"}},
		issuer: regexp.MustCompile(`^https://[^/]+/$`),
		write:  "Auth0's issuer has a slash at its end, and nothing behind it; write https://TENANT.REGION.auth0.com/ or https://DOMAIN/",
	},
	"ping": {
		issuer: regexp.MustCompile(`^https?://([^/]+/` + guid + `/as|[^/]+(:[0-9]+)?|[^/]+/am/oauth2(/realms/[^/]+)*|[^/]+/as)$`),
		write:  "write PingOne's, https://auth.pingone.com/ENVIRONMENT-ID/as, the base URL of PingFederate, or the realm's of Ping's access management, https://HOST/am/oauth2/realms/root/realms/REALM",
	},
	"zitadel": {
		issuer: regexp.MustCompile(`^https?://[^/]+$`),
		write:  "ZITADEL's issuer is the instance's own address, without a path or a slash; write https://INSTANCE.zitadel.cloud",
	},
	"dex": {
		keys: []filled{{"scopes", "[openid, profile, email, groups, offline_access]"}},
	},
	"adfs": {
		keys: []filled{
			{"scopes", "[openid]"},
			{"response_mode", "form_post"},
			{"id_token_algs", "[RS256]"},
			{"userinfo.endpoint", `"off"`},
		},
		issuer: regexp.MustCompile(`^https://[^/]+/adfs$`),
		write:  "AD FS's issuer ends in /adfs, without a slash behind it; write https://FEDERATION-SERVICE/adfs",
	},
}

// fill remembers what the preset of the provider n fills in, by the path of the
// row.
func (r *reader) fill(n *yamltree.Node) {
	r.filled = map[string]string{}
	named := n.Get("preset")
	if named == nil {
		return
	}
	for _, f := range presets[named.Text].keys {
		r.filled["providers.*."+f.key] = f.value
	}
}

// checkPreset warns of an issuer that is not one of the product's, and drops
// the endpoints of claims that the file's own list does not allow: what is
// written counts.
func (r *reader) checkPreset(p Provider, at string) {
	known, ok := presets[p.Preset]
	if !ok {
		return
	}
	if known.issuer != nil && p.Issuer != "" && !known.issuer.MatchString(p.Issuer) {
		r.warnAt(at+".issuer", "is not what an issuer of the preset %s looks like: %s", p.Preset, known.write)
	}
	if endpoints := at + ".claim_sources.endpoints"; !r.has(endpoints) {
		for claim, address := range p.ClaimSources.Endpoints {
			if !beginsAny(address, p.ClaimSources.Allow) {
				delete(p.ClaimSources.Endpoints, claim)
			}
		}
	}
}

func beginsAny(address string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(address, prefix) })
}

// Presets lists the names of the presets.
func Presets() []string { return slices.Clone(keys.Presets) }
