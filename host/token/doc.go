// Package token holds what every part of the host needs to talk to a provider
// without trusting it: outbound HTTP that is bounded in time, size and place
// (Client), the provider's signing keys (KeySet), and signed tokens (JWT).
//
//	provider → Client (https, no redirect, 1 MiB, 10 s) → KeySet ─┐
//	compact JWT → Parse (strict, unverified) → checks of the caller → JWT.Verify → checks of time
//
// Parse and Verify are two steps, so that a caller can look at iss and aud
// before a key is fetched, in the order of OpenID Connect Core 1.0, section
// 3.1.3.7. Which issuer, audience, nonce or age is right is the caller's to
// say; the Check functions here only compare.
//
// AssertionSigner goes the other way: it signs what the host says to
// applications, with keys that are derived from the host's.
//
// The package imports go-jose and host/attrs, and no other package of the host.
package token
