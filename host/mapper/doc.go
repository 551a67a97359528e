// Package mapper turns an attribute-source document into a user: direct
// mappers, CEL expressions and plugins, in the order of the configuration.
//
//	document ─┬─ defaults ─ mapper 1 ─ mapper 2 ─ … ─→ user
//	          └──────────────┴──────────┘  each sees the document and the user so far
//
// The package compiles everything in New and only evaluates in Map. It runs no
// plugin itself: a plugin is anything that implements Plugin. Nothing here
// decides who the person is; that is (idp, iss, sub), set by the provider.
package mapper
