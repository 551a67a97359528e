// Package keyring holds the host's key and everything that is made from it:
// derived keys, sealed bytes and message authentication codes, each bound to a
// purpose.
//
// At most two keys are accepted at a time, the current one and the previous
// one. New bytes are always sealed with the current key; bytes sealed with the
// previous one still open. What was sealed with an older key is gone, so two
// rotations in a row end whatever was not renewed in between.
//
// The package knows nothing of sessions, cookies or the store.
package keyring
