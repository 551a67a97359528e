// Package attrs is the attribute-source document: everything a provider said
// about a person, source by source, exactly as received; the paths and
// references that read it; and the redaction that keeps its tokens secret.
package attrs
