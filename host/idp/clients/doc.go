// Package clients is what the built-in identity provider knows of the
// applications that ask it.
package clients
