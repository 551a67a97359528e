// Package clients is what the built-in identity provider knows of the
// applications that ask it: those of the configuration, and those that
// registered themselves. It checks what they are, proves who calls, and fetches
// the keys that they publish.
package clients
