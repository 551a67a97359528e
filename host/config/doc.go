// Package config reads Doorward's configuration file: its types, its defaults,
// and every fault of a file at once, each with file:line:column and what to
// write instead.
//
//	text → internal/yamltree (strict YAML, places) → decode (internal/keys: the table of keys)
//	     → secrets, key sets and people read → cross checks → Config
//
// The table in internal/keys is the one description of every key: the reader,
// the JSON schema (docs/doorward.schema.json) and the pages under
// docs/configuration come from it. The package opens no network connection,
// and compiles neither plugins, policies nor mappers: whoever does turns what
// is wrong there into a place in the file with FaultAt.
package config

//go:generate go run ./internal/gendocs ../../docs
