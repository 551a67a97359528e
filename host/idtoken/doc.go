// Package idtoken signs in with an ID token that a client brings in a header. It
// verifies the token and makes the attribute-source document of its claims; which
// header it comes in, and how the client is answered, is host/web's.
//
//	POST /login/id-token/IDP → Bring → Spent → Complete → mappers → levels → session
//	                           (accept: one token → verify: check by check → document)
//
// The token is all that there is: no browser was sent anywhere, so there is no
// state, no nonce and no userinfo. What stands in for the state is the token's
// own digest, which signs in once.
package idtoken
