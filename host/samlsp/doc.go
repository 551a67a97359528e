// Package samlsp is the SAML 2.0 service provider: a login.Provider that sends
// the browser to an identity provider (begin.go) and turns its response into a
// verified document (complete.go).
//
//	Begin ── metadata.go, source.go (fetched when needed, refreshed beside its use) ── AuthnRequest
//	Complete ── accept.go     form, RelayState, time, size                 nothing is parsed before that
//	         ├─ parse.go      one bounded tree; no DTD, no entity, no processing instruction
//	         ├─ response.go   whose answer, to which request, for this address; its status
//	         ├─ signature.go  what is signed is taken out of what was digested
//	         ├─ decrypt.go    an encrypted assertion
//	         └─ assertion.go  issuer, subject, conditions, statements
//
// logout.go is single logout in both directions, describe.go this host's own
// metadata.
//
// Of crewjam/saml the metadata types are used, of goxmldsig the
// canonicalisation. The rest of both is not: crewjam's response parser takes the
// first of several assertions that verifies, believes in an assertion without
// conditions, confirmation or audience, and reads other bytes than those whose
// digest was signed; goxmldsig looks for a signature anywhere in the tree.
// Here every element that is read comes from the canonical bytes that a
// signature covers.
//
// The package knows no cookies and no routes: the caller keeps the
// login.AuthRequest sealed between Begin and Complete, and has checked that
// this browser began it.
package samlsp
