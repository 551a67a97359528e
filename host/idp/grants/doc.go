// Package grants keeps what was granted: codes, access and refresh tokens,
// device codes. Secrets are stored as hashes; nothing is answered before it is
// stored, and what is stored can be revoked.
//
//	code ────────┐
//	device code ─┼→ Grant ─→ access tokens
//	credentials ─┘     └──→ one refresh token, which changes with each use
//
// A token is worth something only while its grant is there: deleting the grant
// revokes all of them, whatever is lost or under way.
package grants
