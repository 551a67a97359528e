// Package proof verifies DPoP proofs (RFC 9449): that whoever sends a request
// holds the private key that a token is, or will be, bound to.
package proof
