// Package policies holds the Rego that ships with Doorward: the library that
// policies import (data.doorward.reauth, roles, amr, acr, zones, hours, claims,
// idp and lists) and the default policy, with their tests beside them. It is
// plain Rego: "opa test policies/" runs it too. host/policy reads it; nothing
// else is in this package.
package policies

import "embed"

// Files holds doorward/ (the library) and default/ (the default policy),
// tests included.
//
//go:embed doorward/*.rego default/*.rego
var Files embed.FS

// The folders of Files.
const (
	Library = "doorward"
	Default = "default"
)
