// Package bundle fetches policies as a signed OPA bundle.
//
//	ask with ETag → tar.gz, bounded → signature → revision → policy files
//
// What a Source hands out is whole, signed by a known key and not older than
// the bundle in use. Whether it compiles, and when it is swapped in, is its
// caller's business; Accept and Refuse tell the Source how that went. The
// package knows nothing of levels.
//
// See https://www.openpolicyagent.org/docs/management-bundles (file format and
// signing).
package bundle
