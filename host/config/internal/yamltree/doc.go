// Package yamltree reads the strict subset of YAML that Doorward's files are
// written in: one document of mappings, lists and scalars, without anchors,
// aliases, merge keys, tags or directives, so that a small file stays small and
// every value has exactly one place. It keeps that place for each key and value,
// and changes single keys of a text with everything else left as it is.
package yamltree
