// Package grants keeps what was granted: codes, access and refresh tokens,
// device codes. Secrets are stored as hashes; nothing is answered before it is
// stored, and what is stored can be revoked.
package grants
