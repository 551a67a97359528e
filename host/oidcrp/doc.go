// Package oidcrp is the OpenID Connect relying party: a login.Provider that
// sends the browser to a provider (begin.go) and turns its answer into a
// verified document (complete.go).
//
//	Begin ── discovery.go (issuer compared, cached an hour) ── authorization request, pushed first (push.go) when the provider wants it
//	Complete ── accept.go    duplicates, state, iss, error, code   nothing is spent before state holds
//	         ├─ exchange.go  code → token endpoint response, kept as received
//	         ├─ verify.go    ID token, in the order of OpenID Connect Core 1.0, section 3.1.3.7
//	         ├─ userinfo.go  JSON or a signed JWT; its sub compared; soft failures
//	         └─ sources.go   aggregated and distributed claims: verified, or fetched where it is allowed
//	Refresh ── refresh.go   new tokens, verified against those before ── userinfo.go ── sources.go
//	Exchange ── tokenexchange.go   an access token for another API
//
// Each step adds one entry to the login's trace. Evidence (token.Evidence) comes
// from the verified ID token alone.
//
// The calls are made with token.Client, and tokens are verified by host/token,
// not by zitadel/oidc: its exchange does not keep the response as received, its
// discovery does not look at the content type, and its verifier adds the skew
// on the wrong side. What is used of it are its constants and PKCE.
//
// The package knows no cookies and no routes: the caller keeps the
// login.AuthRequest sealed between Begin and Complete, and has checked that
// this browser began it.
package oidcrp
