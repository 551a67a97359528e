// Faults of one application: what it needs, and what it may be handed.

package config

import (
	"net/url"
	"slices"
	"strings"
)

// minApplicationSecret is in bytes, space around the secret not counted.
const minApplicationSecret = 16

func (r *reader) checkApplications(c *Config) {
	owners := map[string]string{}
	for _, name := range r.inOrder("applications", sorted(c.Applications)) {
		a, at := c.Applications[name], join("applications", name)
		for i, level := range a.Require {
			r.checkKnownLevel(c, level, at+".require"+index(i))
		}
		for i, origin := range a.Origins {
			r.checkScheme(c.PublicURL, origin, at+".origins"+index(i))
		}
		r.checkApplicationSecret(a, name, at, owners)
		if len(a.Tokens) > 0 && !r.given(at, "secret") && len(a.Clients) == 0 {
			r.faultAt(at+".tokens", "tokens are handed only to an application that authenticates, or to its programs; add secret_file or secret_env, or clients, or remove tokens")
		}
		r.checkHeaders(a.Headers, at+".headers")
		r.checkReach(a, at)
		c.Applications[name] = a
	}
	if behindProxy(c.Applications) && len(c.TrustedProxies) == 0 && !r.faults.Under("trusted_proxies") {
		r.warnAt("applications", "trusted_proxies is empty, and /auth answers trusted proxies alone: no application is reached through it; write the addresses of your proxies there")
	}
}

// behindProxy reports whether an application is more than its programs.
func behindProxy(applications map[string]Application) bool {
	for _, a := range applications {
		if len(a.Origins) > 0 {
			return true
		}
	}
	return false
}

// checkApplicationSecret holds the secret to a length that cannot be guessed.
// owners collects whose each secret is.
func (r *reader) checkApplicationSecret(a Application, name, at string, owners map[string]string) {
	if a.Secret.Empty() {
		return
	}
	key := at + ".secret"
	for _, suffix := range []string{"_env", "_file"} {
		if r.has(key + suffix) {
			key += suffix
			break
		}
	}
	text := strings.TrimSpace(a.Secret.Reveal())
	if len(text) < minApplicationSecret {
		r.faultAt(key, "the secret is shorter than %d bytes; use a longer random one, such as openssl rand -hex 32 prints", minApplicationSecret)
		return
	}
	if other, shared := owners[text]; shared {
		r.warnAt(key, "the application %s has the same secret, so that each can act as the other; give each its own", other)
	}
	owners[text] = name
}

// checkReach wants a way to the application, and completes what it may reach.
func (r *reader) checkReach(a Application, at string) {
	if len(a.Origins) == 0 && len(a.Clients) == 0 && !r.has(at+".origins") && !r.has(at+".clients") {
		r.faultAt(at, "has neither origins nor clients; write origins: [https://…], or clients: [device] for a program")
	}
	for _, uri := range r.inOrder(at+".resources", sorted(a.Resources)) {
		res := a.Resources[uri]
		if res.Audience == "" {
			res.Audience = uri
		}
		a.Resources[uri] = res
	}
	if len(a.Resources) > 0 && !slices.Contains(a.Tokens, "access_token") {
		r.faultAt(at+".resources", "tokens for APIs are access tokens, which the application may not be handed; write tokens: [access_token]")
	}
	for _, claim := range r.inOrder(at+".assertion", sorted(a.Assertion)) {
		if slices.Contains(assertionClaims, claim) {
			r.fault(r.places[join(at+".assertion", claim)].key, join(at+".assertion", claim), "the assertion has this claim anyway; write another name")
		}
	}
}

// assertionClaims are those that an assertion has anyway, or that mean
// something to whoever verifies it.
var assertionClaims = []string{"iss", "aud", "sub", "sid", "exp", "iat", "nbf", "jti", "auth_time", "acr", "amr", "azp", "nonce", "cnf", "act", "scope", "client_id", "idp", "idp_iss", "user", "email", "roles", "levels"}

// checkScheme remarks on origins that work for a trial on one machine only.
func (r *reader) checkScheme(public, origin, at string) {
	p, err := url.Parse(public)
	o, wrong := url.Parse(origin)
	if err != nil || wrong != nil || public == "" || origin == "" {
		return
	}
	switch {
	case p.Scheme == "https" && o.Scheme == "http":
		r.warnAt(at, "plain http on a loopback address: whatever listens there on a person's own machine gets a session of the application; write https:// unless this is a trial")
	case Loopback(p.Hostname()) && !Loopback(o.Hostname()):
		r.warnAt(at, "public_url is a loopback address, so nobody on another machine can sign in for the application; write the address that their browsers use in public_url")
	}
}

// checkConsole refuses levels that somebody holds without signing in.
func (r *reader) checkConsole(c *Config) {
	if c.Console == nil {
		return
	}
	r.checkOpens(c, c.Console.Level, "console.level", "the console", "shows every session and ends any")
	r.checkOpens(c, c.Console.Playground, "console.playground", "the playground", "runs what they type in")
}

// checkOpens holds the level that opens a part of the console, at the key at.
func (r *reader) checkOpens(c *Config, level, at, part, does string) {
	const instead = "write a level inside Authenticated, such as Authenticated/Roles/operator"
	switch {
	case level == "":
	case level == "Public":
		r.faultAt(at, "everybody holds Public, so that %s would be open to everybody; %s", part, instead)
	case level == "SecurityZones" || strings.HasPrefix(level, "SecurityZones/"):
		r.faultAt(at, "a zone says where a request comes from and not who sends it; %s", instead)
	case level != "Authenticated" && !strings.HasPrefix(level, "Authenticated/"):
		r.faultAt(at, "a level outside Authenticated can be held without signing in; %s", instead)
	case level == "Authenticated" || level == "Authenticated/Roles":
		r.warnAt(at, "many people hold this level, and %s %s; write a level that few hold", part, does)
	default:
		r.checkKnownLevel(c, level, at)
	}
}
