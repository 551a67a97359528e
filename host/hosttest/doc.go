// Package hosttest is an OpenID provider in process, over HTTPS, with a knob
// for each fault that a relying party must survive, and a fake clock. It is for
// tests only: nothing that is shipped may import it.
//
//	NewProvider(t) ── /.well-known/openid-configuration
//	               ├─ /jwks
//	               ├─ /authorize   approves at once, as Knobs.Subject
//	               ├─ /par         takes authorization requests before the browser comes
//	               ├─ /token       checks client, code, redirect URI, PKCE; refreshes, exchanges
//	               ├─ /userinfo
//	               └─ /logout
//
// NewSAML starts a SAML 2.0 identity provider of the same kind: /metadata, /sso,
// which approves at once as SAMLKnobs.NameID, and /slo.
//
// Load is a client for benchmarks in a process of its own, and its Compare asks
// several servers in turn.
//
// Modules lists the relying-party modules of the OpenID conformance suite as
// data: which knobs to turn, and what must come of the login.
package hosttest
