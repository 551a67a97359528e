// Package keys is the one table of every key that Doorward's configuration
// takes. The reader validates by it, the JSON schema and the pages under
// docs/configuration are generated from it, and a test keeps the Go types of
// host/config equal to it.
package keys
