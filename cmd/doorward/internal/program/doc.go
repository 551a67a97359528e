// Package program is the client's side of a program that signs a person in at a
// Doorward host: it has no secret, and gets a session of its own, which it
// presents as a bearer.
//
//	Discover ─ RFC 8414
//	ByLoopback ─ a browser on this machine, RFC 8252 with PKCE and iss
//	ByDevice ─ a browser anywhere, RFC 8628
//	Token, Who, Revoke ─ with the bearer
//
// It uses nothing of the host's packages: a program in another language does the
// same four requests.
package program
